"""How far a run over many repos is: a bar with the time that is left at a terminal, now and then a line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from mlscaffold.core.outcome import Outcome
from mlscaffold.core.span import count
from mlscaffold.core.text import safe_text

EVERY_SECONDS = 30.0
"""A log that nobody watches gets a line so often."""

Seen = Callable[[Outcome], None]


@contextmanager
def progress(total: int | None, stream: TextIO | None = None) -> Iterator[Seen]:
    """Yield what is told of every outcome; total: how many there will be, None if that is not known."""
    to = stream or sys.stderr
    if to.isatty():
        with _bar(total, to) as seen:
            yield seen
    else:
        yield lines(total, to)


def lines(total: int | None, to: TextIO, clock: Callable[[], float] = time.monotonic) -> Seen:
    """Return what writes a line now and then, and none in a run that is over before the first is due."""
    began, last, number = clock(), clock(), 0

    def seen(_outcome: Outcome) -> None:
        nonlocal last, number
        number, now = number + 1, clock()
        if now - last >= EVERY_SECONDS:
            last = now
            left = f" of {total}, {_span((now - began) / number * (total - number))} left" if total else ""
            to.write(f"{number}{left or ' so far'}\n")
            to.flush()

    return seen


def _span(seconds: float) -> str:
    return count(round(seconds / 60), "minute") if seconds >= 90 else count(round(seconds), "second")


@contextmanager
def _bar(total: int | None, to: TextIO) -> Iterator[Seen]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[repo]}", markup=False),
    )
    with Progress(*columns, console=Console(file=to), transient=True) as bar:
        task = bar.add_task("", total=total, repo="")

        def seen(outcome: Outcome) -> None:
            bar.update(task, advance=1, repo=safe_text(outcome.repo)[:60])

        yield seen
