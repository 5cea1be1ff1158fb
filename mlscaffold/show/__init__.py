"""Values to text: the only place that prints."""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlscaffold.verbs.check import Report


def report(found: "Report", format_: str, outputs: tuple[tuple[str, Path], ...] = ()) -> None:
    """Print a check in one format, and write it to files in others.

    On a GitHub runner the format `github` also adds to the run's summary.
    """
    for other, path in outputs:
        write(path, rendered(found, other) + "\n")
    if format_ == "terminal":
        from mlscaffold.show.terminal import show_report

        show_report(found)
        return
    sys.stdout.write(rendered(found, format_) + "\n")
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if format_ == "github" and summary:
        write(Path(summary), rendered(found, "markdown") + "\n", "a")


def rendered(found: "Report", format_: str) -> str:
    """Return a check as text in a format other than its colours on a terminal."""
    text: Callable[[Report], str] = getattr(import_module(f"mlscaffold.show.{format_}"), f"report_{format_}")
    return text(found)


def write(path: Path, text: str, mode: str = "w") -> None:
    """Write a report to a file.

    Raises UsageError if that cannot be done.
    """
    from mlscaffold.core.errors import UsageError

    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", "Name another file.") from error
