"""cruft beside us: what it creates is in sync, and where it merges cleanly we leave the same tree."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds import PROJECT, Template, commit, git, mlscaffold, states, template, write

FILES: dict[str, str | bytes | None] = {
    "README.md": "# {{cookiecutter.project_name}}\none\ntwo\nthree\nfour\nfive\nsix\n",
    "src/app.py": "x = 1\n",
    "run.sh": "#!/bin/sh\n",
    "data.bin": b"\0\1\2\xff",
    "docs/über.md": "Grüße, {{cookiecutter.licence}}\n",
}


def cruft(folder: Path, *args: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cruft", *map(str, args)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.fixture
def made(tmp_path: Path) -> Template:
    made = template(tmp_path / "template", FILES)
    (made.root / PROJECT / "run.sh").chmod(0o755)
    commit(made.root)
    return made


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    cruft(tmp_path, "create", made.root, "-y")
    project = tmp_path / "churn-model"
    git(project, "init", "-q")
    commit(project)
    mlscaffold("trust", made.root)
    return project


def test_what_cruft_creates_is_in_sync(project: Path) -> None:
    ran = mlscaffold("check", "-p", project)
    assert (ran.code, ran.out.count("\n")) == (0, 1)


def test_new_writes_what_cruft_create_writes(made: Template, project: Path, tmp_path: Path) -> None:
    mlscaffold("new", "-t", made.root, "-y", "-o", tmp_path / "ours")
    ours = tmp_path / "ours" / "churn-model"
    assert git(ours, "ls-files", "-s") == git(project, "ls-files", "-s")


CHANGES: dict[str, dict[str, str | bytes | None]] = {
    "edited": {"README.md": str(FILES["README.md"]).replace("six", "six\nseven")},
    "added": {"NEW.md": "new\n", "src/deep/er.py": ""},
    "removed": {"src/app.py": None},
    "binary": {"data.bin": b"\0\1\2\3\xfe"},
    "named in another script": {"docs/über.md": "Viele Grüße\n", "名前.txt": "x\n"},
    "nothing that renders": {},
}


@pytest.mark.parametrize("change", CHANGES)
def test_where_cruft_merges_cleanly_both_leave_the_same_tree(
    change: str, made: Template, project: Path, tmp_path: Path
) -> None:
    write(
        project,
        {"README.md": "# Churn, our own title\none\ntwo\nthree\nfour\nfive\nsix\n", "own.txt": "ours\n"},
    )
    commit(project)
    theirs = tmp_path / "theirs"
    shutil.copytree(project, theirs)
    made.change(CHANGES[change], beside={"template-readme.md": change})
    assert "Good work" in cruft(theirs, "update", "-y")
    assert mlscaffold("update", "-p", project).code == 0
    for folder in (theirs, project):
        commit(folder)
    assert git(project, "ls-files", "-s") == git(theirs, "ls-files", "-s")


def test_check_tells_what_cruft_check_calls_as_clean_as_possible(project: Path) -> None:
    write(project, {"README.md": "ours\n", "src/app.py": None, "run.sh.rej": "@@ -1 +1 @@\n"})
    assert "as clean as possible" in cruft(project, "check")
    assert states(project) == {"README.md": "modified", "src/app.py": "missing", "run.sh.rej": "leftover"}
    assert mlscaffold("check", "-p", project).code == 1


def test_an_edited_file_alone_fails_the_check_where_asked_for(project: Path) -> None:
    write(project, {"README.md": "ours\n"})
    assert "as clean as possible" in cruft(project, "check")
    assert "modified" in mlscaffold("check", "-p", project).out
    assert mlscaffold("check", "-p", project, "--fail-on", "edits").code == 1


def test_cruft_reads_the_record_that_an_update_leaves(made: Template, project: Path) -> None:
    made.change({"NEW.md": "new\n"})
    assert mlscaffold("update", "-p", project, "--commit").code == 0
    assert "SUCCESS" in cruft(project, "check")
