"""Where others run us: pre-commit on a real repository, and the GitHub action's own script."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.worlds import Template, commit, git, mlscaffold, new, template, write

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
BOTH = "<<<<<<< project\nmine\n=======\nits\n>>>>>>> template\n"


@pytest.fixture
def made(tmp_path: Path) -> Template:
    return template(tmp_path / "template", {"a.txt": "one\n"})


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    return new(made, tmp_path)


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    """Make a repository of our hooks, run from where the tests run in place of an installation from the network."""
    folder = tmp_path / "hooks"
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert manifest.count("language: python") == manifest.count("- id:")
    write(folder, {".pre-commit-hooks.yaml": manifest.replace("language: python", "language: system")})
    git(folder, "init", "-q")
    commit(folder)
    return folder


def pre_commit(folder: Path, *args: str) -> tuple[int, str]:
    done = subprocess.run(
        [BIN / "pre-commit", *args],
        cwd=folder,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def install(project: Path, hooks: Path, *ids: str) -> None:
    revision = git(hooks, "rev-parse", "HEAD").strip()
    config = {"repos": [{"repo": str(hooks), "rev": revision, "hooks": [{"id": each} for each in ids]}]}
    write(project, {".pre-commit-config.yaml": yaml.safe_dump(config)})
    commit(project)


def test_the_hook_file_is_one_that_pre_commit_takes() -> None:
    assert pre_commit(ROOT, "validate-manifest", ".pre-commit-hooks.yaml") == (0, "")


def test_the_check_hook_passes_in_sync_and_fails_on_drift(made: Template, project: Path, hooks: Path) -> None:
    install(project, hooks, "mlscaffold-check")
    code, said = pre_commit(project, "run")
    assert (code, "Passed" in said) == (0, True), said
    made.change({"a.txt": "two\n"})
    code, said = pre_commit(project, "run")
    assert (code, "Failed" in said) == (1, True), said
    assert re.search(r"behind +a\.txt", said)


def test_the_leftovers_hook_looks_at_what_is_to_be_committed(project: Path, hooks: Path) -> None:
    install(project, hooks, "mlscaffold-leftovers")
    write(project, {"a.txt": "two\n"})
    git(project, "add", "-A")
    assert pre_commit(project, "run")[0] == 0
    write(project, {"a.txt": "x\n" + BOTH, "a.txt.rej": "@@\n", "b.rej": "no file b\n"})
    git(project, "add", "-A", "-f")
    code, said = pre_commit(project, "run")
    assert code == 1
    assert "a.txt:2: conflict markers" in said
    assert "a.txt.rej:1: rejected hunks of an earlier update" in said
    assert "b.rej" not in said


def test_leftovers_needs_no_record_and_follows_no_link(tmp_path: Path) -> None:
    write(tmp_path, {"far/a.txt": BOTH, "here/b.txt": "b\n"})
    (tmp_path / "here/link.txt").symlink_to("../far/a.txt")
    ran = mlscaffold("leftovers", "b.txt", "link.txt", cwd=tmp_path / "here")
    assert (ran.code, ran.out) == (0, "")


def test_leftovers_looks_at_each_file_that_is_named_or_says_that_it_cannot(tmp_path: Path) -> None:
    write(tmp_path, {"far.txt": BOTH, "here/a.txt": BOTH})
    here = tmp_path / "here"
    for name in ("a.txt", "./a.txt", str(here / "a.txt")):
        ran = mlscaffold("leftovers", name, cwd=here)
        assert (ran.code, ran.out) == (1, "a.txt:1: conflict markers\n")
    for name in ("gone.txt", ".", "../far.txt", str(tmp_path / "far.txt")):
        ran = mlscaffold("leftovers", "a.txt", name, cwd=here)
        assert (ran.code, ran.out) == (2, "")
        assert f"{name} is no file in the current folder" in ran.err


def action() -> Any:
    return yaml.safe_load((ROOT / "action.yml").read_text())


def test_the_action_puts_no_value_into_a_script_and_pins_what_it_uses() -> None:
    described = action()
    for step in described["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert re.fullmatch(r"[\w/.-]+@[0-9a-f]{40}", step.get("uses", f"a/b@{'0' * 40}"))
    used = set(re.findall(r"inputs\.([\w-]+)", str(described["runs"])))
    assert used == described["inputs"].keys()


def test_the_action_has_no_hole_that_zizmor_knows() -> None:
    done = subprocess.run(
        [BIN / "zizmor", "--offline", "--no-progress", ROOT / "action.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def run_action(folder: Path, tmp_path: Path, **given: str) -> tuple[int, str, str, str]:
    """Run the action's check as a runner would; return exit code, log, outputs and summary."""
    described = action()
    step = next(step for step in described["runs"]["steps"] if step.get("id") == "check")
    values = {name: each["default"] for name, each in described["inputs"].items()}
    values |= {name.replace("_", "-"): value for name, value in given.items()}
    env = {name: values[re.findall(r"inputs\.([\w-]+)", text)[0]] for name, text in step["env"].items()}
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder,
        env={
            **os.environ,
            **env,
            **{name: str(file) for name, file in files.items()},
            "PATH": f"{BIN}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    output, summary = (file.read_text() for file in files.values())
    return done.returncode, done.stdout + done.stderr, output, summary


def test_the_action_annotates_summarises_and_says_whether_there_is_drift(
    made: Template, project: Path, tmp_path: Path
) -> None:
    code, log, outputs, summary = run_action(project, tmp_path)
    assert (code, outputs) == (0, "drift=false\n"), log
    assert summary.startswith("### mlscaffold: in sync")
    made.change({"a.txt": "two\n"})
    sarif = tmp_path / "out.sarif"
    code, log, outputs, summary = run_action(project, tmp_path, sarif_file=str(sarif))
    assert (code, outputs) == (1, "drift=true\n")
    assert log.startswith("::warning file=a.txt,line=1")
    assert "| behind | `a.txt` |" in summary
    assert sarif.exists()
    assert run_action(project, tmp_path, fail_on="never")[0] == 0
    assert run_action(project, tmp_path, grace="30d")[0] == 0


def run_update(tmp_path: Path, **given: str) -> list[str]:
    """Run the action's update as a runner would, and return the arguments that mlscaffold gets, after its token."""
    described = action()
    step = next(step for step in described["runs"]["steps"] if step.get("id") == "update")
    values = {name: each["default"] for name, each in described["inputs"].items()}
    values |= {name.replace("_", "-"): value for name, value in given.items()}
    env = {name: values[re.findall(r"inputs\.([\w-]+)", text)[0]] for name, text in step["env"].items()}
    write(tmp_path / "stub", {"mlscaffold": '#!/bin/sh\nprintf "%s\\n" "$GITHUB_TOKEN" "$@"\n'})
    (tmp_path / "stub/mlscaffold").chmod(0o755)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env={
            **os.environ,
            **env,
            "GITHUB_REPOSITORY": "acme/churn",
            "GITHUB_SERVER_URL": "https://github.com",
            "PATH": f"{tmp_path / 'stub'}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_the_actions_update_is_one_pull_request_of_the_fleet_for_this_repository(tmp_path: Path) -> None:
    token, *args = run_update(tmp_path, token="t0ken", checkout="$(touch pwned)", channel="release")
    assert token == "t0ken"
    assert args[-1] == "--publish"
    assert {"--repo=acme/churn", "--conflicts=report", "--checkout=$(touch pwned)"} <= set(args)
    assert mlscaffold(*args, "--help").code == 0, "an option that fleet update does not have"
    assert not (tmp_path / "pwned").exists()
    assert "--publish" not in run_update(tmp_path, dry_run="true")


def test_a_hostile_input_of_the_action_is_a_value_and_nothing_else(project: Path, tmp_path: Path) -> None:
    code, _, outputs, _ = run_action(
        project, tmp_path, checkout="$(touch pwned); `touch pwned`", channel="--help"
    )
    assert (code, outputs) == (2, "")
    assert not (project / "pwned").exists()


def test_offline_never_asks_the_template(made: Template, project: Path, tmp_path: Path) -> None:
    """A template behind an address that only git's own rewriting leads to: not local, and with nothing asked, unknown."""
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "file://{made.root}"]\n\tinsteadOf = https://example.com/acme/template\n')
    git(made.root, "config", "uploadpack.allowFilter", "true")
    url = "https://example.com/acme/template"
    record = project / ".cruft.json"
    record.write_text(record.read_text().replace(str(made.root), url))
    env = {"GIT_CONFIG_GLOBAL": str(config), "MLSCAFFOLD_TRUST": url}
    ran = mlscaffold("check", "-p", project, "--offline", env=env)
    assert (ran.code, "without --offline" in ran.err) == (3, True)
    assert mlscaffold("check", "-p", project, env=env).code == 0
    gone = {"MLSCAFFOLD_TRUST": url}
    assert mlscaffold("check", "-p", project, "--offline", env=gone).code == 0
    made.change({"a.txt": "two\n"})
    assert mlscaffold("check", "-p", project, "--offline", env=gone).code == 0
    assert mlscaffold("check", "-p", project, "--refresh", env=env).code == 1
