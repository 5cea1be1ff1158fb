"""Times mlscaffold against cruft, command by command in turn, on templates and projects that it makes itself.

Prints a table in Markdown: medians of whole processes, and the median of the ratios pair by pair, which holds
when the machine's speed drifts. Run it with `make bench`; `--runs N` sets how many pairs (default 15).
"""

import argparse
import compileall
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mlscaffold

BIN = Path(sys.executable).parent
FLOOR = """import typer
app = typer.Typer()
@app.command()
def main(name: str = typer.Option("x", "--name")) -> None:
    pass
app()
"""
FILES, COMMITS = 60, 20


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a command (or of several, one after the other): seconds, and the largest process in MiB."""

    seconds: float
    mebibytes: float


@dataclass(frozen=True, slots=True)
class Contest:
    """One row: our command against another, each prepared before every run, and the bar for the ratio."""

    name: str
    ours: list[list[str]]
    other: list[list[str]]
    bar: str
    folder: Path
    prepare: Callable[[], None] = lambda: None


def main() -> None:
    """Build the input, run every contest, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    compileall.compile_dir(str(Path(mlscaffold.__file__).parent), quiet=1)
    with tempfile.TemporaryDirectory(prefix="mlscaffold-bench-") as work:
        _own_home(Path(work))
        rows = [_row(contest, runs) for contest in _contests(Path(work))]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {runs} pairs\n")
    print("| mlscaffold | against | ours | theirs | times faster | peak memory | bar |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(rows))


def _own_home(work: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_", "MLSCAFFOLD_"))]:
        del os.environ[name]
    os.environ.update(HOME=str(work / "home"), GIT_CONFIG_NOSYSTEM="1", COLUMNS="80")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    (work / "home").mkdir()
    _run(work, "git", "config", "--global", "user.name", "Bench")
    _run(work, "git", "config", "--global", "user.email", "bench@example.com")


def _contests(work: Path) -> list[Contest]:
    template, project = work / "template", work / "projects" / "churn"
    _make_template(template, COMMITS // 2)
    _run(work, str(BIN / "mlscaffold"), "new", "-y", "-t", str(template), "-o", str(work / "projects"))
    fresh = work / "fresh"
    shutil.copytree(project, fresh)
    _grow_template(template, COMMITS // 2, COMMITS)
    behind, cache = work / "behind", work / "home/.cache/mlscaffold"
    shutil.copytree(project, behind)
    newest = work / "newest/churn"
    _run(work, str(BIN / "mlscaffold"), "new", "-y", "-t", str(template), "-o", str(work / "newest"))
    (work / "floor.py").write_text(FLOOR)
    floor = [[sys.executable, str(work / "floor.py")]]
    check = [[str(BIN / "mlscaffold"), "check"]]
    cruft_check, cruft_diff = [str(BIN / "cruft"), "check"], [str(BIN / "cruft"), "diff"]
    scratch = work / "scratch"

    def again() -> None:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(behind, scratch)

    return [
        Contest("check, warm", check, floor, "≤ 1.4 times the empty command", newest),
        Contest("check, warm", check, [cruft_check, cruft_diff], "≥ 6 times faster", newest),
        Contest("check, warm", check, [cruft_check], "≥ 1.8 times faster", newest),
        Contest("check, behind, warm", check, [cruft_check, cruft_diff], "", behind),
        Contest("check, nothing cached", check, [cruft_diff], "not slower", newest, lambda: _forget(cache)),
        Contest(
            "update, warm",
            [[str(BIN / "mlscaffold"), "update"]],
            [[str(BIN / "cruft"), "update", "-y"]],
            "≥ 3 times faster",
            scratch,
            again,
        ),
        Contest(
            "--version",
            [[str(BIN / "mlscaffold"), "--version"]],
            floor,
            "≤ 1.15 times the empty command",
            newest,
        ),
        Contest(
            "--help", [[str(BIN / "mlscaffold"), "--help"]], floor, "≤ 1.15 times the empty command", newest
        ),
    ]


def _forget(cache: Path) -> None:
    shutil.rmtree(cache, ignore_errors=True)


def _make_template(template: Path, commits: int) -> None:
    inside = template / "{{cookiecutter.name}}"
    (inside / "src").mkdir(parents=True)
    (template / "cookiecutter.json").write_text(
        json.dumps({"name": "churn", "team": "data", "licence": ["MIT", "none"]})
    )
    for number in range(FILES):
        lines = [f"line {line} of {number} for {{{{cookiecutter.team}}}}\n" for line in range(40)]
        (inside / "src" / f"file_{number:02}.py").write_text("".join(lines))
    _run(template, "git", "init", "-q", "-b", "main")
    _commit(template)
    _grow_template(template, 1, commits)


def _grow_template(template: Path, first: int, last: int) -> None:
    for number in range(first, last):
        file = template / "{{cookiecutter.name}}" / "src" / f"file_{number:02}.py"
        file.write_text(f"# change {number}\n" + file.read_text())
        _commit(template)


def _commit(folder: Path) -> None:
    _run(folder, "git", "add", "-A")
    _run(folder, "git", "commit", "-q", "-m", "change")


def _row(contest: Contest, runs: int) -> str:
    ours, theirs = [], []
    for number in range(runs + 1):
        pair = []
        for commands in (contest.ours, contest.other):
            contest.prepare()
            pair.append(_measure(commands, contest.folder))
        if number:  # the first pair warms the machine up
            ours.append(pair[0])
            theirs.append(pair[1])
    ratio = statistics.median(b.seconds / a.seconds for a, b in zip(ours, theirs, strict=True))
    against = " + ".join(" ".join([Path(command[0]).name, *command[1:]]) for command in contest.other)
    if contest.other[0][-1].endswith("floor.py"):
        against = "an empty typer command"
    seconds = [f"{1000 * statistics.median(each.seconds for each in side):.0f} ms" for side in (ours, theirs)]
    memory = [f"{max(each.mebibytes for each in side):.0f} MiB" for side in (ours, theirs)]
    shown = f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f} ({1 / ratio:.2f} times the time)"
    return f"| {contest.name} | {against} | {seconds[0]} | {seconds[1]} | {shown} | {memory[0]} / {memory[1]} | {contest.bar} |"


def _measure(commands: list[list[str]], folder: Path) -> Measured:
    seconds, kibibytes = 0.0, 0
    for command in commands:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds += time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            raise SystemExit(f"{command} ended with {process.returncode}")
        kibibytes = max(kibibytes, usage.ru_maxrss)
    return Measured(seconds, kibibytes / 1024)


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
