"""Clones on disk: found in a folder, and told which commit each is at, without running git in any of them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

from mlscaffold.core.errors import MlscaffoldError, UsageError
from mlscaffold.core.outcome import KEPT, Outcome, Standing, branch_of
from mlscaffold.core.tree import blob_id
from mlscaffold.fleet.jobs import Held
from mlscaffold.fleet.selection import Selected, at
from mlscaffold.fleet.waves import Waves
from mlscaffold.fleet.work import Answered
from mlscaffold.shells import git, gitbranch, gitclone
from mlscaffold.shells.files import Folder

DEEPEST = 3
"""Clones lie in a folder, or in one folder for each owner or group below it."""
_MADE = (Standing.UPDATED, Standing.PARTLY, Standing.READY)
_HEX = frozenset("0123456789abcdef")


def found_in(folder: Path) -> Iterator[Selected]:
    """Yield every clone below a folder, by name, or the folder if it is one; what only looks like one says why it is none.

    Raises UsageError if there is no such folder, or no clone in it.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", "Name a folder with clones in it: --local DIR.")
    top = folder.resolve()
    if itself := at(Selected(top.name, top)):
        yield replace(itself, folder=folder)
        return
    seen = False
    for each in _below(folder, "", DEEPEST):
        seen = True
        yield each
    if not seen:
        raise UsageError(
            f"There is no clone in {folder}, nor in the folders in it.", "Name a folder with clones in it."
        )


def _below(top: Path, inside: str, depth: int) -> Iterator[Selected]:
    folder = top / inside
    for name in sorted(os.listdir(folder)):
        place, path = f"{inside}{name}", folder / name
        if not path.is_dir() or name == ".git":
            continue
        if found := at(Selected(place, path)):
            yield found
        elif depth > 1 and os.access(path, os.R_OK | os.X_OK):
            yield from _below(top, f"{place}/", depth - 1)


def head_of(folder: Path) -> str:
    """Return the commit that a clone is at, read from its files as git lays them out; "" before the first.

    https://git-scm.com/docs/gitrepository-layout

    Raises MlscaffoldError where that cannot be told.
    """
    objects_of(folder)
    files = Folder(folder)
    text = (files.read(".git/HEAD", 4096) or b"").decode("utf-8", "replace").strip()
    name = text.removeprefix("ref: ")
    return _commit(text) if name == text else ref_of(folder, name)


def ref_of(folder: Path, name: str) -> str:
    """Return the commit that a reference of a clone names, "" if there is none of that name.

    Raises MlscaffoldError where that cannot be told.
    """
    files = Folder(folder)
    if name == "refs/heads/.invalid":
        raise MlscaffoldError("It keeps its references in a way that is not read here (reftable).")
    if not name.startswith("refs/") or ".." in name.split("/"):
        raise MlscaffoldError("Its HEAD names no branch.", "Run git status there.")
    for path in (f".git/{name}", ".git/packed-refs"):
        if (folder / path).is_symlink():
            raise MlscaffoldError(
                f"Its {path} is a link, which is not followed.", "Put the file itself there."
            )
    loose = files.read(f".git/{name}", 4096)
    if loose is not None and loose.startswith(b"ref:"):
        raise MlscaffoldError(
            f"Its {name} is a symbolic reference, which is not followed.",
            f"Run git symbolic-ref {name} there.",
        )
    if loose is not None:
        return _commit(loose.decode("ascii", "replace").strip())
    packed = (commit for commit, each in _packed(files) if each == os.fsencode(name))
    return next((_commit(commit.decode("ascii", "replace")) for commit in packed), "")


def _packed(files: Folder) -> Iterator[tuple[bytes, bytes]]:
    """Yield commit and name of every reference that a clone keeps in one file."""
    for line in (files.read(".git/packed-refs", 64 << 20) or b"").splitlines():
        yield line[:40], line[41:]


