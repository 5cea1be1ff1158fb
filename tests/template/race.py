"""Cold processes that make the same results in one workspace, at once: how many of them fail.

`python -m tests.template.race ours 5 25` starts 25 times 5 processes; `plain` does the same with plain gokart.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.template.conftest import environment, render

WORK = """
import sys
import gokart
import pandas as pd
from ml_service.base import Task

class Rows(Task[pd.DataFrame] if sys.argv[1] == "ours" else gokart.TaskOnKart[pd.DataFrame]):
    def output(self):
        return self.make_target("rows.parquet")

    def run(self):
        self.dump(pd.DataFrame({"a": range(200_000)}))

class Sum(type(Rows)("Base", (Task if sys.argv[1] == "ours" else gokart.TaskOnKart,), {})):
    rows = gokart.TaskInstanceParameter()

    def run(self):
        self.dump(int(self.load("rows")["a"].sum()))

print("ready", flush=True)
sys.stdin.readline()
assert gokart.build(Sum(rows=Rows(workspace_directory=sys.argv[2]), workspace_directory=sys.argv[2])) == 19999900000
"""


def failures(service: Path, kind: str, processes: int, rounds: int) -> Iterator[str]:
    """Start the processes of each round, let them go at once, and give the last line of each that fails."""
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder) / "work.py"
            work.write_text(WORK)
            started = [
                subprocess.Popen(
                    [sys.executable, str(work), kind, f"{folder}/resources"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    env={**environment(), "PYTHONPATH": str(service / "src")},
                )
                for _ in range(processes)
            ]
            for process in started:
                assert process.stdout
                assert process.stdout.readline() == "ready\n"
            for process in started:
                assert process.stdin
                process.stdin.close()  # go
                process.stdin = None
            for process in started:
                _, said = process.communicate()
                if process.returncode:
                    errors = [
                        line for line in said.splitlines() if re.match(r"[\w.]*(Error|Invalid)\b", line)
                    ]
                    yield (errors or [said])[0]


if __name__ == "__main__":
    kind, processes, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as created:
        found = list(failures(render(Path(created)), kind, processes, rounds))
    report = [*found, f"{kind}: {len(found)} of {processes * rounds} processes failed"]
    sys.stdout.write("\n".join(report) + "\n")
    sys.exit(bool(found))
