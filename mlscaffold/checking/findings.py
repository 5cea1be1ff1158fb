"""What is not as the template has it: each path that moved, what updates left behind, what must not exist."""

import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mlscaffold.core import policy as policies
from mlscaffold.core.drift import Drift, State
from mlscaffold.core.finding import Finding, first_difference
from mlscaffold.core.leftover import marked_line
from mlscaffold.core.policy import Kind, Rule
from mlscaffold.core.tree import EXECUTABLE, FILE, FOLDER, SUBMODULE, blob_id
from mlscaffold.project.gather import Project

if TYPE_CHECKING:
    from mlscaffold.core.overlay import Settled
    from mlscaffold.merging.conflicts import Settlement
    from mlscaffold.merging.merge import Merge

_UPDATE = "mlscaffold update"
_READ_BYTES = 1 << 20
"""Larger files are compared like all others, and only not told apart line by line."""


def compared(project: Project, moved: list[Drift], *, lines: bool) -> tuple[list[Finding], list[str]]:
    """Say of each path that is not in sync what its rule makes of it, and which demands of a rule mean nothing.

    lines: also in which line it first differs, for formats that point there.
    """
    if not moved:
        return [], []
    from mlscaffold.merging.settling import settled_trees

    settled = settled_trees(project)
    rules = {drift.path: project.policy.rule_for(drift.path) for drift in moved}
    both = any(drift.state is State.DIVERGED and rules[drift.path].kind is Kind.MERGE for drift in moved)
    settlement = _settlement(project, settled) if both else None
    merged = settlement.merge if settlement else None
    found = [
        finding
        for drift in moved
        if (finding := _compared(drift, rules[drift.path], settled, merged)) is not None
    ]
    found = [_said_lost(project, finding) for finding in found]
    found = [_said_pinned(settlement, finding) if settlement else finding for finding in found]
    if any(finding.word == "missing" for finding in found):
        from mlscaffold.checking.renamed import said_renamed

        found = said_renamed(project, found, merged)
    nothing = [
        f"{policies.NAME}:{rules[path].line}: the key {key} is neither in the template's {path} nor in the project's"
        for path, keyed in settled.keyed.items()
        for key in keyed.unmet
        if path in rules
    ]
    return (_located(project, settled, found) if lines else found), nothing


def _settlement(project: Project, settled: "Settled") -> "Settlement":
    from mlscaffold.merging.conflicts import settle
    from mlscaffold.merging.merge import merge

    return settle(merge(project, settled), "markers")


def _said_pinned(settlement: "Settlement", finding: Finding) -> Finding:
    """Say of a file that stays as it is why a version that the template raised is not the one in it."""
    by_key = settlement.by_key.get(finding.path)
    if finding.word != "modified" or by_key is None or not by_key.pins:
        return finding
    raised = ", ".join(pin.path for pin in by_key.pins)
    return finding._replace(detail=f"edited here; both sides raised {raised}, and this is the higher")


def _said_lost(project: Project, finding: Finding) -> Finding:
    commit = project.lost.get(finding.path)
    if commit is None:
        return finding
    detail = f"lost update: still as template commit {commit.oid[:7]} has it, older than the record"
    return finding._replace(detail=detail, mend=_UPDATE)


def _compared(drift: Drift, rule: Rule, settled: "Settled", merged: "Merge | None") -> Finding | None:
    path = drift.path
    if drift.state is State.CONVERGED or rule.kind is Kind.ABSENT:
        return None
    if rule.kind is Kind.ONCE and not (drift.added and drift.ours is None):
        return None
    if rule.kind is Kind.MERGE:
        return _under_merge(drift, rule, merged)
    keyed = settled.keyed.get(path)
    if keyed is not None and keyed.unreadable:
        return Finding(
            path, "unreadable", True, rule.kind, keyed.unreadable, "mend the file", rule.reason, keyed.line
        )
    if settled.theirs.get(path) == settled.ours.get(path):
        return Finding(path, "modified", False, rule.kind, "edited here, as its rule allows", "", rule.reason)
    return _under_rule(drift, rule, keyed.differing if keyed else ())


def _under_merge(drift: Drift, rule: Rule, merged: "Merge | None") -> Finding:
    path = drift.path

    def found(word: str, fault: bool, detail: str, mend: str = "") -> Finding:
        return Finding(path, word, fault, Kind.MERGE, detail, mend, rule.reason)

    if drift.missing:
        back = f"mlscaffold diff {shlex.quote(path)} | git apply"
        return found("missing", True, "deleted here", f"{back}, or `skip` it in .cruft.json")
    if drift.state is State.MODIFIED:
        folder = drift.ours and drift.ours.mode in (FOLDER, SUBMODULE)
        return found("modified", False, "a folder here" if folder else "edited here")
    if drift.state is State.BEHIND:
        return found("behind", True, _what_moved(drift), _UPDATE)
    assert merged is not None, "diverged paths were merged"
    if path in merged.conflicts or path in merged.blocked:
        return found("diverged", True, "changed on both sides, with conflicts", _UPDATE)
    if merged.tree.get(path) == drift.ours:
        return found("modified", False, "edited here; the template's changes are in")
    return found("diverged", True, "changed on both sides, merges cleanly", _UPDATE)


def _under_rule(drift: Drift, rule: Rule, keys: tuple[str, ...]) -> Finding:
    if drift.ours is None:
        word, detail = (
            ("behind", _what_moved(drift))
            if drift.added or drift.base is None
            else ("missing", "deleted here")
        )
    else:
        word, detail = drift.state.value, _detail(drift, rule.kind, keys)
    return Finding(drift.path, word, True, rule.kind, detail, _UPDATE, rule.reason)


