"""Writes to one forge, counted in a file by every run of this user, so that two of them, or one after another, keep one pace."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mlscaffold.core.pace import Pace


class Turns:
    """The file for one forge, and for one part of a run in parts, each of which has its share of the pace."""

    def __init__(
        self,
        path: Path,
        pace: Pace,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the file, which need not be there, and the pace to keep; `clock` tells seconds since 1970."""
        self._path = path
        self._pace = pace
        self._sleep = sleep
        self._clock = clock

    def take(self) -> None:
        """Wait until a write may go, and count it; other runs wait for their turn meanwhile.

        Where no file can be made nothing is waited for: a run then keeps only the pace of its own.
        """
        with suppress(OSError), self._held() as file:
            times = _times(os.pread(file, 1 << 20, 0))
            now = self._clock()
            known = [each for each in times if each <= now]  # a clock that was set back says nothing
            while (seconds := Pace(self._pace.windows, tuple(known)).wait(self._clock(), write=True)) > 0:
                self._sleep(seconds)
            kept = Pace(self._pace.windows, tuple(known)).wrote(self._clock()).writes
            os.ftruncate(file, 0)
            os.pwrite(file, json.dumps(kept).encode(), 0)

    @contextmanager
    def _held(self) -> Iterator[int]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _times(content: bytes) -> list[float]:
    """Return the times in a file; what is none, as of a run that was killed while it wrote, is left out."""
    with suppress(ValueError, OverflowError, RecursionError):
        found = json.loads(content)
        if isinstance(found, list):
            return sorted(float(each) for each in found if isinstance(each, int | float))
    return []
