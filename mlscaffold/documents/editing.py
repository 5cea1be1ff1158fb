"""Carry a plan out on a text: make the changes that do not touch each other, look again, until none is left."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from mlscaffold.core.document import Document, Edit, Unreadable, Value, meaning, splice
from mlscaffold.core.keyed import Change, Insert
from mlscaffold.core.keypath import KeyPath
from mlscaffold.core.pins import is_version_note
from mlscaffold.documents.formats import Adapter

_ROUNDS: Final = 400
_READ: Final = 1 << 23
"""How many characters one plan may read again and again before it is given up."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """The changes that cannot be made as text edits without breaking or losing something else."""

    paths: tuple[KeyPath, ...]


Planned: TypeAlias = tuple[tuple[Change, ...], Value | None]
"""What to change, and what the result must mean (None: nobody says)."""
Planner: TypeAlias = Callable[[Document], Planned]


@dataclass(frozen=True, slots=True)
class Editor:
    """What the edits need to know: the format, where new text comes from, and which comments may go.

    `expendable` None says that any comment may go with the entry that it belongs to.
    """

    adapter: Adapter
    theirs: Document
    expendable: frozenset[str] | None

    def carry_out(self, ours: Document, plan: Planner) -> Document | Stuck:
        """Return ours with all changes of the plan made; each round must still promise the same result."""
        document = ours
        changes, expected = plan(document)
        for _ in range(min(_ROUNDS, 8 + _READ // (len(ours.text) + 1))):
            if not changes:
                break
            batch = self._batch(document, changes)
            if isinstance(batch, Stuck):
                return batch
            edited = self._edited(document, batch, plan, expected) or self._edited(
                document, batch[:1], plan, expected
            )
            if edited is None:
                return Stuck((changes[0].path,))
            document, (changes, _) = edited
        if changes:
            return Stuck((changes[0].path,))
        return document if expected is None or meaning(document.root) == expected else Stuck(((),))

    def _edited(
        self,
        document: Document,
        batch: list[tuple[Change, list[Edit]]],
        plan: Planner,
        expected: Value | None,
    ) -> tuple[Document, Planned] | None:
        text = splice(document.text, [edit for _, edits in batch for edit in edits])
        found = self.adapter.parse(text)
        if text == document.text or isinstance(found, Unreadable):
            return None
        planned = plan(found)
        return (found, planned) if planned[1] == expected else None

    def _batch(
        self, document: Document, changes: Iterable[Change]
    ) -> list[tuple[Change, list[Edit]]] | Stuck:
        batch: list[tuple[Change, list[Edit]]] = []
        stuck: list[KeyPath] = []
        for change in changes:
            edits = self.adapter.edits(document, self.theirs, change)
            if not edits or self._loses_comments(document, edits):
                stuck.append(change.path)
            elif all(_fits(change, edits, *taken) for taken in batch):
                batch.append((change, edits))
        return Stuck(tuple(stuck)) if stuck else batch

    def _loses_comments(self, document: Document, edits: list[Edit]) -> bool:
        if self.expendable is None:
            return False
        removed = [comment for edit in edits for comment in document.comments_in(edit.start, edit.end)]
        put = "\n".join(edit.text for edit in edits)
        return any(
            comment not in put and comment not in self.expendable and not is_version_note(comment)
            for comment in removed
        )


def _fits(change: Change, edits: list[Edit], other: Change, taken: list[Edit]) -> bool:
    """Say whether two changes do not touch; insertions in one place go together if they go into one container."""
    touching = [(a, b) for a in edits for b in taken if a.start <= b.end and b.start <= a.end]
    if not touching:
        return True
    together = (
        isinstance(change, Insert) and isinstance(other, Insert) and change.slot.into is other.slot.into
    )
    return (
        together
        and len(edits) == len(taken) == 1
        and edits[0].start == edits[0].end == taken[0].start == taken[0].end
    )
