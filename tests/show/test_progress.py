"""How far a run over many repos is: a bar with the time left at a terminal, a line now and then in a log."""

import io
import shutil
from itertools import count
from pathlib import Path

from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.show import progress
from tests.terminals import at_terminal
from tests.worlds import mlscaffold, new, template


def clones(tmp_path: Path) -> Path:
    made = new(template(tmp_path / "template", {"README.md": "one\n"}), tmp_path / "made")
    for name in ("a", "b", "c[/x]"):
        shutil.copytree(made, tmp_path / "clones" / name, symlinks=True)
    return tmp_path / "clones"


def test_terminal_shows_a_bar_with_the_time_left_and_clears_it(tmp_path: Path) -> None:
    ran = at_terminal("fleet", "check", "--local", clones(tmp_path), "-j", "1")

    assert ran.code == 0
    assert "3/3" in ran.out
    assert "0:00:0" in ran.out
    assert "c[/x]" in ran.out, "a name is no markup"
    assert ran.out.rpartition("3/3")[2].count("\x1b[2K") >= 1, "the bar is gone before the answer"
    assert "3 repos: 3 in sync" in ran.out.rpartition("\x1b[2K")[2]


def test_formats_hold_nothing_of_it_and_a_pipe_gets_none_of_a_short_run(tmp_path: Path) -> None:
    ran = mlscaffold("fleet", "check", "--local", clones(tmp_path), "-j", "1", "--format", "json")

    assert (ran.json["counts"], ran.err) == ({"in sync": 3}, "")


def told(total: int | None, repos: int, seconds: float) -> str:
    """Return what a log holds of a run in which each repo takes so long."""
    to, ticks = io.StringIO(), count(0.0, seconds)
    now = [next(ticks)]
    seen = progress.lines(total, to, lambda: now[0])
    for number in range(repos):
        now[0] = next(ticks)
        seen(Outcome(f"acme/{number}", "check", Standing.IN_SYNC))
    return to.getvalue()


def test_log_gets_a_line_now_and_then_with_the_time_left() -> None:
    assert told(200, 200, 1.0).splitlines()[:2] == ["30 of 200, 3 minutes left", "60 of 200, 2 minutes left"]
    assert told(200, 200, 1.0).splitlines()[-1] == "180 of 200, 20 seconds left"
    assert told(None, 60, 1.0).splitlines() == ["30 so far", "60 so far"]
    assert told(5, 5, 1.0) == ""
