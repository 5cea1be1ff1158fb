"""ruff, as it is installed where mlscaffold runs or on the user's path: format and safe fixes of a project's files."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

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
        raise MlscaffoldError(
            "ruff is not installed, and it is asked to run.", "Install it: pip install ruff."
        )
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


class Counts(NamedTuple):
    """What ruff says of a folder: how many findings, by code, and how many files it would format."""

    findings: dict[str, int]
    unformatted: int


def counts(folder: Path, config: Path) -> Counts:
    """Count what ruff finds in a folder by a configuration of ours; the folder's own, in any depth, plays no part.

    Raises MlscaffoldError if ruff cannot read it, as one that asks for another version of ruff.
    """
    asked = ("--no-cache", "--config", str(config.resolve()), ".")
    found = _run(folder, "check", "--quiet", "--exit-zero", "--statistics", "--output-format=json", *asked)
    formatted = _run(folder, "format", "--check", *asked)
    unformatted = re.search(rb"(\d+) files? would be reformatted", formatted)
    statistics = json.loads(found or b"[]")
    return Counts(
        {each["code"] or each["name"]: each["count"] for each in statistics},
        int(unformatted[1]) if unformatted else 0,
    )


def _run(folder: Path, *args: str) -> bytes:
    done = subprocess.run([require(), *args], cwd=folder, capture_output=True, timeout=SECONDS, check=False)
    if b"ruff failed" in done.stderr:
        causes = re.findall(r"Cause: (.*)", done.stderr.decode("utf-8", "replace"))
        why = causes[-1] if causes else "it does not say why"
        raise MlscaffoldError(
            f"ruff cannot check by the template's configuration: {why}.", "Install the ruff that it asks for."
        )
    return done.stdout
