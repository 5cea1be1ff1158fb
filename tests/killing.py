"""Updates killed over and over, run as a process of its own: it has no threads, so that it can fork.

Arguments: a folder, and how many times to kill at a random moment. Prints one line of JSON: what was seen.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from mlscaffold.merging.unfinished import finish, opened, undo
from mlscaffold.project.gather import Wanted
from mlscaffold.shells import failpoint
from mlscaffold.verbs.update import update
from tests.settled import files_of, given, project
from tests.worlds import git

TEXT = "".join(f"line {number}\n" for number in range(200)).encode()
BASE = {
    **{f"d{number}/f.txt": ("100644", TEXT) for number in range(4)},
    "gone/a.txt": ("100644", b"a\n"),
    "run": ("100644", TEXT),
}
OURS = {**BASE, "d0/f.txt": ("100644", b"mine\n" + TEXT), "own.txt": ("100644", b"own\n")}
THEIRS = {
    **{f"d{number}/f.txt": ("100644", TEXT + b"its\n") for number in range(4)},
    "run": ("100755", TEXT),
    "new/deep/n.txt": ("100644", b"n\n"),
    "link": ("120000", b"run"),
}
POINTS = (
    "begun",
    "staged",
    "locked",
    "deciding",
    "decided",
    "deleted",
    "moved",
    "indexed",
    "stated",
    "carried out",
)


def tree(root: Path) -> dict[str, tuple[str, bytes]]:
    return files_of(root) | {".cruft.json": ("100644", (root / ".cruft.json").read_bytes())}


def killed(root: Path, point: str | None, seconds: float) -> bool:
    """Update in a child that is killed, with all that it started, at a point or after a time; return whether it was."""
    child = os.fork()
    if child == 0:
        os.setsid()
        if point is not None:
            os.environ[failpoint.VARIABLE] = point
        update(root, Wanted())
        os._exit(0)
    if point is None:
        time.sleep(seconds)
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def seen(root: Path, old: object, new: object) -> str:
    """Say what a killed update left, and what the next command makes of it."""
    at_once = tree(root)
    with opened(root) as (_, journal):
        assert not journal.pending
    later = tree(root)
    assert later in (old, new), "something in between"
    assert at_once == later or later == new, "a file changed, and the change was not decided"
    locks = [str(path.relative_to(root)) for path in (root / ".git").rglob("*.lock")]
    assert not locks, locks
    word = "new" if later == new else "old"
    if word == "new":
        assert git(root, "status", "--porcelain").count("\n") == git(
            root, "diff", "--staged", "--name-only"
        ).count("\n")
        undo(root)
        assert tree(root) == old, "not undone"
        assert git(root, "status", "--porcelain") == ""
    update(root, Wanted())
    assert tree(root) == new, "not updated by the next command"
    assert finish(root).what == "committed"
    assert git(root, "status", "--porcelain") == ""
    return word


def main() -> None:
    folder, times = Path(sys.argv[1]), int(sys.argv[2])
    counted: Counter[str] = Counter()
    with pytest.MonkeyPatch.context() as monkeypatch:
        given(monkeypatch, folder / "cache", BASE, THEIRS)
        seed = project(folder / "seed", OURS)
        done = shutil.copytree(seed, folder / "done", symlinks=True)
        old, started = tree(seed), time.monotonic()
        update(done, Wanted())
        long, new = time.monotonic() - started, tree(done)
        for point in POINTS:
            for count in range(1, 99):
                root = shutil.copytree(seed, folder / "project", symlinks=True)
                if not killed(root, f"{point}:{count}", 0):
                    shutil.rmtree(root)
                    break
                counted[f"{point}: {seen(root, old, new)}"] += 1
                shutil.rmtree(root)
        chance = random.Random(5)
        for _ in range(times):
            root = shutil.copytree(seed, folder / "project", symlinks=True)
            killed(root, None, chance.uniform(0, 1.1 * long))
            counted[f"random: {seen(root, old, new)}"] += 1
            shutil.rmtree(root)
    sys.stdout.write(json.dumps(counted) + "\n")


if __name__ == "__main__":
    main()
