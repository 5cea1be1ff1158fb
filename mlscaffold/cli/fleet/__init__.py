"""The commands of `mlscaffold fleet`: one verb over many repos."""

import typer

from mlscaffold.cli.fleet.author import cohorts, preview
from mlscaffold.cli.fleet.bring import check, update
from mlscaffold.cli.fleet.follow import close, status
from mlscaffold.cli.fleet.merging import merge
from mlscaffold.cli.fleet.report import report

fleet = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Check many repos at once, and bring them up to date.",
)
for command in (check, update, status, close, preview, cohorts, report, merge):
    fleet.command()(command)
