"""Values to text: the only place that prints."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlscaffold.check import Report


def report(found: "Report", format_: str) -> None:
    """Print a check in the wanted format."""
    if format_ == "json":
        from mlscaffold.show.json import report_json

        sys.stdout.write(report_json(found) + "\n")
        return
    from mlscaffold.show.terminal import show_report

    show_report(found)
