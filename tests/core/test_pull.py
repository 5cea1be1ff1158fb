"""The state machine of one pull request, over every state that a forge can show."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscaffold.core.forge import Commit, History, PullRequest, PullState, Repo
from mlscaffold.core.marker import Marker
from mlscaffold.core.pull import (
    Close,
    Dress,
    Edit,
    Open,
    Own,
    Push,
    Rest,
    Shown,
    Standing,
    Step,
    Target,
    after,
    next_step,
    steps,
)

OWN = Own("tpl", "robot@x.invalid")
REPO = Repo("acme/ranker", "main", "https://forge.invalid/acme/ranker.git")
WANTED = Marker("tpl", "c1", "c2", "tree-2", "head-2")
OLDER = Marker("tpl", "c0", "c1", "tree-1", "head-1")
TARGET = Target(WANTED, "Update", "Text")
OURS = History((Commit("head-1", OWN.committer),), 1)
HERS = History((Commit("h", "ada@x.invalid"), Commit("head-1", OWN.committer)), 2)
UNTOLD = History((Commit("head-1", OWN.committer),), 2)


def pull(
    marker: Marker | None = WANTED, state: PullState = PullState.OPEN, *, number: int = 1
) -> PullRequest:
    body = marker.stamp("Text") if marker else "Text"
    return PullRequest(number, state, "main", "", "Update", body, "", frozenset({"mlscaffold"}))


@pytest.mark.parametrize(
    ("shown", "target", "step"),
    [
        (Shown(REPO), TARGET, Push(None, "head-2")),
        (Shown(REPO, "head-1", OURS), TARGET, Push("head-1", "head-2")),
        (Shown(REPO, "head-2"), TARGET, Open()),
        (Shown(REPO, "head-2", None, (pull(OLDER),)), TARGET, Edit(1)),
        (Shown(REPO, "head-2", None, (replace(pull(), base="old"),)), TARGET, Edit(1)),
        (Shown(REPO, "head-2", None, (replace(pull(), labels=frozenset()),)), TARGET, Dress(1)),
        (Shown(REPO, "head-2", None, (pull(),)), TARGET, Rest(Standing.OPEN, 1)),
        (Shown(REPO, "h", HERS, (pull(),)), TARGET, Rest(Standing.PERSON, 1)),
        (Shown(REPO, "h", HERS), TARGET, Rest(Standing.PERSON)),
        (Shown(REPO, "h", HERS), None, Rest(Standing.PERSON)),
        (Shown(REPO, "head-1", UNTOLD), TARGET, Rest(Standing.PERSON)),
        (Shown(REPO, "head-1", None), TARGET, Rest(Standing.PERSON)),
        (Shown(REPO, "head-1", OURS, (pull(None),)), TARGET, Rest(Standing.REWRITTEN, 1)),
        (Shown(REPO, "head-1", OURS, (pull(None),)), None, Rest(Standing.REWRITTEN, 1)),
        (Shown(REPO, None, None, (pull(state=PullState.CLOSED),)), TARGET, Rest(Standing.DECLINED, 1)),
        (Shown(REPO, None, None, (pull(OLDER, PullState.CLOSED),)), TARGET, Push(None, "head-2")),
        (Shown(REPO, None, None, (pull(state=PullState.MERGED),)), TARGET, Push(None, "head-2")),
        (Shown(REPO, None, None, (pull(replace(WANTED, withdrawn=True), PullState.CLOSED),)), TARGET, Push(None, "head-2")),
        (Shown(REPO, None, None, (pull(replace(WANTED, template="t2"), PullState.CLOSED),)), TARGET, Push(None, "head-2")),
        (Shown(REPO, None, None, (pull(None, PullState.CLOSED),)), TARGET, Push(None, "head-2")),
        (Shown(REPO, "head-1", OURS, (pull(OLDER),)), None, Close(1)),
        (Shown(REPO, "head-1", OURS, (pull(OLDER, PullState.CLOSED),)), None, Push("head-1", None)),
        (Shown(REPO), None, Rest(Standing.NOTHING)),
    ],
)  # fmt: skip
def test_step_follows_from_what_is_shown(shown: Shown, target: Target | None, step: Step) -> None:
    assert next_step(OWN, shown, target) == step


def test_closed_for_this_target_does_not_end_the_one_that_is_open() -> None:
    shown = Shown(REPO, "head-2", None, (pull(state=PullState.CLOSED), pull(number=2)))

    assert next_step(OWN, shown, TARGET) == Rest(Standing.OPEN, 2)


def test_declined_is_about_the_rendered_tree_and_not_about_the_commit() -> None:
    same = replace(WANTED, old="other", new="other", commit="other")
    shown = Shown(REPO, None, None, (pull(same, PullState.CLOSED),))

    assert next_step(OWN, shown, TARGET) == Rest(Standing.DECLINED, 1)


def test_plan_is_the_steps_that_are_then_taken() -> None:
    assert steps(OWN, Shown(REPO), TARGET) == (
        Push(None, "head-2"),
        Open(),
        Dress(1),
        Rest(Standing.OPEN, 1),
    )


MARKERS = [None, WANTED, OLDER, replace(WANTED, withdrawn=True), replace(WANTED, template="other")]
HEADS = [(None, None), ("head-2", None), ("head-1", OURS), ("h", HERS), ("head-1", UNTOLD)]
PULLS = [
    replace(pull(marker, state), base=base, labels=labels)
    for marker, state, base, labels in itertools.product(
        MARKERS, PullState, ["main", "old"], [frozenset[str](), frozenset({"mlscaffold"})]
    )
]
REPOS = [
    REPO,
    replace(REPO, archived=True),
    replace(REPO, may_push=False),
    replace(REPO, default_branch=OWN.branch),
]


@st.composite
def shown_states(draw: st.DrawFn) -> Shown:
    head, history = draw(st.sampled_from(HEADS))
    pulls = draw(st.lists(st.sampled_from(PULLS), max_size=3))
    numbered = tuple(replace(one, number=number) for number, one in enumerate(pulls, 1))
    return Shown(draw(st.sampled_from(REPOS)), head, history, numbered)


@given(shown_states(), st.sampled_from([TARGET, None]))
def test_every_state_comes_to_rest_with_the_promises_kept(shown: Shown, target: Target | None) -> None:
    first, open_before = shown, [p for p in shown.pulls if p.state is PullState.OPEN]
    taken = steps(OWN, shown, target)
    for step in taken:
        shown = after(OWN, shown, step, target)
    final = taken[-1]
    ours = [p for p in shown.pulls if p.state is PullState.OPEN and '"template": "tpl"' in p.body]

    assert isinstance(final, Rest)
    assert len(taken) <= 8
    assert steps(OWN, shown, target) == (final,), "a second run takes no step"
    if len(taken) == 1:
        assert shown == first
    else:
        assert len(ours) <= 1
        assert all(p.body.endswith("-->\n") for p in open_before), "none that a person rewrote"
        assert first.history in {None, OURS}, "no commit of a person"
        assert first.repo == REPO, "none that is not for us"


@given(shown_states())
def test_kept_up_to_date_or_taken_away(shown: Shown) -> None:
    wanted, unwanted = steps(OWN, shown, TARGET), steps(OWN, shown, None)

    assert wanted[-1] != Rest(Standing.NOTHING)
    assert not any(isinstance(step, Push) and step.new is None for step in wanted)
    assert not any(isinstance(step, Open | Edit | Dress) for step in unwanted)
    assert not any(isinstance(step, Push) and step.new for step in unwanted)


def test_pull_request_that_brings_what_the_compared_commit_lacks_is_not_withdrawn() -> None:
    behind = replace(OWN, leads=lambda commit: commit == "c1")

    assert next_step(behind, Shown(REPO, "head-2", OURS, (pull(),)), None) == Rest(Standing.AHEAD, 1)
    assert next_step(behind, Shown(REPO, "head-1", OURS, (pull(OLDER),)), None) == Close(1)
