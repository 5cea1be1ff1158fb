"""`fleet merge`: the journals of a run's shards made one."""

from pathlib import Path
from typing import Annotated

import typer

from mlscaffold.cli.fleet.running import FleetFormat


def merge(
    journals: Annotated[
        list[Path],
        typer.Argument(metavar="JOURNAL...", help="The journals of the shards.", show_default=False),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The journal that all of them become.")
    ],
    format_: FleetFormat = "terminal",
) -> None:
    """Make one journal of the shards' journals, and tell their newest run as if it had been whole.

    Of a repo that two of them tell of, the newest counts. Merging again changes nothing.

    Exit code 0: well, 1: some drift or are left to a person, 3: some could not be answered, or a shard is missing.

    Example: mlscaffold fleet merge shard-*.jsonl -o fleet.jsonl
    """  # fmt: skip
    from mlscaffold import exits
    from mlscaffold.core.errors import MlscaffoldError
    from mlscaffold.fleet.shards import merged
    from mlscaffold.show.fleet import show_fleet
    from mlscaffold.show.terminal import show_error

    whole = merged(journals, output)
    show_fleet(whole.outcomes, format_, output)
    for lacking in whole.lacking:
        show_error(MlscaffoldError(f"It is not whole: {lacking}."))
    raise SystemExit(3 if whole.lacking else exits.of_fleet(whole.outcomes))
