"""The help: each command's line in it is how the command's own help begins, and costs no import of the command."""

import subprocess
import sys

import pytest

from mlscaffold.cli import COMMANDS, Commands
from tests.worlds import mlscaffold


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_line_is_how_its_own_help_begins(name: str) -> None:
    said = Commands().get_command(None, name).help
    assert said.startswith(COMMANDS[name][1].removesuffix("."))


def test_the_help_fits_80_columns_and_cuts_no_sentence() -> None:
    out = mlscaffold("--help", env={"COLUMNS": "80"}).out
    listed = out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)
    assert max(map(len, out.splitlines())) <= 80


def test_the_help_imports_no_command() -> None:
    code = """
import sys
from mlscaffold.cli import app
try:
    app(["--help"])
except SystemExit:
    pass
print(sorted(name for name in sys.modules if name.startswith("mlscaffold.")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == str(
        ["mlscaffold.cli", "mlscaffold.core", "mlscaffold.core.errors"]
    )
