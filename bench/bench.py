"""Times mlscaffold against cruft, command by command in turn, on templates and projects that it makes itself.

Prints a table in Markdown: medians of whole processes, and the median of the ratios pair by pair, which holds
when the machine's speed drifts. `make bench` times the commands on 60 files (about a minute and a half), `make
bench-sizes` a check of 10 to 6,000 files (about eight minutes). `--runs N` sets how many pairs (default 15).
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
SIZES = ((10, 0), (10, 10), (60, 0), (60, 10), (600, 0), (600, 10), (6000, 0), (6000, 10), (6000, 1000))
"""How many files the template has, and how many of them a project edited or deleted."""
OTHERS = 100_000
"""Files of the project's own, beside the template's."""
FEW = 1
"""Pairs, after the one that warms up, for templates of more than 1,000 files, which cruft takes tens of seconds for."""
SIX, LITTLE, START = "≥ 6 times faster", "≤ 1.15 times the empty command", "≤ 1.4 times the empty command"
POLICY = """[[rule]]
paths = ["ruff.toml", "src/p0/file_0001.py"]
rule = "exact"
[[rule]]
path = "pyproject.toml"
rule = "keys"
keys = ["build-system", "project.requires-python"]
forbidden = ["tool.ruff"]
[[rule]]
path = ".gitignore"
rule = "lines"
[[rule]]
path = "README.md"
rule = "once"
[[rule]]
paths = ["setup.cfg", "*.ipynb", "/[0-9]*.py"]
rule = "absent"
"""
RULED = {
    "ruff.toml": "line-length = 100\n",
    ".gitignore": "*.pyc\n/data\n",
    "README.md": "# {{cookiecutter.name}}\n",
    "pyproject.toml": "[build-system]\nrequires = ['hatchling']\n[project]\nname = 'churn'\nrequires-python = '>=3.11'\n",
}
WAIVER = "[[waiver]]\npath = 'setup.cfg'\nreason = 'until the move'\n"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a command (or of several, one after the other): seconds, and the largest process in MiB."""

    seconds: float
    mebibytes: float


@dataclass(frozen=True, slots=True)
class Contest:
    """One row: our command against another, each prepared before every run, and the bar for the ratio.

    elsewhere: where the other command runs, if that is not where ours does. against: what to call it.
    most: pairs, if there are to be fewer than asked for.
    """

    name: str
    ours: list[list[str]]
    other: list[list[str]]
    bar: str
    folder: Path
    prepare: Callable[[], None] = lambda: None
    elsewhere: Path | None = None
    against: str = ""
    most: int = 1000


