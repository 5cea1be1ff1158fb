"""ruff, as it is installed where mlscaffold runs or on the user's path: format and safe fixes of a project's files."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mlscaffold.core.errors import MlscaffoldError

SECONDS = 300
AT_ONCE = 500


def require() -> str:
    """Return where ruff is.

    Raises MlscaffoldError if it is nowhere.
    """
    beside = Path(sys.executable).with_name("ruff")
    found = str(beside) if beside.is_file() else shutil.which("ruff")
    if found is None:
        raise MlscaffoldError("ruff is not installed, and --format runs it.", "Install it: pip install ruff.")
    return found


def format_and_fix(folder: Path, paths: Sequence[str]) -> None:
    """Format files and apply ruff's safe fixes, by the configuration that the folder itself has.

    Raises MlscaffoldError if ruff cannot read that.
    """
    ruff = require()
    for start in range(0, len(paths), AT_ONCE):
        some = [f"./{path}" for path in paths[start : start + AT_ONCE]]
        for verb in (("check", "--fix", "--exit-zero", "--quiet"), ("format", "--quiet")):
            done = subprocess.run(
                [ruff, *verb, "--no-cache", "--force-exclude", *some],
                cwd=folder,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
            if done.returncode and b"error" in done.stderr and b"configuration" in done.stderr.lower():
                said = done.stderr.decode("utf-8", "replace").strip().splitlines()[0]
                raise MlscaffoldError(
                    f"ruff cannot format: {said}",
                    "The adoption is committed; mend ruff.toml and run ruff yourself.",
                )