def _detail(drift: Drift, kind: Kind, keys: tuple[str, ...]) -> str:
    if kind is Kind.KEYS and keys:
        more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
        return f"differs from the template in {', '.join(keys[:3])}{more}"
    if drift.state is State.BEHIND:
        return _what_moved(drift)
    return {
        Kind.EXACT: "edited here",
        Kind.LINES: "lacks lines of the template",
        Kind.KEYS: "has other values than the template in its keys",
    }.get(kind, "changed on both sides")


def _what_moved(drift: Drift) -> str:
    if drift.added:
        return "new in the template"
    return "removed by the template" if drift.removed else "changed in the template"


def _located(project: Project, settled: "Settled", found: list[Finding]) -> list[Finding]:
    """Put the first line that differs into findings on files that both sides have."""
    from mlscaffold.shells import git

    pairs = {
        finding.path: (project.ours[finding.path], settled.theirs[finding.path])
        for finding in found
        if finding.line == 1 and finding.path in project.ours and finding.path in settled.theirs
    }
    pairs = {path: pair for path, pair in pairs.items() if {each.mode for each in pair} <= {FILE, EXECUTABLE}}
    wanted = {theirs.oid for _, theirs in pairs.values()} - settled.blobs.keys() - project.blobs.keys()
    contents = {
        **git.read_blobs(project.store.git_dir, sorted(wanted)),
        **project.blobs,
        **settled.blobs,
    }
    lines = {
        path: first_difference(mine, contents[theirs.oid])
        for path, (_, theirs) in pairs.items()
        if theirs.oid in contents and (mine := project.files.read(path, _READ_BYTES)) and b"\0" not in mine
    }
    return [finding._replace(line=lines.get(finding.path, finding.line)) for finding in found]


def forbidden(project: Project) -> Iterator[Finding]:
    """Say which of the project's files must not exist: what git tracks; outside of git, what is there."""
    if not project.policy.absent_patterns:
        return
    forbids = project.policy.forbids()
    asked = repr((str(project.root.resolve()), [(rule.kind, rule.paths) for rule in project.policy.rules]))
    name = blob_id(asked.encode("utf-8", "surrogateescape"))
    for path in project.files.matching(forbids, project.store.folder / "surveys" / name):
        if project.skipped(path):
            continue
        rule = project.policy.rule_for(path)
        yield Finding(
            path, "forbidden", True, rule.kind, "must not exist", _removal(project, path), rule.reason
        )


def _removal(project: Project, path: str) -> str:
    here = project.ours.get(path)
    return _UPDATE if here and here == project.base.get(path) else f"git rm -- {shlex.quote(path)}"


def unresolved(project: Project) -> Iterator[Finding]:
    """What the index still holds of an update: conflicts without markers (binary files, deletions) above all."""
    found = project.files.unresolved()
    if found is None:
        yield _leftover(".", "an update was killed half-way", f"{_UPDATE} --continue, or --abort")
    for path in found or ():
        mend = f"resolve it, git add {shlex.quote(path)}, {_UPDATE} --continue"
        yield _leftover(path, "a conflict of the last update", mend)


def leftovers(project: Project, moved: Iterable[Drift]) -> Iterator[Finding]:
    """What earlier updates left unfinished: rejected hunks beside managed files, and markers in them."""
    files = project.files
    beside: dict[str, set[str]] = {}
    for path in project.paths:
        parent, _, name = path.rpartition("/")
        if parent not in beside:
            beside[parent] = set(files.names(parent))
        for ending, detail in ENDINGS.items():
            left = f"{path}{ending}"
            if f"{name}{ending}" in beside[parent] and left not in project.theirs:
                yield _left_beside(
                    files.read(left, _READ_BYTES), files.read(path, _READ_BYTES), left, name, detail
                )
    for drift in moved:
        there = drift.ours is not None and drift.ours.mode not in (FOLDER, SUBMODULE)
        if there and (line := marked_line(files.read(drift.path) or b"")):
            mend = "resolve the conflict and take the markers out"
            yield _leftover(drift.path, "holds conflict markers", mend, line)


def _left_beside(left: bytes | None, content: bytes | None, path: str, name: str, detail: str) -> Finding:
    """Say what a left file still asks for; one whose hunks are all in asks for nothing but to be deleted."""
    there, count = landed(left or b"", content or b"") if path.endswith(".rej") else (0, 0)
    if count and there == count:
        done = _leftover(
            path, f"{detail}, all of which are in {name} now", f"delete it: git rm -- {shlex.quote(path)}"
        )
        return done._replace(fault=False)
    some = f"; {there} of {count} are in {name} now" if there else ""
    return _leftover(path, f"{detail}{some}", f"work its changes into {name}, then delete it")


def landed(rejected: bytes, content: bytes) -> tuple[int, int]:
    """Return how many of a `.rej` file's hunks are in the file beside it, and how many there are; 0 for what is none."""
    from mlscaffold.core.rejected import hunks, is_in

    found = hunks(rejected.decode("utf-8", "surrogateescape")) or []
    text = content.decode("utf-8", "surrogateescape")
    return sum(is_in(hunk, text) for hunk in found), len(found)


ENDINGS = {
    ".rej": "rejected hunks of an earlier update",
    ".orig": "a copy by an earlier update",
}


def _leftover(path: str, detail: str, mend: str, line: int = 1) -> Finding:
    return Finding(path, "leftover", True, "-", detail, mend, line=line)
