"""A plan of an adoption, its result and many repos' scores, as a person reads them."""

from mlscaffold.adopting.plans import Plan
from mlscaffold.core.answers import Inferred
from mlscaffold.show.terminal import say
from mlscaffold.verbs.adopt import Adopted, Unlike
from mlscaffold.verbs.score import Scored

_SAID = {
    "same": "as the template has it",
    "kept": "the project's own now, and stays",
}
_ALWAYS = ("conflict", "blocked", "moved", "missing", "forbidden", "merged", "removed", "updated", "added")
MOST = 20


def show_unlike(unlike: Unlike) -> None:
    """Say that a repo is nothing like the template."""
    say(f"{unlike.project} does not look like the template {unlike.template}: {unlike.why}.")
    say("Name another with --template.")


def show_plan(plan: Plan, *, settled: bool = False) -> None:
    """Print a plan: where the repo is from, its answers, what becomes of each file, and what a person has to say.

    settled: what nothing shows is not asked for, since the defaults in the plan are taken.
    """
    for notice in plan.notices:
        say(f"note: {notice}")
    say(_origin(plan))
    for url, closeness in plan.others.items():
        say(f"  ({url} is {closeness:.0%} alike)")
    say("answers:")
    for answer in plan.answers:
        say(f"  {answer.variable} = {answer.value}  {_evidence(answer)}")
    for what in _ALWAYS:
        _show_steps(plan, what)
    for what in ("kept", "same"):
        count = sum(step.what == what for step in plan.steps)
        if count:
            say(f"{what}: {_files(count)}, {_SAID[what]}")
    say(f"score: {plan.score} of 100")
    for answer in plan.undecided:
        values = " or ".join((str(answer.value), *answer.rivals)) if answer.rivals else "anything"
        say(f"needs input: {answer.variable} could be {values}: --answer {answer.variable}=VALUE")
    if plan.unseen and not settled:
        names = ", ".join(answer.variable for answer in plan.unseen)
        say(
            f"needs input: nothing shows {names} for certain: --answer NAME=VALUE, or -y to take what stands above"
        )


def _origin(plan: Plan) -> str:
    project = plan.project
    if plan.base is None:
        return (
            f"{project.root} was not made from {project.record.template} (it is {plan.closeness:.0%} alike): "
            "what it lacks is added, what differs stays."
        )
    return (
        f"{project.root} is from {project.record.template} at {plan.base[:7]} "
        f"({plan.snapshot} is {plan.closeness:.0%} alike); it is brought to {plan.wanted[:7]}."
    )


def _evidence(answer: Inferred) -> str:
    if answer.confidence == 0:
        return "(the template's default; nothing shows it)"
    seen = ", ".join(answer.evidence[:2]) + (", ..." if len(answer.evidence) > 2 else "")
    return f"({seen})" if answer.confidence == 1 else f"({answer.confidence:.0%}: {seen})"


def _show_steps(plan: Plan, what: str) -> None:
    steps = [step for step in plan.steps if step.what == what]
    if steps:
        say(f"{what}: {_files(len(steps))}")
    for step in steps[:MOST]:
        say(f"  {step.path}" + (f"  ({step.detail})" if step.detail else ""))
    if len(steps) > MOST:
        say(f"  and {len(steps) - MOST} more")


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def show_not_written() -> None:
    """Say that nothing was done."""
    say("Nothing was written. Add -y to adopt.")


def show_adopted(adopted: Adopted) -> None:
    """Print what was committed, and what to do next."""
    plan = adopted.plan
    say(f"Adopted {plan.project.record.template} at {plan.recorded[:7]}, committed as {adopted.commit[:7]}.")
    if adopted.newly_trusted:
        say(f"Trusted from now on: {plan.project.record.template}")
    if adopted.moved:
        say(f"Moved {_files(len(plan.movable))}, committed as {adopted.moved[:7]}.")
    if adopted.formatted:
        say(f"Formatted, committed as {adopted.formatted[:7]}, which .git-blame-ignore-revs lists.")
    if plan.recorded != plan.wanted:
        say("Not all of the template's changes merge: mlscaffold update offers the rest again.")
    say("What remains: mlscaffold check")


def show_scores(found: list[Scored]) -> None:
    """Print one line for each repo, the nearest first."""
    for each in found:
        say(f"{each.score if each.score is not None else '-':>4}  {each.repo}  ({each.said})")