def objects_of(folder: Path) -> Path:
    """Return the folder of a clone's own git objects.

    Raises MlscaffoldError if they lie elsewhere: what a clone says of other folders is not followed.
    """
    git_dir = folder / ".git"
    for part in (git_dir, git_dir / "objects"):
        if part.is_symlink() or not part.is_dir():
            raise MlscaffoldError(
                f"Its {part.relative_to(folder)} is no folder but leads elsewhere, which is not followed.",
                "Name that repository itself.",
            )
    return git_dir / "objects"


def _commit(text: str) -> str:
    if len(text) != 40 or not _HEX.issuperset(text):
        raise MlscaffoldError(
            "It is at no commit with an id of 40 digits.", "A repository of SHA-256 objects is not read here."
        )
    return text


class Clones:
    """Clones on disk as the home of a run: read as they are committed, and never checked out, fetched or configured."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache / "fleet"
        self.waves = Waves()

    def head(self, selected: Selected) -> str:
        """Return the commit that a clone is at, "" before its first."""
        return head_of(_folder(selected))

    at_once, fetches = 1, 1

    def heads(self, selected: Sequence[Selected]) -> Mapping[str, str]:  # noqa: ARG002 - what a home is asked
        """Return nothing: each clone's head is a file of its own."""
        return {}

    supply = None

    def repository(self, selected: Selected, head: str) -> Held:
        """Return a repository of our own that sees the clone's objects."""
        objects = objects_of(_folder(selected).resolve())
        if not str(objects).isprintable():
            raise MlscaffoldError("Its path has characters that do not print.", "Rename its folder.")
        git_dir = self._cache / blob_id(os.fsencode(objects)) / "git"
        git.init_bare(git_dir, [objects.parent])
        _cut_off(_folder(selected), git_dir)
        return Held(git_dir, head)

    def page(self, selected: Selected) -> str:  # noqa: ARG002 - what a home is asked
        """Return that a clone has no page: what its configuration says of one is not believed."""
        return ""

    def written(self) -> tuple[str, ...]:
        """Return nothing: no forge is asked."""
        return ()

    def plan(self, selected: Selected, found: Answered) -> Outcome | None:
        """Say which branch an update would be on, None if that depends on repos that are not looked at yet; write nothing."""
        outcome, _ = self._looked(selected, found)
        is_open = self._is_open(selected, outcome)
        return self.waves.judged(outcome, opens=not is_open, is_open=is_open)

    def _is_open(self, selected: Selected, outcome: Outcome) -> bool:
        """Return whether our branch is there and not merged, which only a canary needs to know; not if it cannot be told."""
        branch = branch_of(outcome) or branch_of(self.waves.before.get(outcome.repo, outcome))
        if self.waves.canary is None or not branch or outcome.state in (Standing.NOTHING, Standing.SKIPPED):
            return False
        try:
            tip = ref_of(_folder(selected), f"refs/heads/{branch}")
            store = self.repository(selected, outcome.head).git_dir
        except (MlscaffoldError, OSError):  # the outcome has a reason of its own
            return False
        return bool(tip) and not gitbranch.leads_to(store, outcome.head, tip)

    def _looked(self, selected: Selected, found: Answered) -> tuple[Outcome, str]:
        """Return what is to be done with an update, and the commit of our branch on which that was judged, "" for none."""
        outcome = found.outcome
        if outcome.state is not Standing.PLANNED:
            return outcome, ""
        folder = _folder(selected)
        ref = f"refs/heads/{outcome.branch}"
        if ref in _checked_out(folder):
            return replace(outcome, state=Standing.PERSON, why=f"{outcome.branch} is checked out there"), ""
        above = (name for name in _above(outcome.branch) if ref_of(folder, f"refs/heads/{name}"))
        if taken := next(chain(above, _below_branch(folder, outcome.branch)), ""):
            why = f"its branch {taken} is in the way of {outcome.branch}"
            return replace(outcome, state=Standing.PERSON, why=why), ""
        old, store = ref_of(folder, ref), self.repository(selected, outcome.head).git_dir
        if old == outcome.commit and gitclone.holds(folder.resolve() / ".git", old, outcome.head):
            return _made(outcome, Standing.READY), old
        if old and not gitbranch.all_by(store, old, outcome.head, git.COMMITTER):
            why = f"somebody else has committed to {outcome.branch}"
            return replace(outcome, state=Standing.PERSON, why=why), old
        return outcome, old

    def act(self, selected: Selected, found: Answered) -> Outcome | None:
        """Put a prepared update on its branch in the clone; its work tree, index and current branch stay as they are."""
        outcome = self.plan(selected, found)
        if outcome is None or outcome.state is not Standing.PLANNED:
            return outcome
        self.waves.wait()
        done = None
        try:
            done = self._put(selected, found)
        finally:
            if done is None or done.state not in _MADE:
                self.waves.undone(outcome.repo, is_open=self._is_open(selected, outcome))
        return done

    def _put(self, selected: Selected, found: Answered) -> Outcome:
        outcome, old = self._looked(selected, found)  # a person may have come during the pause
        if outcome.state is not Standing.PLANNED:
            return outcome
        folder, ref = _folder(selected), f"refs/heads/{outcome.branch}"
        store, now = self.repository(selected, outcome.head).git_dir, partial(ref_of, folder, ref)
        try:
            gitclone.hand_over(store, outcome.commit, outcome.head, folder.resolve() / ".git", ref, old, now)
        except gitclone.NotTakenError as error:
            return replace(outcome, state=Standing.REFUSED, why=f"{error.what} {error.hint}".strip())
        return _made(outcome, Standing.UPDATED)


