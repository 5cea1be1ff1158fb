"""The pipeline of each provider: valid, without findings, and made of the project's own verbs."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.conftest import TEMPLATE, environment, render, run

FILES = {
    "github": (".github/workflows/ci.yml", "vendor.github-workflows"),
    "gitlab": (".gitlab-ci.yml", "vendor.gitlab-ci"),
    "circleci": (".circleci/config.yml", "vendor.circle-ci"),
}
VARIANTS = [
    {"branching": "trunk", "deploy": "kubernetes", "project_kind": "service"},
    {"branching": "gitflow", "deploy": "none", "project_kind": "service"},
    {"branching": "gitflow", "deploy": "kubernetes", "project_kind": "task-library"},
]
STEPS = {
    "lint",
    "types",
    "unit",
    "accuracy",
    "runtime",
    "deploy",
    "manifests",
    "dockerfile",
    "drift",
    "update",
}
WITHOUT = [set(), {"deploy", "manifests"}, STEPS - {"lint", "types", "drift", "update"}]
UV = '#!/bin/sh\necho "$*" >> uv.lock\n'


@pytest.fixture(scope="module", params=FILES)
def projects(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[Path]]:
    """Projects of one provider, one per variant."""
    made = [render(tmp_path_factory.mktemp("ci"), ci=request.param, **variant) for variant in VARIANTS]
    return request.param, made


def test_a_pipeline_is_valid_and_every_step_is_a_verb_of_the_makefile(
    projects: tuple[str, list[Path]],
) -> None:
    provider, made = projects
    name, schema = FILES[provider]
    files = [str(project / name) for project in made]
    checked = run(made[0], "check-jsonschema", "--builtin-schema", schema, *files)
    assert checked.returncode == 0, checked.stdout
    for project, without in zip(made, WITHOUT, strict=True):
        verbs = set(re.findall(r"make ([a-z]+)", (project / name).read_text()))
        assert verbs & STEPS == STEPS - without
        known = run(project, "make", "-n", "RUN=", *sorted(verbs))
        assert known.returncode == 0, known.stderr


def test_a_pipeline_of_github_has_no_findings(tmp_path: Path) -> None:
    made = []
    for number, variant in enumerate(VARIANTS):
        (tmp_path / str(number)).mkdir()
        made.append(render(tmp_path / str(number), ci="github", **variant))
    places = [str(project / ".github") for project in made]
    checked = run(tmp_path, "zizmor", "--offline", "--no-progress", *places)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "No findings to report" in checked.stdout


def test_no_provider_leaves_no_pipeline(tmp_path: Path) -> None:
    project = render(tmp_path, ci="none")
    assert not [name for name, _ in FILES.values() if (project / name).exists()]


@pytest.mark.parametrize(("branching", "branches"), [("trunk", ["main"]), ("gitflow", ["develop", "master"])])
def test_branches_are_those_of_the_way_of_working(
    tmp_path: Path, branching: str, branches: list[str]
) -> None:
    workflow: dict[Any, Any] = yaml.safe_load(
        (render(tmp_path, branching=branching) / FILES["github"][0]).read_text()
    )
    assert workflow[True]["push"]["branches"] == branches  # YAML 1.1 takes `on` for true


def test_the_weekly_job_commits_the_templates_changes_and_newer_versions(tmp_path: Path) -> None:
    template = tmp_path / "templates" / "template"
    shutil.copytree(TEMPLATE, template, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    commit(template)
    identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    quiet = identity | {"GIT_CONFIG_GLOBAL": os.devnull, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    made = run(tmp_path, "mlscaffold", "new", "--template", str(template), "-y", "service", **quiet)
    assert made.returncode == 0, made.stdout + made.stderr
    project = tmp_path / "service"
    in_sync = run(project, "make", "drift", "RUN=", **quiet)
    assert in_sync.returncode == 0, in_sync.stdout + in_sync.stderr
    dockerfile = template / "{{cookiecutter.project_slug}}/options/project_kind/service/Dockerfile"
    dockerfile.write_text(dockerfile.read_text() + "# One line more.\n")
    commit(template)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text(UV)
    (tools / "uv").chmod(0o755)
    path = f"{tools}:{environment()['PATH']}"
    updated = run(project, "make", "update", "RUN=", **quiet, PATH=path)
    assert updated.returncode == 0, updated.stdout + updated.stderr
    assert (project / "Dockerfile").read_text().endswith("# One line more.\n")
    assert (project / "uv.lock").read_text() == "lock --upgrade\n"
    assert run(project, "git", "status", "--porcelain").stdout == ""
    assert run(project, "git", "branch", "--show-current").stdout == "update\n"
    assert json.loads((project / ".cruft.json").read_text())["commit"] == head(template)
    run(project, "git", "tag", "before")
    (tools / "uv").write_text("#!/bin/sh\n")
    assert run(project, "make", "update", "RUN=", **quiet, PATH=path).returncode == 0
    assert (
        run(project, "git", "rev-parse", "before").stdout == run(project, "git", "rev-parse", "HEAD").stdout
    )


def commit(folder: Path) -> None:
    """Commit all there is."""
    run(folder, "git", "init", "-q")
    run(folder, "git", "add", "-Af", ".")
    done = run(folder, "git", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "Change")
    assert done.returncode == 0, done.stderr


def head(folder: Path) -> str:
    """Name the newest commit."""
    return run(folder, "git", "rev-parse", "HEAD").stdout.strip()
