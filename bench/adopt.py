"""Counts how often `adopt` finds the right base and answers, over projects whose record was taken away.

Prints a table in Markdown. Run it with `make bench-adopt`; `--commits N` sets how long the templates' histories are.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.adopting.roundtrip import Case, Edits, Outcome, run
from tests.adopting.three import ANSWERS, TEMPLATES
from tests.worlds import git

EDITS: tuple[Edits, ...] = ("none", "later", "squashed")
SAID = {
    "none": "no edits",
    "later": "30 % of the files edited in later commits",
    "squashed": "30 % of the files edited, history of one commit",
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
    return f"{good} of {total} ({good / total:.0%})"


if __name__ == "__main__":
    main()