def _cut_off(folder: Path, git_dir: Path) -> None:
    """Tell our repository where a shallow clone's history ends, so that it looks for nothing beyond."""
    cut = [
        _commit(line)
        for line in (Folder(folder).read(".git/shallow", 1 << 20) or b"").decode("ascii", "replace").split()
    ]
    if cut:
        (git_dir / "shallow").write_text("".join(f"{commit}\n" for commit in cut))
    else:
        (git_dir / "shallow").unlink(missing_ok=True)


def _made(outcome: Outcome, state: Standing) -> Outcome:
    """Return that an update is on its branch: all of it, or what lands without a person."""
    command = f"git merge {outcome.branch}"
    return replace(outcome, state=Standing.PARTLY if KEPT in outcome.words else state, why=command)


def _above(branch: str) -> Iterator[str]:
    """Yield the names of which no branch can be where this one is: git keeps them as files, and this one in folders."""
    while branch := branch.rpartition("/")[0]:
        yield branch


def _below_branch(folder: Path, branch: str) -> Iterator[str]:
    """Yield the branches that keep git from having this one: their names go on where it ends."""
    files, ref = Folder(folder), f"refs/heads/{branch}"
    loose = (f"{branch}/{name}" for name in files.names(f".git/{ref}"))
    start = os.fsencode(f"{ref}/")
    packed = (os.fsdecode(name) for _, name in _packed(files) if name.startswith(start))
    return chain(loose, (name.removeprefix("refs/heads/") for name in packed))


def _checked_out(folder: Path) -> set[str]:
    """Return the branches that the clone and its work trees are on."""
    files = Folder(folder)
    heads = [".git/HEAD", *(f".git/worktrees/{name}/HEAD" for name in files.names(".git/worktrees"))]
    texts = ((files.read(head, 4096) or b"").decode("utf-8", "replace").strip() for head in heads)
    return {text.removeprefix("ref: ") for text in texts}


def _folder(selected: Selected) -> Path:
    if selected.folder is None:
        raise MlscaffoldError(
            f"{selected.name} is no folder here, and no forge is named.", "Name the forge with --platform."
        )
    return selected.folder
