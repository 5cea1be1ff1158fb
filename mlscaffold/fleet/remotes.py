"""Repos at a forge: listed, fetched without a checkout, and brought to their pull request. The token stays here."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mlscaffold.core.errors import MlscaffoldError, WithheldError
from mlscaffold.core.forge import Forge, Owner, PullState, Repo, repo_name
from mlscaffold.core.marker import read_marker, template_id
from mlscaffold.core.outcome import Outcome, Standing, branch_of
from mlscaffold.core.pull import Close, Open, Own, Push, Rest, Shown, Step, Target, steps
from mlscaffold.core.pull import Standing as Pull
from mlscaffold.core.secret import Secret
from mlscaffold.fleet.fetched import Fetched
from mlscaffold.fleet.forges import WORKFLOWS, Platform, withheld
from mlscaffold.fleet.jobs import Held
from mlscaffold.fleet.listing import Filter
from mlscaffold.fleet.past import leading
from mlscaffold.fleet.selection import Selected
from mlscaffold.fleet.waves import Waves
from mlscaffold.fleet.words import HELD
from mlscaffold.fleet.work import Answered, Job
from mlscaffold.publish import look, publish
from mlscaffold.shells import git

_STANDINGS = {
    Pull.OPEN: Standing.PULL_OPEN,
    Pull.AHEAD: Standing.PULL_OPEN,
    Pull.NOTHING: Standing.NOTHING,
    Pull.PERSON: Standing.PERSON,
    Pull.REWRITTEN: Standing.PERSON,
    Pull.DECLINED: Standing.PERSON,
    Pull.REFUSED: Standing.REFUSED,
    Pull.NO_PERMISSION: Standing.PERSON,
    Pull.DEFAULT_BRANCH: Standing.PERSON,
    Pull.ARCHIVED: Standing.SKIPPED,
    Pull.EMPTY: Standing.SKIPPED,
    Pull.MIRROR: Standing.SKIPPED,
}
_PULLS = {
    PullState.OPEN: Standing.PULL_OPEN,
    PullState.MERGED: Standing.PULL_MERGED,
    PullState.CLOSED: Standing.PULL_CLOSED,
}


class Remotes:
    """A forge as the home of a run."""

    def __init__(
        self, forge: Forge, user: str, secret: Secret, cache: Path, waves: Waves | None = None
    ) -> None:
        """Take a client, the name under which git's HTTP takes its token, and the token."""
        self._forge = forge
        self._secret = secret
        self._fetched = Fetched(cache, user, secret)
        self._repos: dict[str, Repo] = {}
        self.waves = waves or Waves()
        self.writes = 0
        self._pushes: list[str] = []
        self._recalls = True
        self._recalled: set[str] = set()

    def listed(self, owners: Iterable[tuple[Owner, str]], wanted: Filter) -> Iterator[Selected]:
        """Yield the repos of organisations, groups and users."""
        for owner, name in owners:
            for repo in self._forge.repos(owner, name):
                self._repos[repo.name] = repo
                yield Selected(repo.name, skip=wanted.why_not(repo))

    def named(self, selected: Iterable[Selected], wanted: Filter) -> Iterator[Selected]:
        """Yield repos that were named one by one, with what the forge says of them."""
        for each in selected:
            if each.skip or each.wrong or each.folder is not None:
                yield each
                continue
            try:
                repo = self._forge.repo(repo_name(each.name))
            except MlscaffoldError as error:
                yield replace(each, wrong=f"{error.what} {error.hint}".strip())
                continue
            yield self._seen(each, repo, wanted)

    def _seen(self, each: Selected, repo: Repo | None, wanted: Filter) -> Selected:
        if repo is None:
            return replace(each, wrong="the forge shows no such repo: a typo, or the token may not see it")
        if repo.name.lower() != each.name.lower():
            return replace(each, wrong=f"it was renamed to {repo.name}: use that name")
        self._repos[repo.name] = repo
        return replace(each, name=repo.name, skip=wanted.why_not(repo))

    def withheld(self, platform: Platform) -> tuple[str, ...]:
        """Return the folders that the token may not change.

        Raises MlscaffoldError if it may not open pull requests at all.
        """
        account = self._forge.whoami()
        self._recalls = not account.scopes
        return withheld(platform, account)

    def head(self, selected: Selected) -> str:
        """Return the commit that a repo's default branch is at, "" before its first."""
        repo = self._repo(selected)
        return self._forge.head(repo, repo.default_branch) or ""

    @property
    def at_once(self) -> int:
        """Of how many repos the heads are told in one answer."""
        return self._forge.at_once

    def heads(self, selected: Sequence[Selected]) -> Mapping[str, str]:
        """Return the commits that repos' default branches are at, as far as they are told in one answer."""
        repos = {each.name: self._repos[each.name] for each in selected if each.name in self._repos}
        told = self._forge.heads(list(repos.values())) if repos else {}
        return {name: told[repo.name] for name, repo in repos.items() if repo.name in told}

    fetches = 8

    def repository(self, selected: Selected, head: str) -> Held:
        """Return a bare repository of ours that holds the newest commit of a repo."""
        return self._fetched.newest(self._repo(selected), head)

    def supply(self, job: Job, oids: Sequence[str]) -> None:
        """Bring contents that a job's repository lacks, in one request."""
        self._fetched.bring(self._repos[job.name], job.repository, oids)

    def page(self, selected: Selected) -> str:
        """Return the repo's page at the forge: on all three it is where its clones come from."""
        repo = self._repos.get(selected.name)
        return repo.clone_url.removesuffix(".git") if repo else ""

    def plan(self, selected: Selected, found: Answered) -> Outcome | None:
        """Say what publishing would do, None if that depends on repos that are not looked at yet; write nothing."""
        return self._planned(selected, found)[0]

    def _planned(self, selected: Selected, found: Answered) -> tuple[Outcome | None, Sequence[Step]]:
        """Return what publishing would come to, and the steps to there."""
        if not _publishable(found.outcome):
            is_open = self._is_open(found.outcome)
            return self.waves.judged(found.outcome, opens=False, is_open=is_open), ()
        repo, own = self._repo(selected), _own(found.outcome, leading(found.outcome))
        shown = look(self._forge, repo, own, found.target)
        self._recall_what_was_held(selected, shown, found.target)
        *todo, rest = steps(own, shown, found.target)
        assert isinstance(rest, Rest)
        planned = _as_planned(found, todo) if todo else self._rested(repo, own, found.outcome, rest)
        opens = any(isinstance(step, Open) for step in todo)
        is_open = not opens and rest.number is not None and rest.standing is not Pull.DECLINED
        judged = self.waves.judged(planned, opens=opens, is_open=is_open)
        if judged is not planned:  # it waits
            return judged, ()
        self.writes += len(todo)
        return judged, todo

    def _recall_what_was_held(self, selected: Selected, shown: Shown, target: Target | None) -> None:
        """Raise WithheldError where our pull request says that workflows were not taken of this very template version.

        So a second run tries no push that was refused; the next version is tried anew, for the token may have changed.
        Where the forge tells what a token may, that counts.
        """
        if target is None or not self._recalls or selected.name in self._recalled:
            return
        for pull in shown.pulls:
            marker = read_marker(pull.body) if pull.state is PullState.OPEN and HELD in pull.body else None
            if marker and (marker.tree, marker.new) == (target.marker.tree, target.marker.new):
                self._recalled.add(selected.name)
                self.waves.open.add(selected.name)
                raise WithheldError((WORKFLOWS,), HELD, remembered=True)

    def _is_open(self, outcome: Outcome) -> bool:
        """Return whether the forge shows an open pull request of ours, whatever became of the repo in this run."""
        repo = self._repos.get(outcome.repo)
        if self.waves.canary is None or repo is None or outcome.state is Standing.SKIPPED:
            return False
        branch = branch_of(outcome) or branch_of(self.waves.before.get(outcome.repo, outcome))
        return bool(branch) and any(pull.state is PullState.OPEN for pull in self._forge.pulls(repo, branch))

    def act(self, selected: Selected, found: Answered) -> Outcome | None:
        """Bring a repo to its pull request, if the waves let it."""
        planned, todo = self._planned(selected, found)
        if not todo:
            return planned
        self.waves.wait()
        repo, own = self._repo(selected), _own(found.outcome, leading(found.outcome))
        try:
            rest = publish(self._forge, self._push, repo, own, found.target)
        except WithheldError:  # what is left of the update has a turn of its own, if anything is
            opens = any(isinstance(step, Open) for step in todo)
            self.waves.undone(found.outcome.repo, is_open=not opens)
            raise
        outcome = self._rested(repo, own, found.outcome, rest)
        if found.target is None and outcome.state is Standing.NOTHING:
            closed = any(isinstance(step, Close) for step in todo)
            state, why = (Standing.CLOSED, "") if closed else (Standing.NOTHING, "our branch is deleted: ")
            outcome = replace(outcome, state=state, why=f"{why}nothing is left to be updated")
        if outcome.state is not Standing.PULL_OPEN:
            self.waves.open.discard(outcome.repo)
        return outcome

    def status(self, selected: Selected, before: Outcome) -> Outcome:
        """Say how our newest pull request of a repo stands; of one that is open, its checks and reviews too."""
        repo = self._repo(selected)
        pulls = self._forge.pulls(repo, branch_of(before))
        if not pulls:
            return replace(
                before, step="status", state=Standing.NOTHING, why="no pull request of ours", url=""
            )
        newest = max(pulls, key=lambda pull: (pull.state is PullState.OPEN, pull.number))
        run = before.run if newest.url == before.url else ""
        outcome = replace(before, step="status", state=_PULLS[newest.state], url=newest.url, run=run)
        if newest.state is not PullState.OPEN:
            return replace(outcome, why=newest.title, words={})
        ready = self._forge.readiness(repo, newest)
        state = Standing.PULL_RUNNING if ready.waiting else Standing.PULL_OPEN
        return replace(
            outcome,
            state=Standing.PULL_FAILING if ready.failing else state,
            why=f"{newest.title}: {ready.said(newest.base)}",
            words=ready.counts(),
        )

    def close(self, selected: Selected, before: Outcome, *, dry: bool) -> Outcome:
        """Close our pull request of a repo and delete our branch, unless a person has worked on it."""
        repo, own = self._repo(selected), _own(before)
        outcome = replace(before, step="close", commit="", url="")
        *todo, rest = steps(own, look(self._forge, repo, own, None), None)
        assert isinstance(rest, Rest)
        self.writes += len(todo)
        if dry and todo:
            return replace(outcome, state=Standing.WITHDRAWING, why=_withdrawal(todo))
        if todo:
            rest = publish(self._forge, self._push, repo, own, None)
        outcome = self._rested(repo, own, outcome, rest)
        return (
            replace(outcome, state=Standing.CLOSED) if todo and outcome.state is Standing.NOTHING else outcome
        )

    def written(self) -> tuple[str, ...]:
        """Return what was written at the forge since this was last asked."""
        pushes, self._pushes = tuple(self._pushes), []
        return *pushes, *self._forge.written()

    def _rested(self, repo: Repo, own: Own, outcome: Outcome, rest: Rest) -> Outcome:
        state = _STANDINGS[rest.standing]
        said = f": {self._secret.redact(rest.said)}" if rest.said else ""
        why = "" if state is Standing.NOTHING else f"{rest.standing}{said}"
        url = ""
        if rest.number is not None:
            pulls = self._forge.pulls(repo, own.branch)
            url = next((pull.url for pull in pulls if pull.number == rest.number), "")
        return replace(outcome, state=state, why=why, url=url)

    def _repo(self, selected: Selected) -> Repo:
        try:
            return self._repos[selected.name]
        except KeyError:
            raise MlscaffoldError(
                f"{selected.name} is not at the forge that is named.", "Use --local for clones on disk."
            ) from None

    def _push(self, repo: Repo, branch: str, step: Push) -> str:
        said = self._fetched.push(repo, branch, step.old, step.new)
        self._pushes.append(
            f"push {branch} {step.old or 'new'}..{step.new or 'gone'}{' refused' if said else ''}"
        )
        if step.new and re.search(r"refus\w* .*workflow", said):
            raise WithheldError((WORKFLOWS,), said)
        return said


def _publishable(outcome: Outcome) -> bool:
    return outcome.state in (Standing.PLANNED, Standing.NOTHING)


def _own(outcome: Outcome, *leads: Callable[[str], bool]) -> Own:
    return Own(template_id(outcome.template, outcome.directory), git.COMMITTER, *leads)


def _as_planned(found: Answered, todo: Sequence[Step]) -> Outcome:
    """Return that something is to be done: an update, or taking back one that nobody needs any more."""
    if found.target is None:
        return replace(found.outcome, state=Standing.WITHDRAWING, why=_withdrawal(todo))
    why = ": ".join(filter(None, [_steps(todo), found.outcome.why]))
    return replace(found.outcome, state=Standing.PLANNED, why=why)


def _withdrawal(todo: Sequence[Step]) -> str:
    """Say what taking an update back is made of."""
    said = [
        f"close pull request {step.number}" if isinstance(step, Close) else "delete the branch"
        for step in todo
    ]
    return ", ".join(said)


def _steps(todo: Sequence[Step]) -> str:
    return ", ".join(type(step).__name__.lower() for step in todo)
