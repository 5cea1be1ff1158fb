"""Merge files by key, and write a template's keys into a project's file: bytes in, bytes and reasons out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mlscaffold.core.demand import Demands, Problem, plan_settle
from mlscaffold.core.document import Document, Unreadable
from mlscaffold.core.keyed import Limits, Pending, PinChoice, plan_merge
from mlscaffold.core.keypath import BadKeyPath, KeyPath, format_key_path, parse_key_path
from mlscaffold.core.proof import broken_laws
from mlscaffold.documents.editing import Editor, Planned, Stuck
from mlscaffold.documents.formats import Adapter, Format, adapter_of
from mlscaffold.documents.source import Source, decode

_ATTEMPTS: Final = 30
"""How often a merge is begun anew without the edits that turned out to be impossible."""


@dataclass(frozen=True, slots=True)
class KeyedMerge:
    """A file merged by key: clean keys landed, pending ones keep ours."""

    merged: bytes
    pending: tuple[Pending, ...]
    pins: tuple[PinChoice, ...]


@dataclass(frozen=True, slots=True)
class NotMerged:
    """A file that cannot be merged by key: why, and on which line."""

    why: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """A project's file with the template's keys in it, and the paths where it differed before.

    `problems` are demands that could not be met; with a file that does not parse, `content` is ours unchanged.
    """

    content: bytes
    differing: tuple[str, ...]
    problems: tuple[Problem, ...]


def merge(base: bytes | None, ours: bytes, theirs: bytes, kind: Format) -> KeyedMerge | NotMerged:
    """Merge three versions of a file key by key; the result is ours, edited, and proved before it is returned."""
    adapter = adapter_of(kind)
    read: list[tuple[Source, Document]] = []
    for content in (ours, theirs, ours if base is None else base):
        found = _read(adapter, content)
        if isinstance(found, Unreadable):
            return NotMerged(found.why, found.line)
        read.append(found)
    (source, mine), (_, its), (_, was) = read
    return _merged(adapter, source, None if base is None else was, mine, its)


def _merged(
    adapter: Adapter, source: Source, base: Document | None, ours: Document, theirs: Document
) -> KeyedMerge | NotMerged:
    root = base.root if base else None
    expendable = frozenset(base.comments_in(0, len(base.text)) if base else ())
    limits: Limits | None = Limits()
    for _ in range(_ATTEMPTS):
        if limits is None:
            break
        plan = plan_merge(root, ours.root, theirs.root, limits)

        def again(document: Document, limits: Limits = limits) -> Planned:
            planned = plan_merge(root, document.root, theirs.root, limits)
            return planned.changes, planned.expected

        done = Editor(adapter, theirs, expendable).carry_out(ours, again)
        if isinstance(done, Document):
            pending = {pending.path for pending in plan.pending}
            faults = broken_laws(root, ours.root, theirs.root, done.root, pending)
            if faults:
                return NotMerged(f"the merge by key did not pass its proof ({faults[0]})")
            return KeyedMerge(source.encode(done.text), plan.pending, plan.pins)
        limits = limits.after_all(done.paths)
    return NotMerged("its keys cannot be merged without losing something")


def settle_keys(
    ours: bytes,
    theirs: bytes,
    keys: Iterable[str],
    forbidden: Iterable[str],
    kind: Format,
) -> Settled:
    """Write the template's values of the listed keys into ours and remove the forbidden ones; the rest stays as it is."""
    wanted, banned, bad = _key_paths(keys, forbidden)
    adapter = adapter_of(kind)
    mine, its = _read(adapter, ours), _read(adapter, theirs)
    for side, found in (("project", mine), ("template", its)):
        if isinstance(found, Unreadable):
            return Settled(ours, (), (*bad, Problem("", f"the {side}'s file: {found.why}", found.line)))
    if isinstance(mine, Unreadable) or isinstance(its, Unreadable):  # said above
        return Settled(ours, (), bad)
    source, document = mine
    return _settled(adapter, source, document, its[1], (wanted, banned), bad)


def _settled(
    adapter: Adapter,
    source: Source,
    ours: Document,
    theirs: Document,
    demands: tuple[tuple[KeyPath, ...], tuple[KeyPath, ...]],
    bad: tuple[Problem, ...],
) -> Settled:
    first = plan_settle(ours.root, theirs.root, *demands)
    differing = tuple(dict.fromkeys(format_key_path(path) for path in first.differing))
    if not first.changes and not first.prune:
        return Settled(source.encode(ours.text), differing, (*bad, *first.problems))
    limits: Limits | None = Limits()
    stuck: KeyPath = ()
    for _ in range(_ATTEMPTS):
        if limits is None:
            break
        pruned = _pruned(adapter, ours, theirs, demands, limits)
        plan = plan_settle(ours.root, pruned.root, *demands, limits)

        def again(document: Document, limits: Limits = limits, pruned: Document = pruned) -> Planned:
            planned = plan_settle(document.root, pruned.root, *demands, limits)
            return planned.changes, planned.expected

        done = Editor(adapter, pruned, None).carry_out(ours, again)
        if isinstance(done, Document):
            return Settled(source.encode(done.text), differing, (*bad, *_problems(first, plan)))
        limits, stuck = limits.after_all(done.paths), done.paths[0]
    problem = Problem(format_key_path(stuck), "the template's keys cannot be written here")
    return Settled(source.encode(ours.text), differing, (*bad, problem))


def _problems(first: Demands, last: Demands) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys((*first.problems, *last.problems)))


def _pruned(
    adapter: Adapter,
    ours: Document,
    theirs: Document,
    demands: tuple[tuple[KeyPath, ...], tuple[KeyPath, ...]],
    limits: Limits,
) -> Document:
    """Return theirs without what nobody asked for, in the parts that ours lacks altogether."""

    def again(document: Document) -> Planned:
        return plan_settle(ours.root, document.root, *demands, limits).prune, None

    done = Editor(adapter, theirs, None).carry_out(theirs, again)
    return theirs if isinstance(done, Stuck) else done


def _key_paths(
    keys: Iterable[str], forbidden: Iterable[str]
) -> tuple[tuple[KeyPath, ...], tuple[KeyPath, ...], tuple[Problem, ...]]:
    read = [[parse_key_path(text) for text in texts] for texts in (keys, forbidden)]
    bad = tuple(
        Problem(path.text, path.why) for paths in read for path in paths if isinstance(path, BadKeyPath)
    )
    wanted, banned = (tuple(path for path in paths if not isinstance(path, BadKeyPath)) for paths in read)
    return wanted, banned, bad


def _read(adapter: Adapter, content: bytes) -> tuple[Source, Document] | Unreadable:
    source = decode(content)
    if isinstance(source, Unreadable):
        return source
    document = adapter.parse(source.text)
    return document if isinstance(document, Unreadable) else (source, document)
