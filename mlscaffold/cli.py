"""Options in, one verb called, its value shown, exit code out."""

import io
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from mlscaffold.cli_fleet import fleet
from mlscaffold.core.errors import MlscaffoldError, NeedsInputError, UntrustedTemplateError, UsageError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Format = Literal["terminal", "json", "sarif", "github", "gitlab", "junit", "markdown"]
ProjectDir = Annotated[Path, typer.Option("-p", "--project-dir", help="The project's folder.")]
Checkout = Annotated[
    str | None, typer.Option("-c", "--checkout", metavar="REF", help="Branch, tag or commit of the template.")
]
TemplateUrl = Annotated[
    str | None,
    typer.Option("-t", "--template", metavar="URL|PATH", help="Use, and trust, this template repository."),
]
Directory = Annotated[str | None, typer.Option(help="The template's folder within its repository.")]
NoInput = Annotated[bool, typer.Option("-y", "--no-input", help="Ask nothing, take the defaults.")]
Answers = Annotated[
    list[str] | None,
    typer.Option("-a", "--answer", metavar="KEY=VALUE", help="Answer one variable; may be repeated."),
]
ExtraContext = Annotated[str | None, typer.Option(metavar="JSON", help="Answers as a JSON object.")]
ExtraContextFile = Annotated[
    Path | None, typer.Option("-E", "--extra-context-file", help="Answers as a JSON file.")
]
ConfigFile = Annotated[Path | None, typer.Option(help="A cookiecutter configuration file.")]
DefaultConfig = Annotated[
    bool, typer.Option("-d", "--default-config", help="Ignore the cookiecutter configuration.")
]
ChannelOption = Annotated[
    Literal["release", "head"] | None,
    typer.Option("--channel", help="Compare with the newest release, or the newest commit."),
]
Lost = Annotated[
    bool,
    typer.Option("--lost", help="Also look for updates that an earlier tool lost; renders older commits."),
]
Refresh = Annotated[bool, typer.Option("--refresh", help="Ask the template's repository now.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never ask the template's repository.")]


app.add_typer(fleet, name="fleet")


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
    from mlscaffold.templates import add_trust

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


@app.command()
def new(
    name: Annotated[str | None, typer.Argument(help="The project's name.")] = None,
    template: TemplateUrl = None,
    checkout: Checkout = None,
    directory: Directory = None,
    output_dir: Annotated[
        Path, typer.Option("-o", "--output-dir", help="Where the project's folder is made.")
    ] = Path(),
    no_input: NoInput = False,
    answer: Answers = None,
    extra_context: ExtraContext = None,
    extra_context_file: ExtraContextFile = None,
    config_file: ConfigFile = None,
    default_config: DefaultConfig = False,
    overwrite: Annotated[
        bool, typer.Option("-f", "--overwrite-if-exists", help="Write into a folder that exists.")
    ] = False,
    skip: Annotated[
        list[str] | None, typer.Option(help="A path that check and update leave alone; may be repeated.")
    ] = None,
    no_git: Annotated[bool, typer.Option("--no-git", help="Make no repository and no first commit.")] = False,
) -> None:
    """Create a project from a template.

    Example: mlscaffold new churn-model -y -a model_stack=lightning
    """
    from mlscaffold import new as verb
    from mlscaffold.show.terminal import show_created

    answers = _answers(answer, extra_context, extra_context_file)
    asked = verb.Asked(template, checkout, directory, answers, no_input, config_file, default_config)
    show_created(
        verb.new(asked, name, output_dir, overwrite=overwrite, skip=tuple(skip or ()), git_init=not no_git)
    )


