"""`keys` from the command line: the listed keys are the template's, the rest is the project's, byte for byte."""

from pathlib import Path
from typing import Any

import pytest

from tests.worlds import Template, commit, mlscaffold, new, states, template, write

PYPROJECT = '[build-system]\nrequires = ["hatchling"]\n\n[project]\nname = "x"\nrequires-python = ">=3.11"\n'
HOOKS = "repos:\n- repo: https://a.example/ruff\n  rev: v1\n  hooks: [{id: ruff}]\n"
POLICY = """\
[[rule]]
path = "pyproject.toml"
rule = "keys"
keys = ["build-system", "project.requires-python"]
forbidden = ["tool.ruff"]
reason = "one way to build"

[[rule]]
path = ".pre-commit-config.yaml"
rule = "keys"
keys = ["repos[repo='https://a.example/ruff'].rev"]

[[rule]]
path = "conf.json"
rule = "keys"
keys = ["strict"]
"""
FILES = {"pyproject.toml": PYPROJECT, ".pre-commit-config.yaml": HOOKS, "conf.json": '{"strict": true}\n'}


@pytest.fixture
def made(tmp_path: Path) -> Template:
    return template(tmp_path / "template", FILES, beside={"policy.toml": POLICY})


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    return new(made, tmp_path)


def finding(project: Path, path: str) -> dict[str, Any]:
    ran = mlscaffold("check", "-p", project, "--format", "json")
    found: dict[str, Any] = next(each for each in ran.json["findings"] if each["path"] == path)
    return found


MINE = """\
# mine
[build-system]  # how
requires = ["hatchling"]

[project]
name = 'y'   # quoted my way
requires-python = ">=3.11"
dependencies = ["numpy"]

[tool.mine]
a = 1
"""


def test_the_projects_own_keys_are_no_drift(project: Path) -> None:
    write(project, {"pyproject.toml": MINE})
    assert states(project) == {"pyproject.toml": "modified"}
    assert mlscaffold("check", "-p", project).code == 0


def test_a_listed_key_is_the_templates_and_an_update_writes_it_and_nothing_else(
    made: Template, project: Path
) -> None:
    write(
        project,
        {
            "pyproject.toml": MINE.replace("3.11", "3.9") + "\n[tool.ruff]\nline-length = 200\n",
            ".pre-commit-config.yaml": "# ours\n"
            + HOOKS.replace("v1", "v0")
            + "- repo: local\n  hooks: []\n",
            "conf.json": '{\n    "mine": 1,\n    "strict": false\n}\n',
        },
    )
    commit(project)
    found = finding(project, "pyproject.toml")
    assert (found["fault"], found["line"]) == (True, 7)
    assert found["detail"] == "differs from the template in project.requires-python, tool.ruff"
    assert mlscaffold("check", "-p", project).code == 1
    made.change({"new.txt": "new\n"})
    assert mlscaffold("update", "-p", project).code == 0
    assert (project / "pyproject.toml").read_text().rstrip("\n") == MINE.rstrip("\n")
    assert "# ours\n" + HOOKS + "- repo: local" in (project / ".pre-commit-config.yaml").read_text()
    assert (project / "conf.json").read_text() == '{\n    "mine": 1,\n    "strict": true\n}\n'
    assert mlscaffold("check", "-p", project).code == 0


@pytest.mark.parametrize(
    ("path", "content", "line"),
    [
        ("pyproject.toml", "[project]\nname = \n", 2),
        (".pre-commit-config.yaml", "repos:\n  - a: [\n", 3),
        ("conf.json", '{\n  "strict": ,\n}', 2),
        ("conf.json", b"\xff\xfe\x00\x01binary\0", 1),
        ("pyproject.toml", b"\x89PNG\r\n\x1a\n\0\0", 1),
        ("conf.json", b"[" * 100_000, 1),
        ("conf.json", b'{"a": "' + b"x" * (2 << 20) + b'"}', 1),
    ],
)
def test_a_file_that_cannot_be_read_by_key_is_a_finding_with_its_line(
    project: Path, path: str, content: str | bytes, line: int
) -> None:
    write(project, {path: content})
    found = finding(project, path)
    assert (found["state"], found["fault"], found["line"]) == ("unreadable", True, line)


def test_a_key_that_is_nowhere_is_the_policys_fault_and_said_with_its_line(
    made: Template, project: Path
) -> None:
    assert mlscaffold("policy", made.root).code == 0
    made.change(beside={"policy.toml": POLICY.replace('"build-system", ', '"bild-system", ')})
    ran = mlscaffold("policy", made.root)
    assert ran.code == 1
    assert "policy.toml:1: pyproject.toml: the key bild-system is not in it" in ran.out
    write(project, {"pyproject.toml": MINE})
    ran = mlscaffold("check", "-p", project)
    assert ran.code == 0
    assert "note: policy.toml:1: the key bild-system is neither in the template's pyproject.toml" in ran.out


def test_a_version_that_both_raised_is_said_to_be_the_projects(tmp_path: Path) -> None:
    files = {"requirements.toml": 'one = "1.0"\nrequests = "==2.0"\ntwo = "1.0"\n'}
    made = template(tmp_path / "template", files)
    project = new(made, tmp_path)
    write(project, {"requirements.toml": files["requirements.toml"].replace("==2.0", "==2.5")})
    commit(project)
    made.change({"requirements.toml": files["requirements.toml"].replace("==2.0", "==2.3")})

    assert finding(project, "requirements.toml")["detail"] == (
        "edited here; both sides raised requests, and this is the higher"
    )
