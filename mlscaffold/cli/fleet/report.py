"""`fleet report`: how the organisation stands, as one page, from what the journal keeps."""

from pathlib import Path
from typing import Annotated

import typer

from mlscaffold.cli.fleet.running import JournalFile, journal_of
from mlscaffold.cli.fleet.selecting import Chosen, over_repos_or_none
from mlscaffold.core.errors import MlscaffoldError, UsageError


@over_repos_or_none
def report(
    chosen: Chosen | None,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The page to write.")] = Path(
        "report.html"
    ),
    journal: JournalFile = None,
) -> None:
    """Write how the organisation stands as one HTML file that needs nothing else: no network, no other file.

    It is made from the journal that `fleet check`, `update` and `status` of the same repos have kept; nothing is
    looked at anew, and no forge is asked.

    Example: mlscaffold fleet report --org acme -o report.html
    """  # fmt: skip
    from datetime import UTC, datetime

    from mlscaffold.core.overview import overview
    from mlscaffold.fleet.journal import lines
    from mlscaffold.show.fleet import show_report
    from mlscaffold.show.report.page import page

    if chosen is None and journal is None:
        raise UsageError(
            "It is not said which repos are meant.", "Give the options of fleet check, or --journal FILE."
        )
    _refuse_what_is_no_file(output)
    kept = journal_of(chosen, journal)
    if kept.exists() and output.exists() and output.samefile(kept):
        raise UsageError(f"{output} is the journal.", "Name another file for the page: -o report.html.")
    if not kept.is_file():
        raise _without_a_journal(kept, named=journal is not None)
    found = overview(lines(kept))
    if not found.repos:
        raise MlscaffoldError(
            f"The journal {kept} says nothing of any repo.", "Run mlscaffold fleet check with it first."
        )
    _write(output, page(found, datetime.now(UTC)))
    show_report(found, output)


def _refuse_what_is_no_file(output: Path) -> None:
    if output.is_dir():
        raise UsageError(f"{output} is a folder.", "Name a file in it: -o report.html.")
    if not output.parent.is_dir():
        raise UsageError(f"There is no folder {output.parent}.", "Make it, or name another: -o report.html.")


def _without_a_journal(kept: Path, *, named: bool) -> MlscaffoldError:
    if named:
        return UsageError(f"There is no journal {kept}.", "Name the one that fleet check wrote.")
    return MlscaffoldError(
        "There is no journal of these repos yet.", "Run mlscaffold fleet check with the same options first."
    )


def _write(output: Path, text: str) -> None:
    """Write the page beside its place and move it there, so that nobody reads half of one."""
    if output.exists() and not output.is_file():
        output.write_text(text, "utf-8")  # a pipe, or a device as /dev/stdout, whose place stays
        return
    output = output.resolve()
    beside = output.with_name(f".{output.name}.part")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(output)
    finally:
        beside.unlink(missing_ok=True)
