"""One repo's pull request, brought from where the forge shows it to where it should be."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from mlscaffold.core.errors import ForgeLostError, ForgeRefusedError
from mlscaffold.core.forge import Forge, Repo
from mlscaffold.core.marker import withdrawn
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
    next_step,
)
from mlscaffold.shells.failpoint import passing

MOST_TRIES = 3
"""A branch that was just pushed may take a moment to be seen, and a lost answer is looked for."""

MOST_STEPS = 15
"""More than any way to rest has: somebody else keeps moving what we move."""

GitPush: TypeAlias = Callable[[Repo, str, Push], str]
"""Pushes a branch with `--force-with-lease=<branch>:<old>` and returns what the server said; its word is not taken."""


def look(forge: Forge, repo: Repo, own: Own, target: Target | None) -> Shown:
    """Ask the forge for all that the next step depends on: two requests, three where the branch moves."""
    head = forge.head(repo, own.branch)
    known = head is None or (target is not None and head == target.marker.commit)
    history = None if known or head is None else forge.history(repo, head)
    return Shown(repo, head, history, forge.pulls(repo, own.branch))


def publish(
    forge: Forge,
    push: GitPush,
    repo: Repo,
    own: Own,
    target: Target | None,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Rest:
    """Take step after step, looking at the forge before each, until none is left.

    A step that the forge shows again and again was not taken, whatever was answered: that is a refusal.
    """
    taken: Counter[Step] = Counter()
    said = ""
    while True:
        shown = look(forge, repo, own, target)
        step = next_step(own, shown, target)
        if isinstance(step, Rest):
            return replace(step, said=said)
        if taken[step] == MOST_TRIES or taken.total() == MOST_STEPS:
            return Rest(Standing.REFUSED, said=said)
        if taken[step]:
            sleep(2.0 ** taken[step])
        taken[step] += 1
        passing("stepping")
        try:
            said = _take(forge, push, shown, own, target, step)
            passing("stepped")
        except (ForgeRefusedError, ForgeLostError) as error:
            said = error.what


def _take(forge: Forge, push: GitPush, shown: Shown, own: Own, target: Target | None, step: Step) -> str:
    """Take one step and return what was said about it."""
    repo = shown.repo
    match step:
        case Push():
            return push(repo, own.branch, step)
        case Close(number):
            body = next(pull.body for pull in shown.pulls if pull.number == number)
            forge.close_pull(repo, number, withdrawn(body, own.template))
        case Open() if target:
            forge.open_pull(repo, own.branch, target.title, target.body, draft=target.draft)
        case Edit(number) if target:
            forge.edit_pull(repo, number, target.title, target.body, draft=target.draft)
        case Dress(number) if target:
            return _dress(forge, repo, number, target)
    return ""


def _dress(forge: Forge, repo: Repo, number: int, target: Target) -> str:
    """Ask for reviews, then label; a reviewer whom the forge does not take is no reason to leave the label off."""
    said = ""
    if target.reviewers:
        try:
            forge.request_reviews(repo, number, target.reviewers)
        except ForgeRefusedError as error:
            said = error.what
    forge.add_labels(repo, number, target.labels)
    return said
