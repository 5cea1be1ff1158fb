"""Counts how often `adopt` finds the right base and answers, over projects whose record was taken away.

Prints a table in Markdown, and what one plan costs. Run it with `make bench-adopt`; `--commits N` sets how long the templates' histories are.
"""

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.adopting.roundtrip import Case, Edits, Outcome, run
from tests.adopting.three import ANSWERS, TEMPLATES
from tests.worlds import git, new, template

EDITS: tuple[Edits, ...] = ("none", "later", "squashed", "heavy")
SAID = {
    "none": "no edits",
    "later": "30 % of the files edited in later commits",
    "squashed": "30 % of the files edited, history of one commit",
    "heavy": "every file edited, history of one commit",
}


def main() -> None:
    """Run every case and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=8)
    parser.add_argument("--template", choices=sorted(TEMPLATES))
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlscaffold-bench-") as work:
        _at_home(Path(work))
        outcomes = []
        start = time.monotonic()
        for name in [options.template] if options.template else TEMPLATES:
            template = TEMPLATES[name](Path(work, "templates", name), options.commits)
            commits = git(template, "rev-list", "HEAD").split()
            for number, answers in enumerate(ANSWERS[name]):
                for commit in commits[number % 2 :: 2]:
                    for edits in EDITS:
                        case = Case(template, commit, answers, edits)
                        outcomes.append((name, run(case, Path(work, "projects", str(len(outcomes))))))
                        if options.verbose:
                            _say(name, outcomes[-1][1], commits)
        _table(outcomes, time.monotonic() - start)
        if not options.template:
            _cost(Path(work, "cost"))


def _at_home(work: Path) -> None:
    os.environ.update(
        HOME=str(work), XDG_CACHE_HOME=str(work / "cache"), XDG_CONFIG_HOME=str(work / "config")
    )
    for who in ("AUTHOR", "COMMITTER"):
        os.environ[f"GIT_{who}_NAME"], os.environ[f"GIT_{who}_EMAIL"] = "Bench", "bench@localhost"


def _say(name: str, outcome: Outcome, commits: list[str]) -> None:
    if not outcome.base or outcome.wrong:
        case = outcome.case
        print(name, dict(case.answers), case.edits, "wrong:", outcome.wrong, "base:", outcome.base,
              commits.index(case.commit), commits.index(outcome.found), file=sys.stderr)  # fmt: skip


def _cost(work: Path) -> None:
    """Print what one plan costs: a repo of 100 files against a template of 300 commits."""
    chance = random.Random(1)
    words = ("load", "save", "run", "stop", "index", "value", "table", "model")

    def line() -> str:
        return " ".join(chance.choices(words, k=5)) + "\n"

    files = {f"pkg{n % 10}/mod{n}.py": "".join(line() for _ in range(60)) for n in range(98)}
    made = template(work / "template", {**files, "README.md": "# {{cookiecutter.project_name}}\n"})
    for _ in range(299):
        path = chance.choice(sorted(files))
        lines = files[path].splitlines(keepends=True)
        lines[chance.randrange(len(lines))] = line()
        files[path] = "".join(lines)
        made.change({path: files[path]})
    middle = git(made.root, "rev-list", "HEAD").split()[150]
    project = new(made, work, "-c", middle)
    git(project, "rm", "-q", ".cruft.json")
    git(project, "commit", "-q", "--amend", "-m", "start")
    command = [
        sys.executable,
        "-m",
        "mlscaffold",
        "adopt",
        "--plan",
        "-t",
        str(made.root),
        "-p",
        str(project),
    ]
    seconds = []
    for _ in range(6):
        start = time.monotonic()
        plan = subprocess.run(command, capture_output=True, check=False)
        assert middle[:7] in plan.stdout.decode(), plan.stdout.decode()
        seconds.append(time.monotonic() - start)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"\n100 files against 300 template commits: first plan {seconds[0]:.1f} s, then {statistics.median(seconds[1:]):.1f} s "
        f"(median of 5); the largest process had {peak:.0f} MiB."
    )


def _table(outcomes: list[tuple[str, Outcome]], seconds: float) -> None:
    print("| template | projects | right base | right answers, of those that the project shows |")
    print("|---|---|---|---|")
    rows: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for name, outcome in outcomes:
        rows[outcome.case.edits, name].append(outcome)
        rows[outcome.case.edits, "all"].append(outcome)
    for edits in EDITS:
        for name in (*TEMPLATES, "all"):
            if found := rows.get((edits, name)):
                right, wrong = (
                    sum(len(each) for each in side)
                    for side in zip(*((o.right, o.wrong) for o in found), strict=True)
                )
                bases = sum(outcome.base for outcome in found)
                print(
                    f"| {name} | {len(found)}, {SAID[edits]} | {_rate(bases, len(found))} | {_rate(right, right + wrong)} |"
                )
    print(f"\n{len(outcomes)} projects in {seconds:.0f} s.")


def _rate(good: int, total: int) -> str:
    return f"{good} of {total} ({100 * good // total} %)"


if __name__ == "__main__":
    main()
