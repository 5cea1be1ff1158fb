"""The keys that a rule demands of one file, in the words of the rules: what differs, and what cannot be told."""

from mlscaffold.core.demand import NOWHERE
from mlscaffold.core.overlay import Keyed
from mlscaffold.core.policy import Rule
from mlscaffold.documents import keyed
from mlscaffold.documents.formats import format_of

MAX_BYTES = 1 << 20
"""Files under `keys` are configuration; reading a larger one by key would take longer than anybody waits."""


def settle_keys(path: str, ours: bytes, theirs: bytes, rule: Rule) -> Keyed:
    """Write the template's values of a rule's keys into a project's file, and take out the forbidden ones."""
    kind = format_of(path)
    if kind is None:
        return Keyed(ours, unreadable="its keys are not known: they are of TOML, YAML and JSON files only")
    if len(ours) > MAX_BYTES:
        return Keyed(ours, unreadable="it is larger than 1 MiB, and is not read by key")
    settled = keyed.settle_keys(ours, theirs, rule.keys, rule.forbidden, kind)
    broken = [problem for problem in settled.problems if problem.why != NOWHERE]
    if not broken:
        unmet = tuple(problem.path for problem in settled.problems)
        return Keyed(settled.content, settled.differing, unmet=unmet)
    first = broken[0]
    why = f"{first.path}: {first.why}" if first.path else first.why
    return Keyed(settled.content, settled.differing, why, max(1, first.line))
