"""Options in, one verb called, its value shown, exit code out."""

import io
import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from mlscaffold.core.errors import MlscaffoldError, UntrustedTemplateError

_HELP = {"help_option_names": ["-h", "--help"]}
_HOMES = {
    "new": "start",
    "check": "keep",
    "status": "keep",
    "diff": "keep",
    "explain": "keep",
    "update": "keep",
    "leftovers": "keep",
    "link": "start",
    "adopt": "start",
    "score": "start",
    "fleet": "fleet",
    "trust": "author",
    "policy": "author",
}
"""Every command, in the order of the help, and the module that it is in."""


class Commands(TyperGroup):
    """The commands, each imported and built only when it is called: building all takes 4 ms of every one."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the group's own signature
        """Return the names, in the order of the help."""
        return list(_HOMES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the group's own signature
        """Return one command, None if there is none of that name."""
        if cmd_name not in _HOMES:
            return None
        found = getattr(import_module(f"mlscaffold.cli.{_HOMES[cmd_name]}"), cmd_name)
        if isinstance(found, typer.Typer):
            return get_command(found)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_HELP)
        alone.command(cmd_name)(found)
        return get_command(alone)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_HELP,
)


def main(*, may_ask: bool = True) -> None:
    """Run the command line; every ending goes through here.

    may_ask: a template that is not trusted may be asked about, once, where somebody sits at a terminal.
    """
    _settle_surroundings()
    try:
        app(standalone_mode=True)
    except UntrustedTemplateError as error:
        if may_ask and _consents(error):
            return main(may_ask=False)
        raise SystemExit(_ended_by(error)) from None
    except (MlscaffoldError, KeyboardInterrupt) as error:
        raise SystemExit(_ended_by(error)) from None
    except OSError as error:
        what = f"{error.filename or 'A file'} cannot be used: {error.strerror or error}."
        raise SystemExit(_ended_by(MlscaffoldError(what, "Mend that and run it again."))) from None


def _settle_surroundings() -> None:
    """Spell out what the output cannot show, and forget where git stands if we were called from one of its hooks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"):
        os.environ.pop(name, None)


def _consents(error: UntrustedTemplateError) -> bool:
    """Ask whether to trust a template from now on, if there is a terminal to ask at."""
    if not error.address or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    from mlscaffold.show.terminal import ask_trust
    from mlscaffold.templates.sources import add_trust

    if not ask_trust(error):
        return False
    add_trust(error.address)
    return True


def _ended_by(error: BaseException) -> int:
    from mlscaffold import exits
    from mlscaffold.show.terminal import show_error

    if isinstance(error, MlscaffoldError):
        show_error(error)
    return exits.of_error(error)


def _version(wanted: bool) -> None:
    if wanted:
        from mlscaffold import __version__

        typer.echo(f"mlscaffold {__version__}")
        raise typer.Exit


@app.callback()
def mlscaffold(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Start machine-learning repos from one template, and keep every repo true to it."""
