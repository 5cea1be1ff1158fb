"""Runs that write to one forge side by side, or one after the other, keep one pace between them."""

from pathlib import Path

import pytest

from mlscaffold.core.pace import Pace
from mlscaffold.shells.turns import Turns

PACE = Pace(windows=((1, 1.0), (4, 60.0)))


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def turns(folder: Path, clock: Clock, pace: Pace = PACE) -> Turns:
    return Turns(folder / "state" / "writes", pace, sleep=clock.sleep, clock=lambda: clock.now)


def test_two_runs_have_one_pace(tmp_path: Path) -> None:
    clock = Clock()
    one, other = turns(tmp_path, clock), turns(tmp_path, clock)
    times = []
    for run in (one, other, one, other, one):
        run.take()
        times.append(clock.now - 1_000_000)

    assert times == [0, 1, 2, 3, 60]


def test_run_knows_what_the_one_before_wrote(tmp_path: Path) -> None:
    clock = Clock()
    for _ in range(4):
        turns(tmp_path, clock).take()
    clock.now += 30
    turns(tmp_path, clock).take()

    assert clock.now == 1_000_060


@pytest.mark.parametrize("content", ["", "[", "7", '["x", null]', "[1e99, 99999999999]", f"[{'9' * 400}]"])
def test_file_that_says_nothing_holds_nobody_up(tmp_path: Path, content: str) -> None:
    """A run that was killed while it wrote, or a clock that was set back."""
    clock = Clock()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "writes").write_text(content)
    turns(tmp_path, clock).take()

    assert clock.now == 1_000_000


def test_where_no_file_can_be_made_a_run_keeps_its_own_pace(tmp_path: Path) -> None:
    clock = Clock()
    (tmp_path / "state").write_text("a file")
    turns(tmp_path, clock).take()

    assert clock.now == 1_000_000


@pytest.mark.parametrize("count", [1, 3, 8, 100, 1000])
def test_parts_of_a_run_are_together_no_faster_than_one(count: int) -> None:
    for (most, span), (whole, time) in zip(Pace().part(count).windows, Pace().windows, strict=True):
        assert most >= 1
        assert count * most / span <= whole / time * 1.0001
