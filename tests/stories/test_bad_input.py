"""Projects that are not as they should be: one clear sentence with what to do, and nothing is changed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import Ran, Template, commit, git, mlscaffold, template, write

VARIABLES = {"project_slug": "churn"}
FILES: dict[str, str | bytes | None] = {
    "README.md": "# Churn\none\ntwo\nthree\nfour\nfive\n",
    "data.txt": "a\nb\nc\nd\n",
    "src/app.py": "x = 1\n",
}
VERBS = ("check", "diff", "update")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A template whose newest commit differs in every file from the one that projects record, `HEAD~1`."""
    for who in ("AUTHOR", "COMMITTER"):
        os.environ.setdefault(f"GIT_{who}_NAME", "A Tester")
        os.environ.setdefault(f"GIT_{who}_EMAIL", "tester@example.com")
    made = template(tmp_path_factory.mktemp("made") / "template", FILES, variables=VARIABLES)
    made.change({path: f"{content!s}more\n" for path, content in FILES.items()})
    return made


@pytest.fixture
def project(made: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project one commit behind the template."""
    monkeypatch.setenv("MLSCAFFOLD_TRUST", str(made.root))
    project = tmp_path / "churn"
    write(project, FILES)
    record(project, made)
    git(project, "init", "-q", "-b", "main")
    commit(project)
    return project


def record(project: Path, made: Template, at: str = "HEAD~1", **fields: Any) -> None:
    """Write a project's record."""
    document = {
        "template": str(made.root),
        "commit": git(made.root, "rev-parse", at).strip(),
        "checkout": None,
        "context": {"cookiecutter": VARIABLES},
        "directory": None,
        **fields,
    }
    write(project, {".cruft.json": json.dumps(document)})


def refused(project: Path, verb: str, says: str, *args: str) -> Ran:
    """Run a command that cannot answer: exit code 3, the sentence, what to do, and nothing changed."""
    before = git(project, "status", "--porcelain", check=False)
    ran = mlscaffold(verb, "-p", project, *args)
    assert (ran.code, ran.out) == (3, ""), (verb, ran)
    assert ran.err.startswith("mlscaffold: ")
    assert says in ran.err, ran.err
    assert len(ran.err.strip().splitlines()) >= 2, "it does not say what to do"
    assert git(project, "status", "--porcelain", check=False) == before
    return ran


@pytest.mark.parametrize("verb", VERBS)
def test_no_record(verb: str, project: Path) -> None:
    (project / ".cruft.json").unlink()
    assert "mlscaffold link" in refused(project, verb, "it is not known which template it was made from").err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe{\x00}\x00", "is not UTF-8"),
        (b"[]", "is not a JSON object"),
        (b"{}", "has no answers under context.cookiecutter"),
        (b'{"context": {"cookiecutter": {}}, "template": "x"}', "is no commit id"),
        (b'{"context": {"cookiecutter": {}}, "template": "x", "commit": "main"}', "'main' is no commit id"),
    ],
)
def test_a_record_that_cannot_be_used(content: bytes, says: str, project: Path) -> None:
    write(project, {".cruft.json": content})
    commit(project)
    for verb in VERBS:
        assert "Restore it" in refused(project, verb, says).err


@pytest.mark.parametrize("where", ["nowhere", "README.md"])
def test_a_project_folder_that_is_none(where: str, project: Path) -> None:
    for verb in VERBS:
        ran = mlscaffold(verb, "-p", project / where)
        assert ran.code == 3
        assert "--project-dir" in ran.err


def test_outside_of_git_check_and_diff_answer_and_update_says_why_not(project: Path) -> None:
    shutil.rmtree(project / ".git")
    assert mlscaffold("check", "-p", project).code == 1
    assert mlscaffold("diff", "-p", project).code == 0
    assert "git init" in refused(project, "update", "is not in a git repository").err


def test_a_bare_repository(project: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(project), "bare.git")
    for verb in VERBS:
        ran = mlscaffold(verb, "-p", tmp_path / "bare.git")
        assert ran.code == 3
        assert "has no .cruft.json" in ran.err


