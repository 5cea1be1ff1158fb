"""Options that several commands share, and what their texts mean."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from mlscaffold.core.errors import UsageError


def _said(value: str | None) -> str | None:
    """Refuse an empty text, which is what a variable that is not set gives in a script."""
    if value == "":
        raise UsageError("--template is empty.", "Name a template, or leave the option out.")
    return value


Format = Literal["terminal", "json", "sarif", "github", "gitlab", "junit", "markdown"]
ProjectDir = Annotated[Path, typer.Option("-p", "--project-dir", help="The project's folder.")]
Checkout = Annotated[
    str | None, typer.Option("-c", "--checkout", metavar="REF", help="Branch, tag or commit of the template.")
]
TemplateUrl = Annotated[
    str | None,
    typer.Option(
        "-t",
        "--template",
        metavar="URL|PATH",
        callback=_said,
        help="Use, and trust, this template repository.",
    ),
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


Outputs = Annotated[
    list[str] | None,
    typer.Option("--output", metavar="FORMAT=FILE", help="Also report to a file; may be repeated."),
]


def parse_outputs(
    pairs: list[str] | None, formats: tuple[str, ...] = get_args(Format)
) -> tuple[tuple[str, Path], ...]:
    outputs = []
    for pair in pairs or []:
        format_, equals, path = pair.partition("=")
        if format_ not in formats or not equals or not path:
            raise UsageError(
                f"{pair!r} is no output.",
                f"Write it as FORMAT=FILE; FORMAT is {', '.join(formats)}.",
            )
        outputs.append((format_, Path(path)))
    return tuple(outputs)


def parse_days(grace: str | None) -> int | None:
    if grace is None:
        return None
    from mlscaffold.core.span import days

    long = days(grace)
    if long is None:
        raise UsageError(f"{grace!r} is no span of time.", "Write it as 30d or 4w.")
    return long


def what_is_wanted(
    template: str | None,
    checkout: str | None,
    refresh: bool,
    offline: bool,
    channel: Literal["release", "head"] | None = None,
    lost: bool = False,
) -> Any:
    from mlscaffold.project.gather import Wanted

    if checkout is not None and channel is not None:
        raise UsageError("--checkout and --channel both say which commit is wanted.", "Give one of them.")

    if refresh and offline:
        raise UsageError(
            "--refresh asks the template's repository, and --offline does not.", "Give one of them."
        )
    return Wanted(template, checkout, refresh, offline, channel, "all" if lost else "no")


def parse_answers(pairs: list[str] | None, text: str | None, file: Path | None) -> dict[str, Any]:
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
