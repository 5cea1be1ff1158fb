"""One project on a screen, one file explained, updates that were lost, and the template's style counted."""

import json
from pathlib import Path

import pytest

from mlscaffold.core.sources import sources_of
from mlscaffold.core.tree import Entry
from tests.worlds import Template, commit, git, mlscaffold, new, states, template, write

RUFF = "line-length = 40\n[lint]\nselect = ['E', 'F']\n"
FILES = {
    "README.md": "# {{cookiecutter.project_name}}\none\ntwo\nthree\n",
    "src/{{cookiecutter.project_slug}}.py": "x = 1\n",
    "ruff.toml": RUFF,
}
POLICY = "[[rule]]\npath = 'ruff.toml'\nrule = 'exact'\nreason = 'one style'\n"


@pytest.fixture
def made(tmp_path: Path) -> Template:
    return template(tmp_path / "template", FILES, beside={"policy.toml": POLICY})


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    return new(made, tmp_path)


def change(made: Template, text: str, message: str) -> str:
    made.change({"README.md": text})
    git(made.root, "commit", "-q", "--amend", "-m", message)
    return git(made.root, "rev-parse", "HEAD").strip()


def test_status_is_one_screen_on_a_project(made: Template, project: Path) -> None:
    ran = mlscaffold("status", "-p", project)
    assert ran.code == 0
    assert "update     nothing to do" in ran.out
    write(project, {"README.md": "# Churn Model\nONE\ntwo\nthree\n", "ruff.toml": "mine\n"})
    write(
        project,
        {".mlscaffold.toml": "[[waiver]]\npath = 'ruff.toml'\nreason = 'old ruff'\nuntil = 2999-01-01\n"},
    )
    commit(project)
    newest = change(made, "# {{cookiecutter.project_name}}\neins\ntwo\nthree\n", "Count in German")
    before = git(project, "status", "--porcelain")
    lines = mlscaffold("status", "-p", project).out.splitlines()
    said = {line[:11].strip(): line[11:] for line in lines}
    assert said["template"] == str(made.root)
    assert said["wanted"].startswith(f"{newest[:7]}, 1 commit, 0 days behind")
    assert said["waiver"] == "ruff.toml until 2999-01-01: old ruff"
    assert said["update"].endswith("conflicts in README.md")
    assert git(project, "status", "--porcelain") == before


def test_explain_says_what_a_reviewer_asks(made: Template, project: Path) -> None:
    write(project, {"README.md": "# Churn Model\none\ntwo\nTHREE\n"})
    newest = change(made, "# {{cookiecutter.project_name}}\neins\ntwo\nthree\n", "Count in German")
    out = mlscaffold("explain", "README.md", "-p", project).out
    assert out.startswith("README.md: diverged\nrule       merge (the default)\n")
    assert f"not here   {newest[:7]} " in out
    assert "Count in German" in out
    mine, theirs = out.split("What the template changed:")
    assert "+THREE" in mine
    assert "+eins" in theirs
    assert "check      diverged: changed on both sides" in out


def test_explain_names_rule_reason_and_the_newest_changes_of_a_file_in_sync(
    made: Template, project: Path
) -> None:
    out = mlscaffold("explain", "./ruff.toml", "-p", project).out
    assert "rule       exact (policy.toml:1): one style" in out
    assert "project    as recorded" in out
    assert f"changed    {git(made.root, 'rev-parse', 'HEAD')[:7]} " in out


def test_a_path_of_the_projects_own_has_nothing_to_explain(project: Path) -> None:
    write(project, {"mine.py": "x\n"})
    ran = mlscaffold("explain", "mine.py", "-p", project)
    assert (ran.code, "the project's own" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("path", "sources"),
    [
        ("src/churn/a.py", ["t/{{c.slug}}/src/{{c.package}}/a.py"]),
        ("conf/x.toml", ["t/{{c.slug}}/options/{{c.kind}}/conf/x.toml"]),
        ("README.md", ["t/{{c.slug}}/{% if c.docs %}README.md{% endif %}"]),
        ("none", []),
    ],
)
def test_a_files_sources_are_found_by_their_names(path: str, sources: list[str]) -> None:
    names = [
        "t/cookiecutter.json",
        "README.md",
        "t/{{c.slug}}/src/{{c.package}}/a.py",
        "t/{{c.slug}}/options/{{c.kind}}/conf/x.toml",
        "t/{{c.slug}}/{% if c.docs %}README.md{% endif %}",
    ]
    assert sources_of({name: Entry("100644", "0" * 40) for name in names}, "t", path) == sources


def test_an_update_that_an_earlier_tool_lost_is_named_and_offered_again(
    made: Template, project: Path
) -> None:
    change(made, "# {{cookiecutter.project_name}}\neins\ntwo\nthree\n", "Count in German")
    newest = change(made, "# {{cookiecutter.project_name}}\neins\nzwei\nthree\n", "More German")
    record = json.loads((project / ".cruft.json").read_text())
    record["commit"] = newest
    write(project, {".cruft.json": json.dumps(record, indent=2)})
    commit(project)
    assert states(project) == {"README.md": "modified"}
    assert states(project, "--lost") == {"README.md": "behind"}
    assert "lost update: still as template commit" in mlscaffold("check", "-p", project, "--lost").out
    ran = mlscaffold("update", "-p", project)
    assert ran.code == 0, ran.err
    assert "an earlier tool lost its update" in ran.out
    assert (project / "README.md").read_text() == "# Churn Model\neins\nzwei\nthree\n"
    assert states(project, "--lost") == {}


def test_an_edit_is_no_lost_update(project: Path) -> None:
    write(project, {"README.md": "mine\n"})
    assert states(project, "--lost") == {"README.md": "modified"}


HIDDEN = {"src/bad.py": "import os\nx  = 1\n", "src/ruff.toml": "exclude = ['*.py']\n"}


def test_the_templates_style_is_counted_though_the_project_hides_it(made: Template, project: Path) -> None:
    write(project, HIDDEN)
    ran = mlscaffold("check", "-p", project, "--ruff")
    assert ran.code == 0
    assert "1 finding (F401 1), 1 file not formatted" in ran.out
    for format_ in ("json", "sarif", "gitlab", "github", "junit", "markdown"):
        assert "1 file not formatted" in mlscaffold("check", "-p", project, "--ruff", "--format", format_).out
    made.change(beside={"policy.toml": POLICY + "[check]\nruff = 'fault'\n"})
    assert mlscaffold("check", "-p", project).code == 0
    assert mlscaffold("check", "-p", project, "--ruff").code == 1


def test_a_project_in_the_templates_style_has_no_finding(project: Path) -> None:
    assert mlscaffold("check", "-p", project, "--ruff").out.startswith("In sync")


def test_a_ruff_that_the_template_does_not_ask_for_is_named(made: Template, project: Path) -> None:
    made.change({"ruff.toml": "required-version = '==0.1.0'\n"})
    ran = mlscaffold("check", "-p", project, "--ruff")
    assert (ran.code, "Required version" in ran.err) == (3, True)
