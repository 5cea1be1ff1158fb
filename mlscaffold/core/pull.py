"""One pull request per repo and template: given what the forge shows, what is the next step?

Nothing is remembered between steps or runs. The forge alone says how far a repo has come, so a run that was
killed anywhere is finished by the next one, and a run that has nothing to do writes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from mlscaffold.core.forge import History, PullRequest, PullState, Repo
from mlscaffold.core.marker import Marker, branch_name, read_marker, withdrawn


def _each(_commit: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Own:
    """What is ours in a repo: one template's branch, and the commits of one e-mail address.

    leads: whether a template commit that a pull request brings leads to the one that the repo was compared with now.
    Where it does not, somebody knew the template as it is since, and what is open is not ours to call unneeded.
    """

    template: str
    committer: str
    leads: Callable[[str], bool] = field(default=_each, compare=False)

    @property
    def branch(self) -> str:
        """The branch is found again by its name alone."""
        return branch_name(self.template)


@dataclass(frozen=True, slots=True)
class Target:
    """What the branch and its pull request should be."""

    marker: Marker
    title: str
    text: str
    labels: tuple[str, ...] = ("mlscaffold",)
    reviewers: tuple[str, ...] = ()
    draft: bool = False

    @property
    def body(self) -> str:
        """The text with its marker."""
        return self.marker.stamp(self.text)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the forge shows of a repo, as far as our branch goes.

    `history` is None where nobody needs to know: no branch, or one that is already at the wanted commit.
    """

    repo: Repo
    head: str | None = None
    history: History | None = None
    pulls: tuple[PullRequest, ...] = ()


class Standing(StrEnum):
    """How a repo stands when no step is left to take."""

    OPEN = "pull request open"
    AHEAD = "it brings a template commit that does not lead to the one that the repo was compared with"
    NOTHING = "nothing to do"
    PERSON = "a person has pushed to the branch"
    REWRITTEN = "a person has rewritten the pull request"
    DECLINED = "closed without merging, for this very target"
    ARCHIVED = "archived"
    EMPTY = "empty"
    MIRROR = "a mirror"
    NO_PERMISSION = "no permission to push"
    DEFAULT_BRANCH = "the default branch has the name of our branch"
    REFUSED = "the forge did not take it"


@dataclass(frozen=True, slots=True)
class Push:
    """Move our branch from `old` to `new`, and only from there; None is no branch."""

    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Open:
    """Open the pull request."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Give the pull request its new title, text and base, and make it a draft or ready.

    That is done where there is something new to say: what a person made ready, or a draft, stays so until then.
    """

    number: int


@dataclass(frozen=True, slots=True)
class Dress:
    """Ask for reviews, then add the labels: their presence says that both are done."""

    number: int


@dataclass(frozen=True, slots=True)
class Close:
    """Close a pull request that is no longer needed, and mark it as closed by us."""

    number: int


@dataclass(frozen=True, slots=True)
class Rest:
    """No step is left."""

    standing: Standing
    number: int | None = None
    said: str = field(default="", compare=False)


Step: TypeAlias = Push | Open | Edit | Dress | Close | Rest


def next_step(own: Own, shown: Shown, target: Target | None) -> Step:
    """Say what to do now; no target says that the repo needs no update."""
    standing = _unfit(own, shown.repo)
    if standing:
        return Rest(standing)
    ours, others = _open_pulls(own, shown)
    pull = ours[0] if ours else None
    if not _untouched(own, shown, target):
        return Rest(Standing.PERSON, next(iter(ours + others), None))
    if others:
        return Rest(Standing.REWRITTEN, others[0])
    if len(ours) > 1:
        return Close(ours[1])
    if target is None:
        return _withdraw(own, shown, pull)
    return _advance(own, shown, target, pull)


def steps(own: Own, shown: Shown, target: Target | None) -> tuple[Step, ...]:
    """Return every step from here to rest, as they will be taken if nobody else moves."""
    taken: list[Step] = []
    while True:
        step = next_step(own, shown, target)
        taken.append(step)
        if isinstance(step, Rest):
            return tuple(taken)
        shown = after(own, shown, step, target)


