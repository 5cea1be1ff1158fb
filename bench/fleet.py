"""Measures `mlscaffold fleet check` over a generated organisation, against a loop of cruft over the same repos.

Prints a table in Markdown with the bars. Run it with `make bench-fleet`. The loop of cruft runs over a sample of the
repos, evenly taken, and is scaled up; everything else is measured whole.
"""

import argparse
import compileall
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import mlscaffold

BIN = Path(sys.executable).parent
FILES, COMMITS = 60, 20
FORGE = 50
"""So many of the repos are at the forge too."""
TEAMS = ("data", "search", "pricing", "risk")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: its seconds, the most memory of all its processes at one moment in MiB, and what it printed."""

    seconds: float
    mebibytes: float
    printed: str


def main() -> None:
    """Build the organisation, run everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repos", type=int, default=200)
    parser.add_argument("--sample", type=int, default=20, help="how many repos the loop of cruft is over")
    parser.add_argument("--many", type=int, default=5000, help="repos of the measure of memory")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    compileall.compile_dir(str(Path(mlscaffold.__file__).parent), quiet=1)
    with tempfile.TemporaryDirectory(prefix="mlscaffold-bench-") as folder:
        work = Path(folder)
        _own_home(work)
        organisation = _Organisation(work)
        organisation.make(options.repos)
        rows = [*_speed(organisation, options.sample, options.jobs)]
        rows += _requests(organisation, options.jobs)
        rows += _memory(organisation, options.many, options.jobs) if options.many else []
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {options.jobs} workers, Python {platform.python_version()}, "
        f"{options.repos} repos of {FILES} files with answers of their own\n"
    )
    print("| | measured | bar |")
    print("|---|---|---|")
    print("\n".join(f"| {' | '.join(row)} |" for row in rows))


class _Organisation:
    """A template, and repos made from it at several of its commits, each with answers of its own."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.template = work / "template"
        self.clones = work / "clones"
        self.commits: list[str] = []

    def make(self, count: int) -> None:
        """Make it; of ten repos seven are in sync, two behind, and one has an edited file."""
        self._make_template()
        for number in range(count):
            kind = number % 10
            behind = {7: 3, 8: COMMITS // 2}.get(kind, 1)
            self._make_repo(number, self.commits[-behind], edited=kind == 9)

    def names(self) -> list[str]:
        """Return the clones' names."""
        return sorted(os.listdir(self.clones))

    def _make_template(self) -> None:
        inside = self.template / "{{cookiecutter.name}}" / "src"
        inside.mkdir(parents=True)
        (self.template / "cookiecutter.json").write_text(json.dumps({"name": "churn", "team": "data"}))
        for number in range(FILES):
            (inside / f"file_{number:02}.py").write_text(
                _text(number, "{{cookiecutter.name}}", "{{cookiecutter.team}}")
            )
        _run(self.template, "git", "init", "-q", "-b", "main")
        self.commits.append(_commit(self.template))
        for number in range(1, COMMITS):
            file = inside / f"file_{number:02}.py"
            file.write_text(f"# change {number}\n" + file.read_text())
            self.commits.append(_commit(self.template))

    def _make_repo(self, number: int, commit: str, *, edited: bool) -> None:
        answers = {"name": f"repo-{number:04}", "team": TEAMS[number % len(TEAMS)]}
        folder = self.clones / answers["name"]
        (folder / "src").mkdir(parents=True)
        upto = self.commits.index(commit)
        for at in range(FILES):
            change = f"# change {at}\n" if 0 < at <= upto else ""
            text = _text(at, answers["name"], answers["team"])
            (folder / "src" / f"file_{at:02}.py").write_text(change + text)
        if edited:
            (folder / "src" / "file_40.py").write_text("mine\n")
        record = {
            "template": str(self.template),
            "commit": commit,
            "checkout": None,
            "context": {"cookiecutter": {**answers, "_template": str(self.template), "_commit": commit}},
            "directory": None,
        }
        (folder / ".cruft.json").write_text(json.dumps(record, indent=2) + "\n")
        _run(folder, "git", "init", "-q", "-b", "main")
        _commit(folder)


