"""Which code is running: the commit and whether anything differs from it, and what a configuration may ask of both."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


class WrongCodeError(Exception):
    """The configuration was written for other code; the message says for which."""


@dataclass(frozen=True, slots=True)
class Code:
    """The commit of the running code, if it is known, and whether files differ from it."""

    commit: str | None
    dirty: bool


@dataclass(frozen=True, slots=True)
class Require:
    """The table [require] of a configuration."""

    commit: str | None = None
    clean: bool = False

    def __post_init__(self) -> None:
        """Refuse a commit that could mean many."""
        if self.commit is not None and len(self.commit) < 7:
            raise ValueError(f"commit is {self.commit!r}, but must have 7 digits or more.")

    def check(self, code: Code) -> None:
        """Raise unless the running code is the required one."""
        if self.commit and not (code.commit or "").startswith(self.commit):
            raise WrongCodeError(
                f"The configuration requires commit {self.commit}, but this is {code.commit or 'no commit at all'}. "
                f"Check that commit out, or run its image."
            )
        if self.clean and code.dirty:
            raise WrongCodeError(
                "The configuration requires clean code, but files differ from the commit: commit them."
            )


def running_code(root: Path = ROOT) -> Code:
    """Ask git; where there is none, as in an image, take what the build wrote into GIT_COMMIT."""
    if not (root / ".git").exists():
        return Code(os.environ.get("GIT_COMMIT") or None, dirty=False)
    command = ["git", "-C", str(root), "status", "--porcelain=v2", "--branch"]
    try:
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return Code(None, dirty=True)
    headers = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# "))
    commit = headers.get("branch.oid", "(initial)")
    return Code(None if commit == "(initial)" else commit, dirty=any(not line.startswith("#") for line in lines))