def main() -> None:
    """Build the input, run every contest, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument(
        "--sizes", action="store_true", help="many sizes of templates, in place of many commands"
    )
    asked = parser.parse_args()
    runs = asked.runs
    compileall.compile_dir(str(Path(mlscaffold.__file__).parent), quiet=1)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {runs} pairs\n")
    print("| mlscaffold | against | ours | theirs | times faster | peak memory | bar |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="mlscaffold-bench-") as work:
        _own_home(Path(work))
        contests = _of_sizes(Path(work)) if asked.sizes else _of_commands(Path(work))
        for contest in contests:
            print(_row(contest, min(runs, contest.most)), flush=True)


def _own_home(work: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_", "MLSCAFFOLD_"))]:
        del os.environ[name]
    os.environ.update(HOME=str(work / "home"), GIT_CONFIG_NOSYSTEM="1", COLUMNS="80")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    (work / "home").mkdir()
    _run(work, "git", "config", "--global", "user.name", "Bench")
    _run(work, "git", "config", "--global", "user.email", "bench@example.com")


def _of_commands(work: Path) -> list[Contest]:
    template = work / "template"
    _make_template(template, FILES, COMMITS // 2)
    behind = _new(work / "behind", template)
    _grow_template(template, COMMITS // 2, COMMITS)
    newest, excused, cache = (
        _new(work / "newest", template),
        work / "excused",
        work / "home/.cache/mlscaffold",
    )
    shutil.copytree(newest, excused)
    _write(excused, {"setup.cfg": "[flake8]\n", ".mlscaffold.toml": WAIVER})
    _commit(excused)
    (work / "floor.py").write_text(FLOOR)
    floor, floor_help = ([[sys.executable, str(work / "floor.py"), *args]] for args in ([], ["--help"]))
    check, cruft_check, cruft_diff = _ours("check"), _cruft("check"), _cruft("diff")
    both, empty, empty_help = [*cruft_check, *cruft_diff], "an empty typer command", "its --help"
    scratch = work / "scratch"

    def again() -> None:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(behind, scratch)

    return [
        Contest("check, warm, all rules", check, floor, START, newest, against=empty),
        Contest("check, warm, with a waiver", check, floor, "", excused, against=empty),
        Contest("check, warm", check, both, SIX, newest),
        Contest("check, warm", check, cruft_check, "≥ 1.8 times faster", newest),
        Contest("check, behind, warm", check, both, "", behind),
        Contest("check, nothing cached", check, cruft_diff, "not slower", newest, lambda: _forget(cache)),
        Contest("update, warm", _ours("update"), _cruft("update", "-y"), "≥ 3 times faster", scratch, again),
        Contest(
            "update --dry-run, warm",
            _ours("update", "--dry-run"),
            check,
            "costs no more",
            behind,
            against="check, behind",
        ),
        Contest("--version", _ours("--version"), floor, LITTLE, newest, against=empty),
        Contest("--help", _ours("--help"), floor, LITTLE, newest, against=empty),
        Contest("--help", _ours("--help"), floor_help, "", newest, against=empty_help),
    ]


def _of_sizes(work: Path) -> list[Contest]:
    rows = []
    templates = {files: work / f"template-{files}" for files in dict(SIZES)}
    for files, template in templates.items():
        _make_template(template, files, 1)
    for files, drifted in SIZES:
        project = _new(work / f"project-{files}-{drifted}", templates[files])
        _drift(project, drifted)
        most = FEW if files > 1000 else 1000
        both = [*_cruft("check"), *_cruft("diff")]
        rows.append(
            Contest(f"check, {files} files, {drifted} drifted", _ours("check"), both, SIX, project, most=most)
        )
    alone = work / "project-60-0" / "churn"
    for kind in ("untracked", "tracked"):
        crowded = work / kind
        shutil.copytree(alone, crowded)
        _write(crowded, {f"mine/{n // 100}/{n}.txt": "" for n in range(OTHERS)})
        if kind == "tracked":
            _commit(crowded)
        name, without = f"check, 60 files and {OTHERS} {kind} ones", "mlscaffold check without them"
        rows.append(
            Contest(
                name,
                _ours("check"),
                _ours("check"),
                "≤ 1.2 times the time",
                crowded,
                elsewhere=alone,
                against=without,
            )
        )
    return rows


def _ours(*args: str) -> list[list[str]]:
    return [[str(BIN / "mlscaffold"), *args]]


def _cruft(*args: str) -> list[list[str]]:
    return [[str(BIN / "cruft"), *args]]


def _new(folder: Path, template: Path) -> Path:
    folder.mkdir()
    _run(folder, *_ours("new", "-y", "-t", str(template), "-o", str(folder))[0])
    return folder / "churn"


def _drift(project: Path, many: int) -> None:
    """Edit and delete files by turns."""
    for number, file in enumerate(sorted((project / "src").rglob("*.py"))[:many]):
        if number % 2:
            file.unlink()
        else:
            file.write_text(file.read_text() + "mine\n")
    if many:
        _commit(project)


def _forget(cache: Path) -> None:
    shutil.rmtree(cache, ignore_errors=True)


def _make_template(template: Path, files: int, commits: int) -> None:
    inside = "{{cookiecutter.name}}"
    variables = {"name": "churn", "team": "data", "licence": ["MIT", "none"]}
    _write(template, {"cookiecutter.json": json.dumps(variables), "policy.toml": POLICY})
    _write(template / inside, RULED)
    for number in range(files - len(RULED)):
        lines = [f"line {line} of {number} for {{{{cookiecutter.team}}}}\n" for line in range(40)]
        _write(template / inside, {_name(number): "".join(lines)})
    _run(template, "git", "init", "-q", "-b", "main")
    _commit(template)
    _grow_template(template, 1, commits)


def _grow_template(template: Path, first: int, last: int) -> None:
    for number in range(first, last):
        file = template / "{{cookiecutter.name}}" / _name(number)
        file.write_text(f"# change {number}\n" + file.read_text())
        _commit(template)


def _name(number: int) -> str:
    return f"src/p{number // 40}/file_{number:04}.py"


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def _commit(folder: Path) -> None:
    _run(folder, "git", "add", "-A")
    _run(folder, "git", "commit", "-q", "-m", "change")


def _row(contest: Contest, runs: int) -> str:
    sides = ((contest.ours, contest.folder), (contest.other, contest.elsewhere or contest.folder))
    ours, theirs = [], []
    for number in range(runs + 1):
        pair = []
        for commands, folder in sides:
            contest.prepare()
            pair.append(_measure(commands, folder))
        if number:  # the first pair warms the machine up
            ours.append(pair[0])
            theirs.append(pair[1])
    ratio = statistics.median(b.seconds / a.seconds for a, b in zip(ours, theirs, strict=True))
    against = contest.against or " + ".join(" ".join(["cruft", *command[1:]]) for command in contest.other)
    seconds = [f"{1000 * statistics.median(each.seconds for each in side):.0f} ms" for side in (ours, theirs)]
    memory = [f"{max(each.mebibytes for each in side):.0f} MiB" for side in (ours, theirs)]
    shown = f"{ratio:.1f}" if ratio >= 1.5 else f"{ratio:.2f} ({1 / ratio:.2f} times the time)"
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
