"""Where a project stands against its template, file by file; changes nothing."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlscaffold.core.drift import Drift, State, classify
from mlscaffold.core.policy import Kind, Rule
from mlscaffold.core.tree import FOLDER, SUBMODULE
from mlscaffold.core.trust import without_password
from mlscaffold.gather import Project, Wanted, gather
from mlscaffold.shells.files import Folder

if TYPE_CHECKING:
    from mlscaffold.merging import Merge

_MARKERS = rb"(?ms)^<{7} .*?^={7}\r?$.*?^>{7} "


class Finding(NamedTuple):
    """One path that is not as the template has it.

    word: "behind", "modified", "diverged", "missing", "leftover" or "forbidden".
    fault: whether its rule calls this drift, so that check fails.
    rule: the rule of the path. detail: what happened, in a few words. mend: what to do about it.
    """

    path: str
    word: str
    fault: bool
    rule: str
    detail: str
    mend: str


class Report(NamedTuple):
    """What a check found.

    project: its folder. template: the template's address, without a password.
    recorded, wanted: template commits. checkout: the branch or tag that is followed, None for the default.
    asked_seconds: how old the answer is that says which commit is wanted, in seconds; 0 for a template on this machine.
    compared: how many paths were compared. findings: those that are not in sync, worst first.
    notices: what a reader should know and no path shows.
    """

    project: Path
    template: str
    recorded: str
    wanted: str
    checkout: str | None
    asked_seconds: float
    compared: int
    findings: tuple[Finding, ...]
    notices: tuple[str, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that make check fail."""
        return tuple(finding for finding in self.findings if finding.fault)


def check(root: Path, wanted: Wanted) -> Report:
    """Compare a project with its template.

    Raises MlscaffoldError when there is no answer.
    """
    project = gather(root, wanted)
    drifts = classify(project.base, project.ours, project.theirs)
    moved = [drift for drift in drifts if drift.state is not State.IN_SYNC]
    found = {finding.path: finding for finding in (*_compared(project, moved), *_leftovers(project, moved))}
    worst_first = sorted(
        found.values(), key=lambda finding: (not finding.fault, _WORST.index(finding.word), finding.path)
    )
    age = 0.0 if project.store.source.local else max(0.0, time.time() - project.target.asked_at)
    return Report(
        project=root,
        template=without_password(project.record.template),
        recorded=project.record.commit,
        wanted=project.target.commit,
        checkout=project.checkout,
        asked_seconds=age,
        compared=len(drifts),
        findings=tuple(worst_first),
        notices=project.notices,
    )


_WORST = ("leftover", "forbidden", "diverged", "missing", "behind", "modified")
_UPDATE = "mlscaffold update"


def _compared(project: Project, moved: list[Drift]) -> Iterator[Finding]:
    if not moved:
        return
    from mlscaffold.merging import merge, settled_trees

    settled = settled_trees(project)
    both = any(drift.state is State.DIVERGED for drift in moved)
    merged = merge(project, settled) if both else None
    for drift in moved:
        rule = project.policy.rule_for(drift.path)
        if drift.state is State.CONVERGED or (rule.kind is Kind.ONCE and drift.ours is not None):
            continue
        if rule.kind is Kind.MERGE:
            yield _under_merge(drift, merged)
        elif settled.theirs.get(drift.path) != settled.ours.get(drift.path) or rule.kind is Kind.ABSENT:
            yield from _under_rule(drift, rule)
        elif drift.state is State.MODIFIED:
            yield Finding(drift.path, "modified", False, rule.kind, "edited here, as its rule allows", "")


def _under_merge(drift: Drift, merged: "Merge | None") -> Finding:
    path = drift.path
    if drift.missing:
        mend = f"restore it (mlscaffold diff {path} | git apply -R), or add it to `skip`"
        return Finding(path, "missing", True, Kind.MERGE, "deleted here", mend)
    if drift.state is State.MODIFIED:
        detail = "a folder here" if drift.ours and drift.ours.mode in (FOLDER, SUBMODULE) else "edited here"
        return Finding(path, "modified", False, Kind.MERGE, detail, "")
    if drift.state is State.BEHIND:
        return Finding(path, "behind", True, Kind.MERGE, _what_moved(drift), _UPDATE)
    assert merged is not None, "diverged paths were merged"
    if path in merged.conflicts or path in merged.blocked:
        return Finding(path, "diverged", True, Kind.MERGE, "changed on both sides, with conflicts", _UPDATE)
    if merged.tree.get(path) == drift.ours:
        return Finding(path, "modified", False, Kind.MERGE, "edited here; the template's changes are in", "")
    return Finding(path, "diverged", True, Kind.MERGE, "changed on both sides, merges cleanly", _UPDATE)


def _under_rule(drift: Drift, rule: Rule) -> Iterator[Finding]:
    path, kind = drift.path, rule.kind
    reason = f"; {rule.reason}" if rule.reason else ""
    if kind is Kind.ABSENT:
        if drift.ours is not None:
            yield Finding(path, "forbidden", True, kind, f"must not exist{reason}", f"git rm {path}")
    elif drift.ours is None:
        word = "behind" if drift.added else "missing"
        yield Finding(
            path, word, True, kind, _what_moved(drift) if drift.added else f"deleted here{reason}", _UPDATE
        )
    else:
        word = "modified" if drift.state is State.MODIFIED else drift.state.value
        yield Finding(path, word, True, kind, _detail(drift, kind) + reason, _UPDATE)


def _detail(drift: Drift, kind: Kind) -> str:
    if drift.state is State.BEHIND:
        return _what_moved(drift)
    return {
        Kind.EXACT: "edited here, and is the template's byte for byte",
        Kind.LINES: "lacks lines of the template",
        Kind.KEYS: "has other values than the template in its keys",
        Kind.ONCE: "new in the template",
    }.get(kind, "changed on both sides")


def _what_moved(drift: Drift) -> str:
    if drift.added:
        return "new in the template"
    return "removed by the template" if drift.removed else "changed in the template"


def _leftovers(project: Project, moved: list[Drift]) -> Iterator[Finding]:
    """What earlier updates left unfinished: rejected hunks beside managed files, and markers in them."""
    folder = Folder(project.root)
    beside: dict[str, set[str]] = {}
    for path in project.paths:
        parent, _, name = path.rpartition("/")
        if parent not in beside:
            beside[parent] = set(folder.names(parent))
        for ending in (".rej", ".orig"):
            left = f"{path}{ending}"
            if f"{name}{ending}" in beside[parent] and left not in project.theirs:
                detail = (
                    "hunks that an earlier update could not apply"
                    if ending == ".rej"
                    else "a copy an earlier update made"
                )
                yield Finding(
                    left, "leftover", True, "-", detail, f"work its changes into {name}, then delete it"
                )
    for drift in moved:
        content = (
            folder.read(drift.path) if drift.ours and drift.ours.mode not in (FOLDER, SUBMODULE) else None
        )
        if content and re.search(_MARKERS, content):
            yield Finding(
                drift.path,
                "leftover",
                True,
                "-",
                "holds conflict markers",
                "resolve the conflict and take the markers out",
            )
