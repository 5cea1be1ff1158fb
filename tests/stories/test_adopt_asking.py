"""At a terminal, adopt asks for what nothing shows, and whether to go on."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds import VARIABLES, commit, git, mlscaffold, template, write

FILES = {"README.md": "# {{cookiecutter.project_name}}\none\ntwo\n", "app.py": "a = 1\nb = 2\nc = 3\n"}


def at_terminal(typed: str, *args: str | Path) -> tuple[int, str]:
    """Run the command line at a terminal of its own, with everything typed ahead."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    with subprocess.Popen(
        [sys.executable, "-m", "mlscaffold", *map(str, args)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        os.close(theirs)
        out, _ = process.communicate()
    os.close(ours)
    return process.returncode, out.decode()


@pytest.mark.parametrize(("last", "code"), [("y", 0), ("n", 1)])
def test_what_nothing_shows_is_asked_and_nothing_is_written_without_a_yes(
    tmp_path: Path, last: str, code: int
) -> None:
    asked = {"project_name": "x", "licence": ["MIT", "Apache-2.0"], "project_slug": VARIABLES["project_slug"]}
    made = template(tmp_path / "template", FILES, variables=asked)
    root = tmp_path / "churn"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    write(root, {"README.md": "# Churn\none\ntwo\n", "app.py": FILES["app.py"]})
    commit(root)
    unsure = mlscaffold("adopt", "-p", root, "-t", made.root, "--plan").out.splitlines()[-1]
    names = unsure.partition("nothing shows ")[2].partition(" for certain")[0].split(", ")
    assert "licence" in names
    typed = "".join("Apache-2.0\n" if name == "licence" else "\n" for name in names)
    done, out = at_terminal(f"{typed}{last}\n", "adopt", "-p", root, "-t", made.root)
    assert done == code, out
    assert (root / ".cruft.json").exists() == (last == "y")
    if last == "y":
        assert '"licence": "Apache-2.0"' in (root / ".cruft.json").read_text()