def test_a_repository_without_a_commit(project: Path) -> None:
    shutil.rmtree(project / ".git")
    git(project, "init", "-q")
    assert mlscaffold("check", "-p", project).code in (0, 1, 3)
    ran = mlscaffold("update", "-p", project)
    assert ran.code == 3
    assert ran.err.count("\n") >= 2


def test_a_shallow_clone_is_checked_and_updated(project: Path, tmp_path: Path) -> None:
    commit(project)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{project}", "shallow")
    assert mlscaffold("check", "-p", tmp_path / "shallow").code == 1
    assert mlscaffold("update", "-p", tmp_path / "shallow", "--commit").code == 0
    assert mlscaffold("check", "-p", tmp_path / "shallow").code == 0


def _as_folder(path: Path) -> None:
    path.unlink()
    write(path, {"inside.txt": "x\n"})


def _as_submodule(path: Path) -> None:
    path.unlink()
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    write(path, {"inside.txt": "x\n"})
    commit(path)


def _as_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("src/app.py")


def _as(content: bytes) -> Callable[[Path], None]:
    def write_it(path: Path) -> None:
        path.write_bytes(content)

    return write_it


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n"


@pytest.mark.parametrize(
    "become",
    [
        pytest.param(_as_folder, id="a folder"),
        pytest.param(_as_submodule, id="a submodule"),
        pytest.param(_as_link, id="a link"),
        pytest.param(_as(POINTER), id="an LFS pointer"),
        pytest.param(_as("a\nb\ngrün\nd\n".encode("latin-1")), id="latin-1"),
        pytest.param(_as("a\nb\nc\nd\n".encode("utf-16")), id="UTF-16"),
        pytest.param(_as(b"\xef\xbb\xbfa\nb\nc\nd\n"), id="a byte order mark"),
        pytest.param(_as(b"a\r\nb\r\nc\r\nd\r\n"), id="CRLF"),
        pytest.param(_as(b"a\nb\nc\nd"), id="no newline at the end"),
        pytest.param(_as(b"\0\1\2"), id="binary"),
        pytest.param(_as(b""), id="empty"),
    ],
)
def test_a_managed_file_that_became_something_else(become: Callable[[Path], None], project: Path) -> None:
    """It is named, it keeps nothing else from being updated, and no byte of it is lost."""
    path = project / "data.txt"
    become(path)
    commit(project)
    ran = mlscaffold("check", "-p", project, "--format", "json")
    assert ran.code == 1
    assert "data.txt" in {finding["path"] for finding in ran.json["findings"]}
    assert mlscaffold("diff", "-p", project).code == 0
    kept = _content(path)
    ran = mlscaffold("update", "-p", project)
    assert ran.code in (0, 1), ran.err
    assert (project / "README.md").read_text().endswith("five\nmore\n")
    assert kept in _content(path) or git(project, "ls-files", "-u"), ran.out
    assert git(project, "diff", "--name-only", "--diff-filter=D", "HEAD") == ""


def _content(path: Path) -> bytes:
    """Return what there is at a path, whatever it is."""
    if path.is_symlink():
        return os.fsencode(os.readlink(path))
    if path.is_dir():
        return (path / "inside.txt").read_bytes()
    return path.read_bytes().rstrip(b"\r\n")


NAMES = [
    "line\nbreak.txt",
    "grün.txt",
    "qu\"o'te.txt",
    "tab\t.txt",
    "-dash.txt",
    "back\\slash.txt",
    " space ",
    "Data.txt",
]


def test_files_with_odd_names_are_told_apart_and_updated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [name for name in NAMES if "\\" not in name]
    odd = os.fsdecode(b"not-utf8-\xff.txt")
    made = template(
        tmp_path / "template", dict.fromkeys([*names, odd, "data.txt"], "one\n"), variables=VARIABLES
    )
    monkeypatch.setenv("MLSCAFFOLD_TRUST", str(made.root))
    project = tmp_path / "churn"
    write(project, dict.fromkeys([*names, odd, "data.txt"], "one\n"))
    record(project, made, "HEAD")
    git(project, "init", "-q")
    commit(project)
    assert mlscaffold("check", "-p", project).code == 0
    made.change(dict.fromkeys([*names, odd, "data.txt"], "two\n"))
    ran = mlscaffold("check", "-p", project, "--format", "json")
    assert ran.code == 1
    assert {finding["path"] for finding in ran.json["findings"]} == {*names, odd, "data.txt"}
    assert mlscaffold("check", "-p", project).code == 1
    assert b"not-utf8" in os.fsencode(mlscaffold("diff", "-p", project).out)
    ran = mlscaffold("update", "-p", project, "--commit")
    assert ran.code == 0, ran.err
    assert {(project / name).read_text() for name in (*names, odd, "data.txt")} == {"two\n"}


