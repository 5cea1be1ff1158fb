"""The commands that hold a project against its template: check, status, explain, leftovers, diff, update."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mlscaffold.cli.options import (
    Answers,
    ChannelOption,
    Checkout,
    Format,
    Lost,
    Offline,
    Outputs,
    ProjectDir,
    Refresh,
    TemplateUrl,
    parse_answers,
    parse_days,
    parse_outputs,
    what_is_wanted,
)
from mlscaffold.core.errors import NeedsInputError, UsageError


def check(
    project_dir: ProjectDir = Path(),
    checkout: Checkout = None,
    template: TemplateUrl = None,
    format_: Annotated[Format, typer.Option("--format", help="How to report.")] = "terminal",
    output: Outputs = None,
    fail_on: Annotated[
        Literal["faults", "edits", "never"],
        typer.Option(help="What gives exit code 1: what the rules call drift, any edit at all, nothing."),
    ] = "faults",
    channel: ChannelOption = None,
    grace: Annotated[
        str | None,
        typer.Option(metavar="30d", help="How long being behind is no fault, in the policy's place."),
    ] = None,
    lost: Lost = False,
    ruff: Annotated[
        bool, typer.Option("--ruff", help="Also count what ruff finds by the template's configuration.")
    ] = False,
    refresh: Refresh = False,
    offline: Offline = False,
) -> None:
    """Say where a project stands against its template, file by file; change nothing.

    Exit code 0: in sync, 1: drift, 3: there is no answer.

    Example: mlscaffold check --project-dir services/churn --format json
    """
    from mlscaffold import exits, show
    from mlscaffold.verbs import check as verb

    outputs = parse_outputs(output)
    lines = format_ != "terminal" or bool(outputs)
    report = verb.check(
        project_dir,
        what_is_wanted(template, checkout, refresh, offline, channel, lost),
        lines=lines,
        grace_days=parse_days(grace),
        ruff=ruff,
    )
    show.report(report, format_, outputs)
    raise SystemExit(exits.of_report(report, fail_on))


def status(
    project_dir: ProjectDir = Path(),
    checkout: Checkout = None,
    template: TemplateUrl = None,
    channel: ChannelOption = None,
    lost: Lost = False,
    refresh: Refresh = False,
    offline: Offline = False,
) -> None:
    """Show a project's template, version, age and waivers, and what an update would do, on one screen.

    Example: mlscaffold status --project-dir services/churn
    """
    from mlscaffold.show.status import show_status
    from mlscaffold.verbs import status as verb

    show_status(verb.status(project_dir, what_is_wanted(template, checkout, refresh, offline, channel, lost)))


def explain(
    path: Annotated[str, typer.Argument(help="A file, relative to the project.")],
    project_dir: ProjectDir = Path(),
    checkout: Checkout = None,
    template: TemplateUrl = None,
    channel: ChannelOption = None,
    refresh: Refresh = False,
    offline: Offline = False,
) -> None:
    """Explain one file: its three versions, its rule and waiver, and which template commits changed it and why.

    Example: mlscaffold explain pyproject.toml
    """
    from mlscaffold.show.explain import show_explained
    from mlscaffold.verbs import explain as verb

    wanted = what_is_wanted(template, checkout, refresh, offline, channel, lost=True)
    show_explained(verb.explain(project_dir, path, wanted))


def leftovers(
    files: Annotated[list[str], typer.Argument(help="Files, relative to the current folder.")],
) -> None:
    """Say which files an update left unfinished: rejected hunks, copies, conflict markers; asks no template.

    Exit code 0: none, 1: some.

    Example: git diff --cached --name-only --diff-filter=d -z | xargs -0 mlscaffold leftovers
    """
    from mlscaffold.checking import leftovers as verb
    from mlscaffold.show.terminal import say

    found = list(verb.leftovers(Path(), [_file_here(name) for name in files]))
    for each in found:
        say(f"{each.path}:{each.line}: {each.why}")
    raise SystemExit(1 if found else 0)


def _file_here(name: str) -> str:
    """Return a file's path from the current folder.

    Raises UsageError for what is not a file in it.
    """
    path = os.path.relpath(os.path.abspath(name)) if os.path.isabs(name) else os.path.normpath(name)
    if (
        path.startswith("..")
        or not os.path.lexists(path)
        or (os.path.isdir(path) and not os.path.islink(path))
    ):
        raise UsageError(f"{name} is no file in the current folder.", "Name files, in it or below it.")
    return path


def diff(
    paths: Annotated[list[str] | None, typer.Argument(help="Files or folders, all if none is named.")] = None,
    project_dir: ProjectDir = Path(),
    checkout: Checkout = None,
    template: TemplateUrl = None,
    against: Annotated[
        Literal["base", "latest"], typer.Option(help="The template as recorded, or as it is now.")
    ] = "latest",
    exit_code: Annotated[
        bool, typer.Option("-e", "--exit-code", help="Exit with 1 if there are differences.")
    ] = False,
    refresh: Refresh = False,
    offline: Offline = False,
) -> None:
    """Show how a project's files differ from the template's, as a patch that makes them the template's.

    Example, to take the template's version of one file: mlscaffold diff ruff.toml | git apply
    """
    from mlscaffold.shells.git import pager
    from mlscaffold.show.patch import show_patch
    from mlscaffold.verbs import diff as verb

    found = verb.diff(
        project_dir,
        what_is_wanted(template, checkout, refresh, offline),
        against=against,
        paths=tuple(paths or ()),
    )
    show_patch(found.content, pager() if sys.stdout.isatty() else "")
    raise SystemExit(1 if exit_code and found.content else 0)


def update(
    project_dir: ProjectDir = Path(),
    checkout: Checkout = None,
    template: TemplateUrl = None,
    dry_run: Annotated[
        bool, typer.Option("-n", "--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    commit: Annotated[
        bool, typer.Option("--commit", help="Commit the update if nothing is left to decide.")
    ] = False,
    conflicts: Annotated[
        Literal["markers", "keep-ours"],
        typer.Option(
            help="Mark conflicts in the files, or leave your side, show what did not land, and offer it again."
        ),
    ] = "markers",
    continue_: Annotated[
        bool, typer.Option("--continue", help="Commit an update whose conflicts are resolved.")
    ] = False,
    abort: Annotated[bool, typer.Option("--abort", help="Undo an update that is not committed.")] = False,
    lost: Lost = False,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="REF", help="Go to this version, and go on following the recorded branch."
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="COMMIT",
            help="Go on from this template commit, where the recorded one is gone.",
        ),
    ] = None,
    step: Annotated[
        bool,
        typer.Option("--step", help="Where the way conflicts, go only as far as releases merge cleanly."),
    ] = False,
    answer: Answers = None,
    no_hooks: Annotated[
        bool, typer.Option("--no-hooks", help="Do not run the template's hooks; results may differ.")
    ] = False,
    refresh: Refresh = False,
    offline: Offline = False,
) -> None:
    """Merge the template's changes into a project, and leave them staged.

    Exit code 0: all is in, 1: conflicts are left to resolve, 3: nothing could be done.

    Example: mlscaffold update --dry-run
    """
    from mlscaffold import exits
    from mlscaffold.show.update import show_ended, show_update
    from mlscaffold.verbs import update as verb

    if continue_ or abort:
        from mlscaffold.merging import unfinished

        if continue_ and abort:
            raise UsageError("--continue finishes an update, and --abort undoes it.", "Give one of them.")
        chosen = (
            checkout,
            template,
            to,
            base,
            answer,
            dry_run,
            commit,
            step,
            lost,
            no_hooks,
            refresh,
            offline,
        )
        if any(chosen) or conflicts != "markers":
            raise UsageError(
                f"{'--continue' if continue_ else '--abort'} ends the update that is there, and takes no other option.",
                "Give it alone, or with --project-dir.",
            )
        ended = unfinished.finish(project_dir) if continue_ else unfinished.undo(project_dir)
        show_ended(ended)
        raise SystemExit(exits.of_ended(ended))
    wanted = what_is_wanted(template, checkout, refresh, offline)._replace(
        lost="all" if lost else "likely",
        to=to,
        base=base,
        answers=parse_answers(answer, None, None),
        hooks=not no_hooks,
    )

    def run(wanted: Any) -> Any:
        return verb.update(
            project_dir, wanted, dry_run=dry_run, commit=commit, conflicts=conflicts, step=step
        )

    try:
        done = run(wanted)
    except NeedsInputError as error:
        if not sys.stdin.isatty():
            raise
        given = {name: typer.prompt(name) for name in error.names}
        done = run(wanted._replace(answers={**wanted.answers, **given}))
    show_update(done, dry_run=dry_run)
    raise SystemExit(exits.of_update(done))
