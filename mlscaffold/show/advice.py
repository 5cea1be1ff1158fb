"""What to do next, from what a run over many repos found: at most a line for each kind of thing."""

from collections.abc import Iterator, Sequence

from mlscaffold.core.outcome import Outcome, Standing, counted


def advice(outcomes: Sequence[Outcome], selection: str) -> Iterator[str]:
    """Yield the next commands; `selection` is the options that choose the same repos."""
    steps = {outcome.step for outcome in outcomes}
    if "check" in steps:
        yield from _after_check(outcomes, selection)
    if "update" in steps:
        yield from _after_update(outcomes)


def _after_check(outcomes: Sequence[Outcome], selection: str) -> Iterator[str]:
    counts = counted(outcomes)
    behind, bare = counts.get(Standing.BEHIND, 0), counts.get(Standing.NO_RECORD, 0)
    which = [f"{behind} behind"] * bool(behind) + [f"{bare} without a record"] * bool(bare)
    if which:
        adopt = " --adopt" if bare else ""
        yield f"Next, for the {' and the '.join(which)}: mlscaffold fleet update {selection}{adopt}"
    own = counts.get(Standing.DIVERGED, 0) + counts.get(Standing.DRIFTED, 0)
    if own:
        yield f"Next, in a clone of each of the {own} diverged or drifted: mlscaffold update, or mlscaffold diff to see it"


def _after_update(outcomes: Sequence[Outcome]) -> Iterator[str]:
    if any(each.state is Standing.CONFLICTS for each in outcomes):
        yield "Next, in a clone of each that conflicts: mlscaffold update"
    of_persons = [each.why for each in outcomes if each.state is Standing.PERSON]
    if any("is checked out there" in why for why in of_persons):
        yield "Where our branch is checked out: git switch - there, then run this again."
    if any("somebody else has committed" in why for why in of_persons):
        yield "Where somebody has committed to our branch: merge it or delete it there, then run this again."
