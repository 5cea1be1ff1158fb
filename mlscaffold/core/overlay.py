"""Rules applied to three trees before they are compared or merged, so that one merge serves all rules."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from mlscaffold.core.policy import Kind, Policy, Rule
from mlscaffold.core.tree import EXECUTABLE, FILE, Entry, Tree, blob_id

Three = tuple[Entry | None, Entry | None, Entry | None]
ReadBlob = Callable[[Entry], bytes]


class Keyed(NamedTuple):
    """A file under `keys` with the template's values in it.

    differing: the key paths that had another value. unreadable: why it cannot be read, "" if it can, and in
    which line. unmet: demands of the rule that mean nothing in this file, in words.
    """

    content: bytes
    differing: tuple[str, ...] = ()
    unreadable: str = ""
    line: int = 1
    unmet: tuple[str, ...] = ()


SettleKeys = Callable[[str, bytes, bytes, Rule], Keyed]
"""(path, ours, theirs, rule) → ours with the template's values of the rule's keys."""


@dataclass(slots=True)
class Settled:
    """Three trees after the rules, the content of the blobs that the rules made, and what `keys` said of its files."""

    base: dict[str, Entry] = field(default_factory=dict)
    ours: dict[str, Entry] = field(default_factory=dict)
    theirs: dict[str, Entry] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    keyed: dict[str, Keyed] = field(default_factory=dict)


def settle(
    base: Tree,
    ours: Tree,
    theirs: Tree,
    policy: Policy,
    paths: Iterable[str],
    read: ReadBlob,
    settle_keys: SettleKeys,
) -> Settled:
    """Apply each path's rule to its three entries.

    read: content of an entry of ours or theirs, called only for paths under `lines` and `keys` whose
    two sides differ.
    """
    settled = Settled()
    for path in paths:
        rule = policy.rule_for(path)
        three = (base.get(path), ours.get(path), theirs.get(path))
        three = (
            _SETTLERS[rule.kind](three)
            if rule.kind in _SETTLERS
            else _written_in(path, three, rule, read, settle_keys, settled)
        )
        for side, entry in zip((settled.base, settled.ours, settled.theirs), three, strict=True):
            if entry is not None:
                side[path] = entry
    return settled


def _merge(three: Three) -> Three:
    return three


def _exact(three: Three) -> Three:
    """Ours as base: whatever the project did, theirs wins."""
    _, ours, theirs = three
    return ours, ours, theirs


def _once(three: Three) -> Three:
    """Ours on all sides, but for a file that the template newly brings: that is its creation."""
    base, ours, _ = three
    return three if base is None and ours is None else (ours, ours, ours)


def _absent(three: Three) -> Three:
    """What is as the template put it there goes; what a person wrote there stays, and is a finding."""
    base, ours, theirs = three
    return (ours if ours in (base, theirs) else None), ours, None


_SETTLERS: dict[Kind, Callable[[Three], Three]] = {
    Kind.MERGE: _merge,
    Kind.EXACT: _exact,
    Kind.ONCE: _once,
    Kind.ABSENT: _absent,
}


def _written_in(
    path: str,
    three: Three,
    rule: Rule,
    read: ReadBlob,
    settle_keys: SettleKeys,
    settled: Settled,
) -> Three:
    """`lines` and `keys`: the template's part written into ours, and the result called theirs."""
    base, ours, theirs = three
    if theirs is None and ours != base:
        return ours, ours, ours  # the template asks for nothing any more, and what was written here stays
    if ours == theirs or ours is None or theirs is None or not {ours.mode, theirs.mode} <= {FILE, EXECUTABLE}:
        return ours, ours, theirs
    mine, wanted = read(ours), read(theirs)
    if rule.kind is Kind.LINES:
        content = with_lines(mine, wanted)
    else:
        settled.keyed[path] = settle_keys(path, mine, wanted, rule)
        content = settled.keyed[path].content
    if content == mine:
        return ours, ours, ours
    entry = Entry(ours.mode, blob_id(content))
    settled.blobs[entry.oid] = content
    return ours, ours, entry


def with_lines(ours: bytes, theirs: bytes) -> bytes:
    """Return ours with each line of theirs that it lacks added at its end, in theirs' order and ours' line ends."""
    end = b"\r\n" if b"\r\n" in ours else b"\n"
    have = {line.strip() for line in ours.splitlines()}
    lacking = [
        line for line in dict.fromkeys(theirs.splitlines()) if line.strip() and line.strip() not in have
    ]
    if not lacking:
        return ours
    start = ours if not ours or ours.endswith(b"\n") else ours + end
    return start + end.join(lacking) + end
