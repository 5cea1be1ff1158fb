"""cruft as the oracle: over generated histories, what it merges cleanly is what we merge, and what it drops we tell.

cruft's own merge runs here (`_apply_project_updates`), on the trees that its rendering would give it.
"""

import subprocess
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cruft._commands.update import _apply_project_updates
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlscaffold.merging.planning import Update
from mlscaffold.project.gather import Wanted
from mlscaffold.verbs.update import update
from tests import settled

Texts = dict[str, tuple[str, ...]]
NAMES = ["a.txt", "d/c.txt", "d/e.txt", "f/g.txt"]
names = st.sampled_from(["a.txt", *NAMES])
places = st.sampled_from([0, 4, 4, 5, 9])
"""Few, so that both sides often touch the same lines."""
words = st.sampled_from(["red", "green", "blue"])
starts = st.dictionaries(
    names, st.just(tuple(f"line {number}" for number in range(10))), min_size=1, max_size=3
)
edits = st.one_of(
    st.tuples(st.just("change"), names, places, words),
    st.tuples(st.just("insert"), names, places, words),
    st.tuples(st.just("cut"), names, places, words),
    st.tuples(st.just("add"), names, places, words),
    st.tuples(st.just("delete"), names, places, words),
)
histories = st.lists(edits, min_size=1, max_size=4)
SEEN: Counter[str] = Counter()


def edited(start: Texts, history: list[tuple[str, str, int, str]]) -> Texts:
    """Apply edits, as commits would: an edit of a file that is not there does nothing."""
    files = dict(start)
    for what, name, at, word in history:
        lines = files.get(name)
        if what == "add" and lines is None:
            files[name] = (word, *(f"other {number}" for number in range(at)))
        elif lines is not None and what == "delete":
            del files[name]
        elif lines is not None and what != "add":
            new = {"change": (word,), "insert": (word, *lines[at : at + 1]), "cut": ()}[what]
            files[name] = (*lines[:at], *new, *lines[at + 1 :])
    return files


def content(files: Texts) -> dict[str, tuple[str, bytes]]:
    return {
        name: ("100644", "".join(f"{line}\n" for line in lines).encode()) for name, lines in files.items()
    }


def write(folder: Path, files: Texts) -> Path:
    for name, (_, data) in content(files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    folder.mkdir(exist_ok=True)
    return folder


def by_cruft(
    work: Path, root: Path, base: Texts, ours: Texts, theirs: Texts
) -> dict[str, tuple[str, bytes]] | None:
    """Return the project as cruft leaves it, None if it leaves conflicts or rejected hunks, or drops a change and says nothing."""
    deleted = base.keys() - ours.keys()  # cruft takes these out of both renderings
    old, new = (
        write(work / name, {path: lines for path, lines in side.items() if path not in deleted})
        for name, side in (("old", base), ("new", theirs))
    )
    _apply_project_updates(old, new, root, False, True, False)
    left = settled.files_of(root)
    unmerged = subprocess.run(["git", "ls-files", "-u"], cwd=root, capture_output=True, check=True).stdout
    whole = not unmerged and not any(path.endswith(".rej") for path in left)
    whole = whole and not any(b"<<<<<<<" in data for _, data in left.values())
    here, wanted = content(ours), content(theirs)
    dropped = [
        path
        for path in (base.keys() | theirs.keys()) - deleted
        if base.get(path) != theirs.get(path) and left.get(path) == here.get(path) != wanted.get(path)
    ]
    return left if whole and not dropped else None


def lands(base: Texts, ours: Texts, theirs: Texts, done: Update, left: dict[str, tuple[str, bytes]]) -> None:
    """What one side alone changed is as that side has it, or it is told."""
    told = {*done.conflicts, *done.blocked, *done.stays_deleted}
    wanted, here = content(theirs), content(ours)
    for path in base.keys() | theirs.keys() | ours.keys():
        if path in told:
            continue
        if base.get(path) == ours.get(path):
            assert left.get(path) == wanted.get(path), f"{path} did not land"
        elif base.get(path) == theirs.get(path):
            assert left.get(path) == here.get(path), f"{path} was lost"


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
@given(base=starts, template=histories, project=histories)
def compare_with_cruft(base: Texts, template: object, project: object) -> None:
    theirs, ours = edited(base, template), edited(base, project)  # type: ignore[arg-type]
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        work = Path(folder)
        settled.given(monkeypatch, work / "cache", content(base), content(theirs))
        root = settled.project(work / "project", content(ours))
        done = update(root, Wanted())
        mine = settled.files_of(root)
        lands(base, ours, theirs, done, mine)
        subprocess.run(["git", "reset", "-q", "--hard"], cwd=root, check=True)
        reference = by_cruft(work, root, base, ours, theirs)
        if reference is None:
            SEEN[
                "left by cruft, told by us"
                if done.unfinished or done.stays_deleted
                else "left by cruft, merged by us"
            ] += 1
        elif not done.stays_deleted:
            SEEN["the same"] += 1
            assert not done.unfinished
            assert mine == reference
        else:
            SEEN["kept deleted, and told"] += 1


def test_ours_is_as_good_as_crufts() -> None:
    """Most of what is generated is a merge that both do; a good part is what cruft leaves behind."""
    SEEN.clear()
    compare_with_cruft()
    assert sum(SEEN.values()) >= 300
    assert SEEN["the same"] > 100, SEEN
    assert SEEN["left by cruft, told by us"] >= 20, SEEN
