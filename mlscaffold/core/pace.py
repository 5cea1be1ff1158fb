"""How fast a forge may be asked, and what its refusals mean: now, later, or not at all."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from enum import StrEnum

MOST_TRIES = 5
LONGEST_WAIT = 3_700.0
"""A forge's own count starts again every hour; a longer wait is another run."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When the next write may go: in no window, wherever it begins, more than its number of writes.

    The default is below what GitHub allows: 80 content-creating requests a minute, 500 an hour, and a
    second between two. Not a bucket of tokens: one that holds an hour's worth lets twice that through
    in its first hour. Times are of one monotonic clock.
    """

    windows: tuple[tuple[int, float], ...] = ((1, 1.0), (80, 60.0), (450, 3600.0))
    writes: tuple[float, ...] = ()
    quiet_until: float = -math.inf

    def wait(self, now: float, *, write: bool) -> float:
        """Return how many seconds from now the next request may go."""
        free = [self.writes[-count] + span for count, span in self.windows if len(self.writes) >= count]
        return max(0.0, self.quiet_until - now, *(time - now for time in free if write))

    def wrote(self, now: float) -> "Pace":
        """Return the pace after a write."""
        kept = max(count for count, _ in self.windows)
        return replace(self, writes=(*self.writes, now)[-kept:])

    def part(self, of: int) -> "Pace":
        """Return the pace of one of so many parts of a run, all of which together keep this one."""
        return replace(
            self,
            windows=tuple((max(1, most // of), span * max(1.0, of / most)) for most, span in self.windows),
        )

    def quiet(self, until: float) -> "Pace":
        """Return the pace after a forge asked for silence: reads wait too, and everybody does."""
        return replace(self, quiet_until=max(self.quiet_until, until))

    def seconds_for(self, writes: int) -> float:
        """Return how long this many writes take from the first to the last, by these very rules."""
        pace, now = Pace(self.windows), 0.0
        for _ in range(writes):
            now += pace.wait(now, write=True)
            pace = pace.wrote(now)
        return now


@dataclass(frozen=True, slots=True)
class Again:
    """Ask again in so many seconds; `everyone`: nobody asks anything before."""

    seconds: float
    everyone: bool = False


class GiveUp(StrEnum):
    """Why asking again is of no use."""

    UNAUTHORIZED = "the token is not, or no longer, accepted"
    LIMITED = "the forge's limit on requests is reached"
    BROKEN = "the forge keeps failing"


def judge(
    status: int, headers: Mapping[str, str], *, tries: int, jitter: float, message: str = ""
) -> Again | GiveUp | None:
    """Say what an answer means for the request; None: it is a definite answer.

    `tries` counts those already made, `jitter` is drawn from 0 to 1. Header names are in lower case. What
    the forge says of time is measured against its own `Date`, never against this machine's clock.
    """
    if status == 401:
        return GiveUp.UNAUTHORIZED
    limited = _is_limit(status, headers, message)
    if not limited and status < 500:
        return None
    if tries >= MOST_TRIES:
        return GiveUp.LIMITED if limited else GiveUp.BROKEN
    asked = _asked_for(headers)
    if asked is None:
        asked = (60.0 if limited else 1.0) * 2 ** (tries - 1)
    seconds = max(1.0, asked) + jitter
    return GiveUp.LIMITED if seconds > LONGEST_WAIT else Again(seconds, everyone=limited)


def _is_limit(status: int, headers: Mapping[str, str], message: str) -> bool:
    """Return whether this is a limit; GitHub says so with 403 too, which is otherwise a missing permission."""
    if status != 403:
        return status == 429
    spent = headers.get("x-ratelimit-remaining") == "0"
    return spent or "retry-after" in headers or "rate limit" in message.lower() or "abuse" in message.lower()


def _asked_for(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds the forge asks to wait, None where it does not say."""
    date = _timestamp(headers.get("date", ""))
    after = headers.get("retry-after", "")
    if after.isascii() and after.isdigit():
        return float(after[:9])
    until = _timestamp(after)
    reset = headers.get("x-ratelimit-reset", "") or headers.get("ratelimit-reset", "")
    if until is None and "0" in (headers.get("x-ratelimit-remaining"), headers.get("ratelimit-remaining")):
        until = float(reset[:12]) if reset.isascii() and reset.isdigit() else None
    return None if until is None or date is None else until - date


def _timestamp(http_date: str) -> float | None:
    try:
        return parsedate_to_datetime(http_date).timestamp()
    except ValueError:
        return None
