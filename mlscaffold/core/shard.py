"""One part of many repos: every repo is in exactly one of the parts, by its name alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mlscaffold.core.errors import UsageError
from mlscaffold.core.tree import blob_id

MOST = 10_000
_TEXT = re.compile(r"(?:(\d{1,5})/)?(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Shard:
    """The part with this number, counted from 1, of so many."""

    number: int
    count: int

    def __str__(self) -> str:
        """Return it as it is given: 2/8."""
        return f"{self.number}/{self.count}"

    def has(self, name: str) -> bool:
        """Return whether a repo is in this part; that does not change when others come or go."""
        digest = blob_id(name.lower().encode("utf-8", "surrogateescape"))
        return int(digest, 16) % self.count == self.number - 1


def parse(text: str, environment: Mapping[str, str]) -> Shard:
    """Return the part that `2/8` names, or `8` with the number from the environment, or `auto` with both from there.

    Kubernetes counts an Indexed Job from 0 (JOB_COMPLETION_INDEX), GitLab its parallel jobs from 1 (CI_NODE_INDEX).

    Raises UsageError if it names none.
    """
    if text == "auto":
        text = environment.get("CI_NODE_TOTAL", "")
        if not text:
            raise UsageError("There is no CI_NODE_TOTAL, which --shard auto asks for.", "Give --shard 2/8.")
    found = _TEXT.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is no part of a whole.", "Write it as 2/8: the second of eight.")
    shard = Shard(int(found[1]) if found[1] else _number(environment), int(found[2]))
    if not 1 <= shard.number <= shard.count <= MOST:
        raise UsageError(
            f"There is no part {shard}.", f"Parts are counted from 1, and there are at most {MOST}."
        )
    return shard


def _number(environment: Mapping[str, str]) -> int:
    for name, first in (("JOB_COMPLETION_INDEX", 0), ("CI_NODE_INDEX", 1)):
        if (text := environment.get(name, "")).isdecimal():
            return int(text) + 1 - first
    raise UsageError(
        "It is not said which part this is: there is no JOB_COMPLETION_INDEX, nor a CI_NODE_INDEX.",
        "Give --shard 2/8.",
    )
