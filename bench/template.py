"""Times a run of a created service that finds everything done against `import gokart` alone: `make bench-template`.

Whole processes, in turn; the ratio is that of the medians, and of the best of each, which is what a quiet machine would
give. The bar, 1.3, is held against CPU seconds, which a busy machine changes least; wall seconds stand beside them.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.template.conftest import environment, render

BAR = 1.3


def timed(command: list[str], folder: Path, variables: dict[str, str]) -> tuple[float, float]:
    """Run a process and give its CPU seconds and its wall seconds."""
    before, start = os.times(), time.perf_counter()
    subprocess.run(command, cwd=folder, env=variables, check=True, capture_output=True)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used, time.perf_counter() - start


def main() -> int:
    """Train once, then time the second training against the import, pair by pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as made:
        service = render(Path(made))
        variables = environment()
        hit = [sys.executable, "main.py", "train", "--config", "conf/train.toml"]
        bare = [sys.executable, "-c", "import gokart"]
        timed(hit, service, variables)
        pairs = [(timed(hit, service, variables), timed(bare, service, variables)) for _ in range(runs)]
    ratios = {}
    lines = []
    for place, name in enumerate(("CPU", "wall")):
        for best in (statistics.median, min):
            ours, theirs = (best([pair[side][place] for pair in pairs]) for side in (0, 1))
            ratios[name, best.__name__] = ours / theirs
            said = f"{name}, {best.__name__}: {ours:.2f} s, import gokart {theirs:.2f} s, ratio {ours / theirs:.2f}"
            lines.append(f"{said} (bar {BAR})")
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    sys.stdout.write("\n".join([*lines, f"{runs} pairs, load {load}"]) + "\n")
    return int(ratios["CPU", "median"] > BAR)


if __name__ == "__main__":
    sys.exit(main())