def after(own: Own, shown: Shown, step: Step, target: Target | None) -> Shown:
    """Return what the forge will show once the step is taken."""
    match step:
        case Push(_, new):
            return replace(shown, head=new, history=None)
        case Open() if target:
            number = 1 + max((pull.number for pull in shown.pulls), default=0)
            base = shown.repo.default_branch
            pull = PullRequest(number, PullState.OPEN, base, shown.head or "", target.title, target.body, "")
            return replace(shown, pulls=(*shown.pulls, replace(pull, draft=target.draft)))
        case Edit(number) if target:
            changes = {"title": target.title, "body": target.body, "draft": target.draft}
            return _changed(shown, number, base=shown.repo.default_branch, **changes)
        case Dress(number) if target:
            return _changed(shown, number, labels=_pull(shown, number).labels | set(target.labels))
        case Close(number):
            return _changed(
                shown, number, state=PullState.CLOSED, body=withdrawn(_pull(shown, number).body, own.template)
            )
        case _:
            return shown


def _unfit(own: Own, repo: Repo) -> Standing | None:
    unfit = {
        Standing.ARCHIVED: repo.archived,
        Standing.EMPTY: repo.empty,
        Standing.MIRROR: repo.mirror,
        Standing.NO_PERMISSION: repo.may_push is False,
        Standing.DEFAULT_BRANCH: repo.default_branch == own.branch,
    }
    return next((standing for standing, holds in unfit.items() if holds), None)


def _open_pulls(own: Own, shown: Shown) -> tuple[list[int], list[int]]:
    """Return the open ones that bear our marker, the one into the default branch first, and those that do not."""
    is_open = [pull for pull in shown.pulls if pull.state is PullState.OPEN]
    is_open.sort(key=lambda pull: (pull.base != shown.repo.default_branch, pull.number))
    marked = {pull.number: read_marker(pull.body) for pull in is_open}
    ours = [number for number, marker in marked.items() if marker and marker.template == own.template]
    return ours, [number for number in marked if number not in ours]


def _untouched(own: Own, shown: Shown, target: Target | None) -> bool:
    """Return whether all the branch holds is ours. A commit id that we would make again can only be ours."""
    if shown.head is None or (target and shown.head == target.marker.commit):
        return True
    return shown.history is not None and shown.history.all_by(own.committer)


def _withdraw(own: Own, shown: Shown, pull: int | None) -> Step:
    if pull is not None:
        marker = read_marker(_pull(shown, pull).body)
        if marker is not None and not own.leads(marker.new):
            return Rest(Standing.AHEAD, pull)
        # Before its branch goes: a forge closes the orphan, and that would read as a person's no.
        return Close(pull)
    if shown.head is not None:
        return Push(shown.head, None)
    return Rest(Standing.NOTHING)


def _advance(own: Own, shown: Shown, target: Target, number: int | None) -> Step:
    declined = [pull.number for pull in shown.pulls if _is_declined(own, pull, target)]
    if number is None and declined:
        return Rest(Standing.DECLINED, max(declined))
    if shown.head != target.marker.commit:
        return Push(shown.head, target.marker.commit)
    if number is None:
        return Open()
    pull = _pull(shown, number)
    if pull.base != shown.repo.default_branch or read_marker(pull.body) != target.marker:
        return Edit(number)
    if not pull.labels.issuperset(target.labels):
        return Dress(number)
    return Rest(Standing.OPEN, number)


def _is_declined(own: Own, pull: PullRequest, target: Target) -> bool:
    marker = read_marker(pull.body)
    if pull.state is not PullState.CLOSED or marker is None or marker.withdrawn:
        return False
    return (marker.template, marker.tree) == (own.template, target.marker.tree)


def _pull(shown: Shown, number: int) -> PullRequest:
    return next(pull for pull in shown.pulls if pull.number == number)


def _changed(shown: Shown, number: int, **changes: object) -> Shown:
    pulls = tuple(replace(pull, **changes) if pull.number == number else pull for pull in shown.pulls)  # type: ignore[arg-type]
    return replace(shown, pulls=pulls)