def _text(number: int, name: str, team: str) -> str:
    """Return one of the template's files: a third of them name the project, every fourth its team."""
    lines = [f"line {line} of {number}\n" for line in range(40)]
    if number % 3 == 0:
        lines[0] = f"# {name}\n"
        lines[20] = f"import {name}\n"
    if number % 4 == 0:
        lines[10] = f"# owned by {team}\n"
    return "".join(lines)


def _speed(organisation: _Organisation, sample: int, jobs: int) -> Iterator[tuple[str, str, str]]:
    names = organisation.names()
    chosen = names[:: max(1, len(names) // sample)][:sample]
    _cruft(organisation, chosen[:1])  # warms the machine up
    theirs = _cruft(organisation, chosen)
    first = _fleet(organisation, jobs)
    again = statistics.median(_fleet(organisation, jobs).seconds for _ in range(3))
    few, more = max(1, len(names) // 100), max(2, len(names) // 10)
    little, much = (_after_changes(organisation, names[:count], jobs) for count in (few, more))
    os.unlink(organisation.work / "journal.jsonl")
    warm = _fleet(organisation, jobs)
    count = len(names)
    yield (
        f"cruft check + cruft diff, one repo after the other (a sample of {len(chosen)})",
        f"{1000 * theirs:.0f} ms a repo",
        "",
    )
    yield (
        f"fleet check of {count} repos, nothing known before",
        f"{1000 * first.seconds / count:.0f} ms a repo, {theirs * count / first.seconds:.1f} times faster",
        "≥ 10 times faster",
    )
    yield (
        "the same, renderings known, no journal",
        f"{1000 * warm.seconds / count:.1f} ms a repo, {theirs * count / warm.seconds:.1f} times faster",
        "",
    )
    yield (
        "the same again, nothing changed",
        f"{1000 * again / count:.1f} ms a repo, {theirs * count / again:.0f} times faster",
        "≥ 50 times faster",
    )
    yield (
        f"{few} and {more} of {count} repos changed",
        f"{little:.2f} s and {much:.2f} s in all, {again:.2f} s with none",
        "cost follows the changed ones",
    )
    print(first.printed.splitlines()[-2], file=sys.stderr)


def _after_changes(organisation: _Organisation, names: Sequence[str], jobs: int) -> float:
    for name in names:
        file = organisation.clones / name / "src" / "file_50.py"
        file.write_text(f"changed at {time.monotonic()}\n")
        _commit(organisation.clones / name)
    return _fleet(organisation, jobs).seconds


def _cruft(organisation: _Organisation, names: Iterable[str]) -> float:
    """Return the seconds that a repo takes."""
    seconds = []
    for name in names:
        start = time.perf_counter()
        for verb in ("check", "diff"):
            subprocess.run(
                [BIN / "cruft", verb], cwd=organisation.clones / name, check=False, capture_output=True
            )
        seconds.append(time.perf_counter() - start)
    return statistics.fmean(seconds)


def _fleet(
    organisation: _Organisation, jobs: int, clones: Path | None = None, journal: str = "journal.jsonl"
) -> Measured:
    return _measured(organisation, jobs, ("--local", str(clones or organisation.clones)), journal)


def _measured(organisation: _Organisation, jobs: int, where: tuple[str, ...], journal: str) -> Measured:
    command = [
        str(BIN / "mlscaffold"), "fleet", "check", *where,
        "--jobs", str(jobs), "--journal", str(organisation.work / journal), "--fail-on", "never",
    ]  # fmt: skip
    out = organisation.work / "out"
    with out.open("w") as file:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        with _watched(process.pid) as peak:
            process.wait()
        seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}: {out.read_text()}")
    return Measured(seconds, peak[0], out.read_text())


@contextmanager
def _watched(root: int) -> Iterator[list[float]]:
    """Yield the most memory that a process and all it started had at one moment, in MiB; shared pages count once."""
    peak, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            peak[0] = max(peak[0], sum(map(_memory_of, _tree(root))) / 1024)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _tree(root: int) -> set[int]:
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = int(
                    Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[1]
                )
            except (OSError, ValueError):
                continue
    found, grown = {root}, True
    while grown:
        below = {child for child, parent in parents.items() if parent in found}
        grown = not below <= found
        found |= below
    return found


def _memory_of(process: int) -> int:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def _requests(organisation: _Organisation, jobs: int) -> Iterator[tuple[str, str, str]]:
    """Count what a second check asks of a forge: the fake one of the tests, over the real git."""
    from tests.forge.lab import new_server
    from tests.forge.server import serving
    from tests.forge.world import TOKEN, World

    forge = World(organisation.work / "forge")
    names = organisation.names()[:FORGE]
    for name in names:
        repo = forge.add(f"acme/{name}")
        repo.git("config", "uploadpack.allowFilter", "true")
        _run(organisation.clones / name, "git", "push", "-q", str(repo.path), "main")
    os.environ["GITHUB_TOKEN"] = TOKEN
    with serving(new_server("github", forge)) as server:
        where = ("--org", "acme", "--base-url", server.origin)
        first = _measured(organisation, jobs, where, "forge.jsonl")
        fetches = sum("POST" in line and "upload-pack" in line for line in forge.log)
        forge.log.clear()
        again = _measured(organisation, jobs, where, "forge.jsonl")
    asked = [line for line in forge.log if "/orgs/" not in line]
    yield (
        f"requests to a forge for each of {len(names)} unchanged repos, the listing aside",
        f"{len(asked) / len(names):.2f}; {again.seconds:.2f} s in all, the first time {first.seconds:.1f} s and {fetches} fetches",
        "≤ 1",
    )


def _memory(organisation: _Organisation, many: int, jobs: int) -> Iterator[tuple[str, str, str]]:
    """Measure with clones that share their objects on disk, so that there is room for them; the median of three runs.

    Nothing is known before any of them: each renders, which is when the processes are largest.
    """
    seed = organisation.clones / organisation.names()[0]
    _run(seed, "git", "repack", "-adq")
    found = []
    for count in (100, many):
        clones = organisation.work / f"clones of {count}"
        for number in range(count):
            _share(seed / ".git", clones / f"repo-{number:05}" / ".git")
        runs = []
        for number in range(3):
            shutil.rmtree(organisation.work / "home/.cache", ignore_errors=True)
            runs.append(_fleet(organisation, jobs, clones, f"journal {number} of {count}.jsonl").mebibytes)
        found.append(statistics.median(runs))
        shutil.rmtree(clones)
    few, all_ = found
    yield (
        f"peak memory of all processes, {many} repos against 100",
        f"{all_:.0f} MiB / {few:.0f} MiB: {all_ / few:.2f} times",
        "≤ 1.3 times",
    )


def _share(seed: Path, target: Path) -> None:
    for folder in ("objects/pack", "objects/info", "refs/heads"):
        (target / folder).mkdir(parents=True)
    for pack in (seed / "objects/pack").iterdir():
        os.link(pack, target / "objects/pack" / pack.name)
    shutil.copy(seed / "refs/heads/main", target / "refs/heads/main")
    (target / "HEAD").write_text("ref: refs/heads/main\n")


def _own_home(work: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_", "MLSCAFFOLD_"))]:
        del os.environ[name]
    os.environ.update(HOME=str(work / "home"), GIT_CONFIG_NOSYSTEM="1", COLUMNS="200")
    (work / "home/.config/mlscaffold").mkdir(parents=True)
    (work / "home/.config/mlscaffold/trusted.txt").write_text(f"{work / 'template'}\n")
    _run(work, "git", "config", "--global", "user.name", "Bench")
    _run(work, "git", "config", "--global", "user.email", "bench@example.com")


def _commit(folder: Path) -> str:
    _run(folder, "git", "add", "-A")
    _run(folder, "git", "commit", "-q", "-m", "change")
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main()