@app.command()
def check(
    project_dir: ProjectDir = Path(),
    checkout: Checkout = None,
    template: TemplateUrl = None,
    format_: Annotated[Format, typer.Option("--format", help="How to report.")] = "terminal",
    output: Annotated[
        list[str] | None,
        typer.Option("--output", metavar="FORMAT=FILE", help="Also report to a file; may be repeated."),
    ] = None,
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
    from mlscaffold import check as verb
    from mlscaffold import exits, show

    outputs = _outputs(output)
    lines = format_ != "terminal" or bool(outputs)
    report = verb.check(
        project_dir,
        _wanted(template, checkout, refresh, offline, channel, lost),
        lines=lines,
        grace_days=_days(grace),
        ruff=ruff,
    )
    show.report(report, format_, outputs)
    raise SystemExit(exits.of_report(report, fail_on))


@app.command()
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
    from mlscaffold import status as verb
    from mlscaffold.show.status import show_status

    show_status(verb.status(project_dir, _wanted(template, checkout, refresh, offline, channel, lost)))


@app.command()
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
    from mlscaffold import explain as verb
    from mlscaffold.show.explain import show_explained

    wanted = _wanted(template, checkout, refresh, offline, channel, lost=True)
    show_explained(verb.explain(project_dir, path, wanted))


@app.command()
def leftovers(
    files: Annotated[list[str], typer.Argument(help="Files, relative to the current folder.")],
) -> None:
    """Say which files an update left unfinished: rejected hunks, copies, conflict markers; asks no template.

    Exit code 0: none, 1: some.

    Example: git diff --cached --name-only -z | xargs -0 mlscaffold leftovers
    """
    from mlscaffold import leftovers as verb
    from mlscaffold.show.terminal import say

    found = list(verb.leftovers(Path(), files))
    for each in found:
        say(f"{each.path}:{each.line}: {each.why}")
    raise SystemExit(1 if found else 0)


@app.command()
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
    from mlscaffold import diff as verb
    from mlscaffold.shells.git import pager
    from mlscaffold.show.patch import show_patch

    found = verb.diff(
        project_dir, _wanted(template, checkout, refresh, offline), against=against, paths=tuple(paths or ())
    )
    show_patch(found.content, pager() if sys.stdout.isatty() else "")
    raise SystemExit(1 if exit_code and found.content else 0)


@app.command()
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
    from mlscaffold import update as verb
    from mlscaffold.show.update import show_ended, show_update

    if continue_ or abort:
        from mlscaffold import unfinished

        if continue_ and abort:
            raise UsageError("--continue finishes an update, and --abort undoes it.", "Give one of them.")
        ended = unfinished.finish(project_dir) if continue_ else unfinished.undo(project_dir)
        show_ended(ended)
        raise SystemExit(exits.of_ended(ended))
    wanted = _wanted(template, checkout, refresh, offline, lost=lost)._replace(
        to=to, answers=_answers(answer, None, None), hooks=not no_hooks
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


@app.command()
def link(
    template: Annotated[
        str | None, typer.Argument(metavar="URL|PATH", help="The template's repository.")
    ] = None,
    project_dir: ProjectDir = Path(),
    checkout: Checkout = None,
    directory: Directory = None,
    no_input: NoInput = False,
    answer: Answers = None,
    extra_context: ExtraContext = None,
    config_file: ConfigFile = None,
    default_config: DefaultConfig = False,
) -> None:
    """Record which template a project was made from; its files stay as they are.

    Example: mlscaffold link https://github.com/acme/template --project-dir services/churn
    """
    from mlscaffold import new as verb
    from mlscaffold.show.terminal import show_linked

    answers = _answers(answer, extra_context, None)
    show_linked(
        verb.link(
            verb.Asked(template, checkout, directory, answers, no_input, config_file, default_config),
            project_dir,
        )
    )


@app.command()
def adopt(
    project_dir: ProjectDir = Path(),
    template: TemplateUrl = None,
    checkout: Checkout = None,
    directory: Directory = None,
    answer: Answers = None,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be done, and do nothing.")] = False,
    yes: Annotated[
        bool, typer.Option("-y", "--yes", help="Ask nothing, and take what the plan shows.")
    ] = False,
    format_: Annotated[
        bool, typer.Option("--format", help="Then format with ruff, in a commit that git blame passes over.")
    ] = False,
    move: Annotated[
        bool, typer.Option("--move", help="Then move scripts and notebooks out of the template's layout.")
    ] = False,
) -> None:
    """Find the template, the commit and the answers that a repo was made with, and record them.

    Shows a plan first. What the template has and the repo lacks is added, what merges is merged, and nothing that
    is the repo's own is overwritten or deleted.

    Exit code 0: adopted, or --plan is complete, 1: it is not like the template, or input is needed, 2: it has a record.

    Example: mlscaffold adopt --template https://github.com/acme/template --plan
    """
    from mlscaffold import adopt as verb
    from mlscaffold.show import adoption as show

    given = _answers(answer, None, None)
    planned = verb.plan(project_dir, verb.Asked(template, directory, checkout, given))
    if isinstance(planned, verb.Unlike):
        show.show_unlike(planned)
        raise SystemExit(1)
    show.show_plan(planned)
    if plan:
        raise SystemExit(1 if planned.undecided or planned.unseen else 0)
    if not yes and sys.stdin.isatty():
        asked = {each.variable: _asked(each) for each in (*planned.undecided, *planned.unseen)}
        if asked:
            planned = verb.plan(project_dir, verb.Asked(template, directory, checkout, {**given, **asked}))
        yes = typer.confirm("Adopt?") and not isinstance(planned, verb.Unlike)
    if not yes or isinstance(planned, verb.Unlike):
        show.show_not_written()
        raise SystemExit(1)
    show.show_adopted(verb.apply(planned, move=move, format_=format_))


def _asked(answer: Any) -> str:
    offered = f" ({', '.join((str(answer.value), *answer.rivals))})" if answer.rivals else ""
    return str(typer.prompt(f"{answer.variable}{offered}", default=answer.value))


@app.command()
def score(
    repos: Annotated[
        list[Path] | None, typer.Argument(help="Folders of repos, this one if none is named.")
    ] = None,
    template: TemplateUrl = None,
    checkout: Checkout = None,
    directory: Directory = None,
) -> None:
    """Say how near repos are to a template, 0 to 100, the nearest first; change nothing.

    Exit code 0: all have a score, or are nothing like the template, 3: some could not be scored.

    Example: mlscaffold score repos/*
    """
    from mlscaffold import score as verb
    from mlscaffold.adopt import Asked
    from mlscaffold.show.adoption import show_scores

    found = verb.scored(tuple(repos or [Path()]), Asked(template, directory, checkout))
    show_scores(found)
    raise SystemExit(3 if any(each.error for each in found) else 0)


@app.command()
def trust(
    url: Annotated[str, typer.Argument(metavar="URL|PATH", help="An address; * stands for one segment.")],
) -> None:
    """Let a template run its code when projects are checked: it is yours, or you have read it.

    Example: mlscaffold trust 'https://github.com/acme/*'
    """
    from mlscaffold.show.terminal import show_trusted
    from mlscaffold.templates import add_trust

    show_trusted(add_trust(url))


@app.command()
def policy(
    template: Annotated[str, typer.Argument(metavar="URL|PATH", help="The template's repository.")],
    directory: Directory = None,
    checkout: Checkout = None,
) -> None:
    """Say which rule of a template's policy.toml each of its paths falls under, and why; for its author.

    Exit code 0: it can be meant, 1: it asks for keys that are not there, 3: it cannot be read.

    Example, in the template's checkout: mlscaffold policy .
    """
    from mlscaffold import policy as verb
    from mlscaffold.show.terminal import show_policy

    table = verb.policy(template, directory, checkout)
    show_policy(table)
    raise SystemExit(1 if table.unmet else 0)


def _outputs(pairs: list[str] | None) -> tuple[tuple[str, Path], ...]:
    outputs = []
    for pair in pairs or []:
        format_, equals, path = pair.partition("=")
        if format_ not in get_args(Format) or not equals or not path:
            raise UsageError(
                f"{pair!r} is no output.",
                f"Write it as FORMAT=FILE; FORMAT is {', '.join(get_args(Format))}.",
            )
        outputs.append((format_, Path(path)))
    return tuple(outputs)


def _days(grace: str | None) -> int | None:
    if grace is None:
        return None
    from mlscaffold.core.span import days

    long = days(grace)
    if long is None:
        raise UsageError(f"{grace!r} is no span of time.", "Write it as 30d or 4w.")
    return long


def _wanted(
    template: str | None,
    checkout: str | None,
    refresh: bool,
    offline: bool,
    channel: Literal["release", "head"] | None = None,
    lost: bool = False,
) -> Any:
    from mlscaffold.gather import Wanted

    if checkout is not None and channel is not None:
        raise UsageError("--checkout and --channel both say which commit is wanted.", "Give one of them.")

    if refresh and offline:
        raise UsageError(
            "--refresh asks the template's repository, and --offline does not.", "Give one of them."
        )
    return Wanted(template, checkout, refresh, offline, channel, lost)


def _answers(pairs: list[str] | None, text: str | None, file: Path | None) -> dict[str, Any]:
    """Put the three ways to give answers together; the more specific one wins."""
    answers: dict[str, Any] = {}
    if file is not None:
        try:
            answers.update(_json_object(file.read_text(), str(file)))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} cannot be read: {error}.", "Give a JSON file of answers.") from error
    if text is not None:
        answers.update(_json_object(text, "--extra-context"))
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"{pair!r} is no answer.", "Write it as KEY=VALUE.")
        answers[key] = value
    return answers


def _json_object(text: str, where: str) -> dict[str, Any]:
    import json

    try:
        document = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{where} is not JSON: {error}.", 'Write it as {"key": "value"}.') from error
    if not isinstance(document, dict):
        raise UsageError(f"{where} is no JSON object.", 'Write it as {"key": "value"}.')
    return document
