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
COMMANDS = {
    "new": ("start", "Create a project from a template."),
    "check": ("keep", "Say where a project stands against its template, file by file."),
    "status": ("keep", "Show a project's template, version, age and waivers."),
    "diff": ("keep", "Show how a project's files differ from the template's."),
    "explain": ("keep", "Explain one file: its three versions, its rule and waiver."),
    "update": ("keep", "Merge the template's changes into a project."),
    "leftovers": ("keep", "Say which files an update left unfinished."),
    "link": ("start", "Record which template a project was made from."),
    "adopt": ("start", "Find the template, the commit and the answers of a repo."),
    "score": ("start", "Say how near repos are to a template, 0 to 100."),
    "fleet": ("fleet", "Check many repos at once, and bring them up to date."),
    "trust": ("author", "Let a template run its code when projects are checked."),
    "policy": ("author", "Say which rule of policy.toml each path of a template is under."),
}
"""Every command, in the order of the help: the module that it is in, and one line about it."""


class Commands(TyperGroup):
    """The commands, each imported and built only when it is called: building all takes 10 ms of every one."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the group's own signature
        """Return the names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the group's own signature
        """Return one command, None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"mlscaffold.cli.{COMMANDS[cmd_name][0]}"), cmd_name)
        if isinstance(found, typer.Typer):
            return get_command(found)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_HELP)
        alone.command(cmd_name)(found)
        return get_command(alone)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the group's own signature
        """Write the list of commands from their lines alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


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
        try:
            app(standalone_mode=True)
        finally:
            _flush()
    except UntrustedTemplateError as error:
        if may_ask and _consents(error):
            return main(may_ask=False)
        raise SystemExit(_ended_by(error)) from None
    except (MlscaffoldError, KeyboardInterrupt) as error:
        raise SystemExit(_ended_by(error)) from None
    except OSError as error:
        raise SystemExit(_ended_by(_unusable(error))) from None


def _flush() -> None:
    """Write what is left of the output while it can be told that it cannot be written; Python itself ends with 120."""
    try:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # whoever read it has enough


def _drop_output() -> None:
    """Let Python not try again, as it ends, to write what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unusable(error: OSError) -> MlscaffoldError:
    """Say what could not be used; what has no name and fails where we print is the output."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    module = str(last.tb_frame.f_globals.get("__name__")) if last else ""
    what = error.filename
    if not what and module.startswith(("mlscaffold.show", __name__, "typer")):
        _drop_output()
        what = "What the output goes to"
    return MlscaffoldError(
        f"{what or 'A file'} cannot be used: {error.strerror or error}.", "Mend that and run it again."
    )


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
