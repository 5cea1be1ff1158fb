"""How near a repo is to what a template wants, 0 to 100: one number to compare repos by."""

from collections.abc import Callable

from mlscaffold.core import record as records
from mlscaffold.core.likeness import TRIVIAL_WEIGHT, Text, alike, weight
from mlscaffold.core.policy import Kind, Policy
from mlscaffold.core.tree import EXECUTABLE, FILE, Entry, Tree

ReadText = Callable[[Entry], Text | None]


def score(theirs: Tree, ours: Tree, policy: Policy, forbidden: int, text: ReadText) -> int:
    """Return the share of each of the template's files that is there, less what must not be.

    A file that is written once and then the project's own counts in full if it is there. Files of a line or two
    count a quarter. Each forbidden file weighs as much as one that is missing.
    """
    got, total = 0.0, float(forbidden)
    for path, entry in theirs.items():
        if entry.mode not in (FILE, EXECUTABLE) or path == records.NAME:
            continue
        wanted, mine = text(entry), ours.get(path)
        counts = weight(len(wanted.lines)) if wanted is not None else TRIVIAL_WEIGHT
        total += counts
        if mine is not None and (mine.oid == entry.oid or policy.rule_for(path).kind is Kind.ONCE):
            got += counts
        elif mine is not None and mine.mode in (FILE, EXECUTABLE) and wanted is not None:
            other = text(mine)
            got += counts * 0.99 * alike(wanted, other) if other is not None else 0.0
    return round(100 * got / total) if total else 100
