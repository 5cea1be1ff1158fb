"""Templates change what they ask, and projects that were made before keep up, or are told what a person has to say."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.terminals import at_terminal
from tests.worlds import VARIABLES, Template, commit, git, mlscaffold, new, states, template, write

FILES = {
    "README.md": "# {{cookiecutter.project_name}}\n",
    "{{cookiecutter.package}}/__init__.py": "",
    "{{cookiecutter.package}}/app.py": "x = 1\n",
}
ASKED = {**VARIABLES, "package": "churn"}


@pytest.fixture
def made(tmp_path: Path) -> Template:
    return template(tmp_path / "template", FILES, variables=ASKED)


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    return new(made, tmp_path)


def record(project: Path) -> Any:
    return json.loads((project / ".cruft.json").read_text())


def answers(project: Path) -> Any:
    return record(project)["context"]["cookiecutter"]


def test_a_new_variable_takes_its_default(made: Template, project: Path) -> None:
    made.change({"level": "{{cookiecutter.level}}\n"}, variables={**ASKED, "level": "high"})
    assert mlscaffold("update", "-p", project, "--commit").code == 0
    assert (project / "level").read_text() == "high\n"
    assert answers(project)["level"] == "high"


def test_a_new_variable_without_a_default_needs_input_and_is_never_blank(
    made: Template, project: Path
) -> None:
    made.change({"owner": "{{cookiecutter.owner}}\n"}, variables={**ASKED, "owner": ""})
    ran = mlscaffold("update", "-p", project)
    assert (ran.code, "--answer owner=" in ran.err) == (3, True)
    assert git(project, "status", "--porcelain") == ""
    assert "owner" in mlscaffold("check", "-p", project).out
    assert mlscaffold("update", "-p", project, "--answer", "owner=me", "--commit").code == 0
    assert (project / "owner").read_text() == "me\n"
    assert answers(project)["owner"] == "me"
    assert states(project) == {}


def test_a_variable_that_is_gone_is_dropped_and_said(made: Template, project: Path) -> None:
    made.change(variables={name: value for name, value in ASKED.items() if name != "licence"})
    ran = mlscaffold("update", "-p", project, "--commit")
    assert "no longer has the variable 'licence'" in ran.out
    assert "licence" not in answers(project)


def test_a_renamed_variable_keeps_its_answer(made: Template, tmp_path: Path) -> None:
    project = new(made, tmp_path, "-a", "package=mine")
    variables = {("module" if name == "package" else name): value for name, value in ASKED.items()}
    for name in ("__init__.py", "app.py"):
        git(made.root / "{{cookiecutter.project_slug}}", "rm", "-q", f"{{{{cookiecutter.package}}}}/{name}")
    made.change(
        {path.replace("package", "module"): content for path, content in FILES.items()},
        variables=variables,
        beside={"policy.toml": '[answers.renamed]\npackage = "module"\n'},
    )
    ran = mlscaffold("update", "-p", project, "--commit")
    assert ran.code == 0, ran.err
    assert "called 'module' now" in ran.out
    assert (project / "mine/app.py").exists()
    assert answers(project)["module"] == "mine"
    assert "package" not in answers(project)


def ask_for_the_package_anew(made: Template) -> None:
    """Give the variable that names the package another name, and tell nobody."""
    variables = {("module" if name == "package" else name): value for name, value in ASKED.items()}
    for name in ("__init__.py", "app.py"):
        git(made.root / "{{cookiecutter.project_slug}}", "rm", "-q", f"{{{{cookiecutter.package}}}}/{name}")
    made.change(
        {path.replace("package", "module"): content for path, content in FILES.items()}, variables=variables
    )


def test_a_new_variable_is_answered_by_what_the_project_shows(made: Template, tmp_path: Path) -> None:
    project = new(made, tmp_path, "-a", "package=mine")
    ask_for_the_package_anew(made)
    ran = mlscaffold("update", "-p", project, "--commit")
    assert ran.code == 0, ran.err
    assert "the template asks for module now: 'mine', as mine/" in ran.out
    assert (project / "mine/app.py").exists()
    assert answers(project)["module"] == "mine"


def test_a_new_variable_without_a_default_is_asked_for_at_a_terminal(made: Template, project: Path) -> None:
    made.change({"owner": "{{cookiecutter.owner}}\n"}, variables={**ASKED, "owner": ""})
    ran = at_terminal("update", "-p", project, "--commit", typed="\nme\n")
    assert ran.code == 0, ran.out
    assert ran.out.count("owner:") == 2, "an empty line is no answer"
    assert (project / "owner").read_text() == "me\n"
    assert answers(project)["owner"] == "me"


@pytest.mark.parametrize("answer", ["nope=1", "licence=GPL"])
def test_an_answer_that_the_template_does_not_take_is_refused(
    made: Template, project: Path, answer: str
) -> None:
    made.change({"README.md": "# two\n"})
    ran = mlscaffold("update", "-p", project, "--answer", answer)
    assert (ran.code, answer.partition("=")[0] in ran.err) == (2, True)
    assert git(project, "status", "--porcelain") == ""


def test_choices_may_be_numbers(made: Template, tmp_path: Path) -> None:
    made.change({"n": "{{cookiecutter.n}}\n"}, variables={**ASKED, "n": [1, 2]})
    project = new(made, tmp_path, "-a", "n=2")
    assert (project / "n").read_text() == "2\n"
    assert "no longer offered" not in mlscaffold("check", "-p", project).out
    ran = mlscaffold("update", "-p", project, "--answer", "n=1", "--commit")
    assert (ran.code, (project / "n").read_text()) == (0, "1\n"), ran.err


@pytest.mark.parametrize("option", [("--to", "x"), ("--commit",), ("--conflicts", "keep-ours"), ("-n",)])
def test_an_update_is_ended_by_continue_and_abort_alone(project: Path, option: tuple[str, ...]) -> None:
    for ending in ("--continue", "--abort"):
        ran = mlscaffold("update", "-p", project, ending, *option)
        assert (ran.code, "takes no other option" in ran.err) == (2, True)


def test_a_package_is_never_moved_because_a_variable_took_its_default(made: Template, tmp_path: Path) -> None:
    project = new(made, tmp_path, "-a", "package=mine")
    write(project, {"other/__init__.py": "", "other/app.py": "x = 1\n"})
    commit(project, "two packages, so that nothing shows which of them is meant")
    ask_for_the_package_anew(made)
    ran = mlscaffold("update", "-p", project)
    assert ran.code == 3
    assert "would move your package mine to churn, since module became 'churn'" in ran.err, ran.err
    assert "--answer module=mine" in ran.err
    assert (project / "mine/app.py").exists()
    assert mlscaffold("update", "-p", project, "--answer", "module=mine").code == 0
    assert (project / "mine/app.py").exists()


@pytest.mark.parametrize("named", [True, False])
def test_a_withdrawn_choice_is_replaced_as_the_template_says_or_kept(
    made: Template, tmp_path: Path, named: bool
) -> None:
    project = new(made, tmp_path, "-a", "licence=Apache-2.0")
    made.change(
        {"LICENCE": "{{cookiecutter.licence}}\n"},
        variables={**ASKED, "licence": ["MIT", "BSD"]},
        beside={"policy.toml": '[answers.replaced.licence]\n"Apache-2.0" = "BSD"\n' if named else ""},
    )
    ran = mlscaffold("update", "-p", project)
    assert ran.code == 0, ran.err
    assert "'Apache-2.0' is no longer offered" in ran.out
    assert (project / "LICENCE").read_text() == ("BSD\n" if named else "Apache-2.0\n")


def test_a_migration_moves_the_users_files_too(made: Template, project: Path) -> None:
    write(project, {"churn/mine.py": "y = 2\n", "churn/app.py": "x = 1\ny = 2\n", "old.lock": "z\n"})
    commit(project)
    migration = '[[migrations]]\nversion = "2.0"\nrename = { "churn" = "src/churn" }\ndelete = ["old.lock"]\n'
    for name in ("__init__.py", "app.py"):
        git(made.root / "{{cookiecutter.project_slug}}", "rm", "-q", f"{{{{cookiecutter.package}}}}/{name}")
    made.change(
        {"src/" + path if "package" in path else path: content for path, content in FILES.items()},
        beside={"policy.toml": migration},
    )
    git(made.root, "tag", "v2.0")
    ran = mlscaffold("update", "-p", project, "--commit")
    assert ran.code == 0, ran.err
    assert not (project / "churn").exists()
    assert (project / "src/churn/mine.py").read_text() == "y = 2\n"
    assert (project / "src/churn/app.py").read_text() == "x = 1\ny = 2\n"
    assert not (project / "old.lock").exists()
    assert git(project, "status", "--porcelain") == ""
    assert states(project) == {"src/churn/app.py": "modified"}
    write(project, {"churn/again.py": "", "old.lock": "mine now\n"})
    commit(project)
    made.change({"README.md": "# two\n"})
    assert mlscaffold("update", "-p", project, "--commit").code == 0
    assert (project / "churn/again.py").exists()
    assert (project / "old.lock").exists()


def test_a_target_that_does_not_render_is_named_and_the_newest_that_does_is_taken(
    made: Template, project: Path
) -> None:
    good = made.change({"README.md": "# two\n"})
    bad = made.change({"broken": "{{ cookiecutter.nothing }}\n"})
    ran = mlscaffold("update", "-p", project, "--commit")
    assert ran.code == 1, ran.err
    assert f"does not render at {bad[:7]}, so the update goes to {good[:7]}" in ran.out
    assert (project / "README.md").read_text() == "# two\n"
    assert record(project)["commit"] == good


def test_a_hook_that_fails_is_its_own_state_and_can_be_left_out(made: Template, project: Path) -> None:
    hook = "import sys\nprint('it went wrong here')\nsys.exit(1)\n"
    made.change({"README.md": "# two\n"}, beside={"hooks/post_gen_project.py": hook})
    ran = mlscaffold("update", "-p", project)
    assert (ran.code, "A hook of the template failed" in ran.err, "it went wrong here" in ran.err) == (
        3,
        True,
        True,
    )
    ran = mlscaffold("update", "-p", project, "--no-hooks", "--commit")
    assert (ran.code, "results may differ" in ran.out) == (1, True)
    assert (project / "README.md").read_text() == "# two\n"
    mlscaffold("update", "-p", project, "--continue")
    made.change(beside={"hooks/post_gen_project.py": "open('gen.txt', 'w').write('made by the hook')\n"})
    assert mlscaffold("update", "-p", project).code == 0, "what the hooks change was not passed over"
    assert (project / "gen.txt").read_text() == "made by the hook"


def test_a_rewritten_history_is_followed_by_its_files_or_needs_relink(made: Template, project: Path) -> None:
    made.change({"README.md": "# two\n"})
    assert mlscaffold("update", "-p", project, "--commit").code == 0
    old = record(project)["commit"]
    git(made.root, "commit", "-q", "--amend", "-m", "the same files, another commit")
    made.change({"README.md": "# three\n"})
    assert mlscaffold("check", "-p", project).code == 1
    for kept in Path.home().glob(".cache/mlscaffold/templates/*/renderings"):
        shutil.rmtree(kept)
    ran = mlscaffold("update", "-p", project, "--refresh", "--commit")
    assert ran.code == 0, ran.err
    assert f"the recorded commit {old[:7]} is no longer in the template's history" in ran.out
    assert (project / "README.md").read_text() == "# three\n"
    document = record(project)
    (project / ".cruft.json").write_text(json.dumps({**document, "commit": "1" * 40}))
    commit(project)
    made.change({"README.md": "# four\n"})
    ran = mlscaffold("update", "-p", project)
    assert ran.code == 3
    command = re.search(r"mlscaffold update (--base [0-9a-f]{12})$", ran.err.strip())
    assert command is not None, ran.err
    assert mlscaffold("update", "-p", project, *command[1].split(), "--commit").code == 0
    assert (project / "README.md").read_text() == "# four\n"
    assert states(project) == {}
    write(project, {".cruft.json": json.dumps({**record(project), "commit": "1" * 40})})
    write(project, {"churn/__init__.py": None, "churn/app.py": None, "README.md": None, "own.R": "1\n"})
    shutil.rmtree(project / ".git")
    git(project, "init", "-q")
    commit(project, "a past that shows nothing of the template")
    ran = mlscaffold("update", "-p", project)
    assert (ran.code, "near none" in ran.err, "--base COMMIT" in ran.err) == (3, True, True)


def test_a_rewritten_history_passes_no_migration_over(made: Template, project: Path) -> None:
    write(project, {"old/mine.txt": "mine\n"})
    commit(project)
    git(made.root, "commit", "-q", "--amend", "-m", "the same files, another commit")
    made.change(beside={"policy.toml": '[[migrations]]\nversion = "2.0"\nrename = { "old" = "new" }\n'})
    git(made.root, "tag", "2.0")
    git(made.root, "reflog", "expire", "--expire=now", "--all")
    git(made.root, "gc", "-q", "--prune=now")
    ran = mlscaffold("update", "-p", project, "--commit")
    assert ran.code == 0, ran.err
    assert (project / "new/mine.txt").exists()


def test_to_goes_to_a_version_and_the_record_goes_on_to_follow(made: Template, project: Path) -> None:
    made.change({"README.md": "# two\n"})
    git(made.root, "tag", "1.4.0")
    made.change({"README.md": "# three\n"})
    assert mlscaffold("update", "-p", project, "--to", "1.4.0", "--commit").code == 0
    assert (project / "README.md").read_text() == "# two\n"
    assert record(project)["checkout"] is None
    assert states(project) == {"README.md": "behind"}


def test_step_goes_as_far_as_releases_merge_cleanly(made: Template, project: Path) -> None:
    lines = [f"line {number}\n" for number in range(9)]
    made.change({"a.txt": "".join(lines)})
    assert mlscaffold("update", "-p", project, "--commit").code == 0
    write(project, {"a.txt": "".join(lines[:7]) + "mine\n"})
    commit(project)
    for version, number in (("1.0", 0), ("2.0", 2), ("3.0", 8)):
        lines[number] = f"its {version}\n"
        made.change({"a.txt": "".join(lines)})
        git(made.root, "tag", version)
    ran = mlscaffold("update", "-p", project, "--step", "--commit")
    assert "It is not" in ran.out
    assert ran.code == 1
    assert (project / "a.txt").read_text().splitlines()[:3] == ["its 1.0", "line 1", "its 2.0"]
    assert "<<<" not in (project / "a.txt").read_text()
    git(project, "commit", "-qm", "two releases on")
    assert mlscaffold("update", "-p", project, "--step").code == 1
    assert "<<<<<<< project" in (project / "a.txt").read_text()


def test_an_update_never_goes_to_a_side_branch_that_lacks_what_the_project_has(
    made: Template, tmp_path: Path
) -> None:
    git(made.root, "checkout", "-q", "-b", "side")
    made.change({"c.txt": "c\n"})
    git(made.root, "tag", "v1.0.1")
    git(made.root, "checkout", "-q", "main")
    made.change({"a.txt": "a\n"})
    project = new(made, tmp_path)
    git(made.root, "merge", "-q", "side", "-m", "merged")
    made.change({"broken": "{{ cookiecutter.nothing }}\n"})
    ran = mlscaffold("update", "-p", project, "--commit")
    assert ran.code == 1, ran.err
    assert (project / "a.txt").read_text() == "a\n"
    assert (project / "c.txt").read_text() == "c\n"
