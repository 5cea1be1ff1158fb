"""The commands that give a repo its template: new, link, adopt, and score before them."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mlscaffold.cli.options import (
    Answers,
    Checkout,
    ConfigFile,
    DefaultConfig,
    Directory,
    ExtraContext,
    ExtraContextFile,
    NoInput,
    ProjectDir,
    TemplateUrl,
    parse_answers,
)


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

    Example: mlscaffold new churn-model -y -a ci=gitlab
    """
    from mlscaffold.show.terminal import show_created
    from mlscaffold.verbs import new as verb

    answers = parse_answers(answer, extra_context, extra_context_file)
    asked = verb.Asked(template, checkout, directory, answers, no_input, config_file, default_config)
    show_created(
        verb.new(asked, name, output_dir, overwrite=overwrite, skip=tuple(skip or ()), git_init=not no_git)
    )


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
    from mlscaffold.show.terminal import show_linked
    from mlscaffold.verbs import new as verb

    answers = parse_answers(answer, extra_context, None)
    show_linked(
        verb.link(
            verb.Asked(template, checkout, directory, answers, no_input, config_file, default_config),
            project_dir,
        )
    )


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
    """Find the template, the commit and the answers of a repo that has no record, and record them.

    Shows a plan first. What the template has and the repo lacks is added, what merges is merged, and nothing that
    is the repo's own is overwritten or deleted.

    Exit code 0: adopted, or --plan is complete, 1: it is not like the template, or input is needed, 2: it has a record.

    Example: mlscaffold adopt --template https://github.com/acme/template --plan
    """
    from mlscaffold.show import adoption as show
    from mlscaffold.verbs import adopt as verb

    given = parse_answers(answer, None, None)
    planned = verb.plan(project_dir, verb.Asked(template, directory, checkout, given))
    if isinstance(planned, verb.Unlike):
        show.show_unlike(planned)
        raise SystemExit(1)
    show.show_plan(planned, settled=yes and not plan)
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
    from mlscaffold.show.adoption import show_scores
    from mlscaffold.verbs import score as verb
    from mlscaffold.verbs.adopt import Asked

    found = verb.scored(tuple(repos or [Path()]), Asked(template, directory, checkout))
    show_scores(found)
    raise SystemExit(3 if any(each.error for each in found) else 0)