def test_a_name_with_a_backslash_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = template(tmp_path / "template", {"back\\slash.txt": "one\n"}, variables=VARIABLES)
    monkeypatch.setenv("MLSCAFFOLD_TRUST", str(made.root))
    record(tmp_path / "churn", made, "HEAD")
    ran = mlscaffold("check", "-p", tmp_path / "churn")
    assert ran.code == 3
    assert "back" in ran.err


def test_a_pyproject_that_is_no_toml_is_said_and_does_not_stop_a_check(project: Path) -> None:
    write(project, {"pyproject.toml": "[tool.cruft\n"})
    commit(project)
    ran = mlscaffold("check", "-p", project)
    assert ran.code == 1
    assert "pyproject.toml" in ran.out + ran.err
    for content in (
        b"\xff\xfe[tool.cruft]",
        b"[tool]\ncruft = 1\n",
        b"[tool.cruft]\nskip = 'x'\n",
        b"tool = 'cruft'\n",
    ):
        write(project, {"pyproject.toml": content})
        assert mlscaffold("check", "-p", project).code == 1


@pytest.fixture
def old_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git on the path that says it is 2.37 and has no `merge-tree --write-tree`."""
    real = shutil.which("git")
    write(
        tmp_path / "bin",
        {
            "git": f"""#!/bin/sh
for argument; do
    case "$argument" in
        version) echo "git version 2.37.4"; exit 0;;
        --write-tree) echo "usage: git merge-tree <base-tree> <branch1> <branch2>" >&2; exit 129;;
    esac
