"""Repos from before the standard: adopted with the built-in template, their old code still runs and check says what remains."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.adopting.legacy import ALL, NUMBERED, Legacy
from tests.worlds import git, mlscaffold, write


def run_all(legacy: Legacy, root: Path) -> None:
    """Run the repo's own commands."""
    for command in legacy.runs:
        done = subprocess.run(
            [sys.executable, *command], cwd=root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)


@pytest.mark.parametrize("legacy", ALL, ids=lambda legacy: legacy.name)
def test_old_code_still_runs_and_check_lists_what_remains(tmp_path: Path, legacy: Legacy) -> None:
    root = legacy.made(tmp_path)
    ran = mlscaffold("adopt", "-p", root, "-y")
    assert ran.code == 0, ran.err + ran.out
    for path, content in legacy.files.items():
        kept = (root / path).read_text()
        assert kept == content or (path == ".gitignore" and kept.startswith(content)), path
    assert git(root, "status", "--porcelain", "--untracked-files=no") == ""
    run_all(legacy, root)
    ran = mlscaffold("check", "-p", root, "--format", "json")
    assert ran.code == 1, ran.err
    faults = [finding for finding in ran.json["findings"] if finding["fault"]]
    assert all(finding["mend"] for finding in faults)
    assert {"setup.py", "setup.cfg", "tox.ini"} & legacy.files.keys() <= {each["path"] for each in faults}


def test_scripts_and_notebooks_are_reported_and_moved_only_on_request(tmp_path: Path) -> None:
    root = NUMBERED.made(tmp_path)
    planned = mlscaffold("adopt", "-p", root, "--plan")
    assert "forbidden: 6 files" in planned.out
    assert "needs input: nothing shows" in planned.out
    assert "07_train_final_v2.py  (main.py is the one entry point" in planned.out
    write(root, {"scripts/02_clean.py": "mine, and not committed\n"})
    ran = mlscaffold("adopt", "-p", root, "-y", "--move")
    assert ran.code == 0, ran.err
    assert "needs input" not in ran.out
    assert (root / "scripts/02_clean.py").read_text() == "mine, and not committed\n"
    moved = git(root, "show", "--name-status", "--format=", "HEAD").splitlines()
    assert "R100\t01_download.py\tscripts/01_download.py" in moved
    assert "R100\texplore.ipynb\tnotebooks/explore.ipynb" in moved
    assert len(moved) == 4
    assert (root / "02_clean.py").exists()
    assert (root / "setup.py").exists()


def test_formatting_is_a_commit_that_git_blame_passes_over(tmp_path: Path) -> None:
    root = NUMBERED.made(tmp_path)
    write(root, {"ugly.py": "x = {  'a':1 }\n"})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "ugly")
    ran = mlscaffold("adopt", "-p", root, "-y", "--format")
    assert ran.code == 0, ran.err
    listed, formatted, adopted = git(root, "log", "-3", "--format=%H").split()
    assert (root / ".git-blame-ignore-revs").read_text().startswith(formatted)
    assert git(root, "show", "--name-only", "--format=", listed).split() == [".git-blame-ignore-revs"]
    assert ".cruft.json" not in git(root, "show", "--name-only", "--format=", formatted)
    assert ".cruft.json" in git(root, "show", "--name-only", "--format=", adopted)
    assert (root / "ugly.py").read_text() == 'x = {"a": 1}\n'
    blamed = git(root, "blame", "--ignore-revs-file", ".git-blame-ignore-revs", "-l", "ugly.py")
    assert not blamed.lstrip("?*^").startswith(formatted)