done
exec {real} "$@"
"""
        },
    )
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")


@pytest.mark.usefixtures("old_git")
def test_a_git_that_is_too_old_serves_until_something_changed_on_both_sides(project: Path) -> None:
    assert mlscaffold("check", "-p", project).code == 1
    assert mlscaffold("diff", "-p", project).code == 0
    assert mlscaffold("update", "-p", project, "--dry-run").code == 0
    write(project, {"data.txt": "a\nb\nc\nmine\n"})
    commit(project)
    for verb in ("check", "update"):
        assert "Install git 2.38 or later" in refused(project, verb, "git 2.37 cannot merge trees").err


def test_in_a_folder_of_a_project_the_project_is_named(project: Path) -> None:
    write(project, {"src/deep/a.txt": ""})
    for folder, shown in (("src", ".."), ("src/deep", "../..")):
        ran = mlscaffold("check", cwd=project / folder)
        assert ran.code == 3
        assert f"The project that it lies in has one: --project-dir {shown}" in ran.err
        assert mlscaffold("check", "-p", shown, cwd=project / folder).code == 1
    assert "There is no such folder" in mlscaffold("check", "-p", project.parent / "gone").err


def test_no_git_at_all(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    for args in (["check"], ["diff"], ["update"]):
        ran = mlscaffold(*args, "-p", project)
        assert ran.code == 3
        assert "git is not installed" in ran.err
    ran = mlscaffold("new", "-y", "-t", project, "-o", tmp_path)
    assert (ran.code, "git is not installed" in ran.err) == (3, True)


def test_run_from_a_git_hook_the_project_is_still_the_one_that_is_named(
    project: Path, tmp_path: Path
) -> None:
    git(tmp_path, "init", "-q", "other")
    env = {"GIT_DIR": str(tmp_path / "other/.git"), "GIT_INDEX_FILE": str(tmp_path / "other/.git/index")}
    assert mlscaffold("check", "-p", project, env=env).code == 1
    assert mlscaffold("update", "-p", project, env=env).code == 0
    assert "M  README.md" in git(project, "status", "--porcelain")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["check", "--refresh", "--offline"], "Give one of them"),
        (["check", "-c", "nowhere"], "has no branch, tag or commit 'nowhere'"),
        (["diff", "nothing.txt"], "nothing.txt is no path of the template"),
        (["update", "-c", "--output=x"], "has no branch, tag or commit"),
    ],
)
def test_a_command_that_cannot_be_meant(args: list[str], says: str, project: Path) -> None:
    ran = mlscaffold(*args, "-p", project)
    assert ran.code in (2, 3)
    assert says in ran.err


def test_brackets_that_mean_nothing_match_nothing(project: Path, made: Template) -> None:
    waiver = "[[waiver]]\npath = '[z-a].txt'\nreason = 'x'\n"
    write(project, {".mlscaffold.toml": waiver, "data.txt": "mine\n"})
    ran = mlscaffold("check", "-p", project)
    assert (ran.code, "the pattern '[z-a].txt' is none" in ran.out) == (1, True)
    record(project, made, skip=["[z-a]*"])
    assert mlscaffold("check", "-p", project).code == 1


def test_a_file_of_many_conflict_markers_is_looked_through_once(project: Path) -> None:
    """With a regular expression that tries all pairs this takes minutes."""
    write(project, {"data.txt": "<<<<<<< x\n=======\n" * 20_000})
    assert "holds conflict markers" not in mlscaffold("check", "-p", project).out
    write(project, {"data.txt": "x\n" + "<<<<<<< x\n=======\n" * 20_000 + ">>>>>>> y\n"})
    ran = mlscaffold("check", "-p", project, "--format", "json")
    found = {finding["path"]: (finding["state"], finding["line"]) for finding in ran.json["findings"]}
    assert found["data.txt"] == ("leftover", 2)


def test_a_commit_that_no_branch_has_is_compared_with_the_one_before_it_and_that_is_said(
    project: Path, made: Template
) -> None:
    """As after a force-push, or in a project that was made from a fork."""
    newest = git(made.root, "rev-parse", "HEAD").strip()
    made.change({"data.txt": "of the fork\n"})
    record(project, made, "HEAD")
    git(made.root, "reset", "-q", "--hard", newest)
    assert mlscaffold("check", "-p", project).code in (1, 3)
    ran = mlscaffold("check", "-p", project)
    assert "is no longer in the template's history" in ran.out + ran.err
    assert "stands for it" not in ran.out
    if ran.code == 1:
        assert f"it is compared with {newest[:7]}, which came before it" in ran.out


def test_a_template_that_is_another_one_is_said_to_be_and_the_record_is_not_blamed(
    project: Path, made: Template, tmp_path: Path
) -> None:
    other = template(tmp_path / "other", {"data.txt": "another\n"}, variables=VARIABLES)
    ran = mlscaffold("check", "-p", project, "-t", other.root)
    assert (ran.code, f"was made from {made.root}, and {other.root} does not have its commit" in ran.err) == (
        3,
        True,
    )
    assert "adopt" not in ran.err
    git(tmp_path, "clone", "-q", str(made.root), "moved")
    assert (
        f"against {tmp_path / 'moved'} at" in mlscaffold("check", "-p", project, "-t", tmp_path / "moved").out
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("args", [("--help",), ("status",)], ids=["help", "status"])
def test_output_that_cannot_be_written_is_named(
    project: Path, args: tuple[str, ...], unbuffered: str
) -> None:
    command = [sys.executable, "-m", "mlscaffold", *args]
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, env=env, cwd=project, text=True, check=False
        )

    said = "mlscaffold: What the output goes to cannot be used: No space left on device."
    assert (ran.returncode, ran.stderr) == (3, f"{said}\nMend that and run it again.\n")


def test_reader_that_has_enough_is_no_error(project: Path) -> None:
    command = f"{sys.executable} -m mlscaffold status | true; echo ${{PIPESTATUS[0]}}"
    env = {**os.environ, "PYTHONUNBUFFERED": ""}
    ran = subprocess.run(
        ["bash", "-c", command], capture_output=True, env=env, cwd=project, text=True, check=False
    )

    assert (ran.stdout, ran.stderr) == ("0\n", "")
