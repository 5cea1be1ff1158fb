"""Many files of a checkout changed together or not at all, through a journal in its git directory.

Everything is written and synced in the git directory first. Writing the journal's name is the one step that
decides: killed before it, nothing has changed; killed after it, the next command carries the rest out, which
is renaming only and needs no room on the disk.
"""

import json
import os
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.leftover import FOLDER, JOURNAL, LOCKED, STATE
from mlscaffold.core.tree import EXECUTABLE, FILE, LINK
from mlscaffold.shells.failpoint import passing


@dataclass(frozen=True, slots=True)
class Write:
    """One file or link as it shall be."""

    path: str
    mode: str
    content: bytes


class Journal:
    """The staging folder of one checkout. `root` is the checkout's top folder, to which paths are relative."""

    def __init__(self, git_dir: Path, root: Path) -> None:
        self.git_dir = git_dir
        self.root = root
        self.folder = git_dir / FOLDER
        self.new = self.folder / "new"
        self.index = self.folder / "index"
        self.state = self.folder / "state"
        self._name = git_dir / JOURNAL
        self._lock = git_dir / "index.lock"
        self._copied: tuple[int, ...] = ()

    @property
    def pending(self) -> bool:
        """Return whether a killed update is decided and not carried out."""
        return self._name.exists()

    def begin(self) -> None:
        """Make an empty staging folder, and copy the index there."""
        self.forget()
        self.new.mkdir(parents=True)
        self._copied = self._index_now()
        if self._copied:
            shutil.copy2(self.git_dir / "index", self.index)
        passing("begun")

    def hold_index(self) -> None:
        """Lock the index as git does, until the change is carried out or given up.

        Raises MlscaffoldError if another git has it, or changed it since it was copied.
        """
        try:
            with self._lock.open("xb") as file:
                file.write(LOCKED)
        except FileExistsError:
            raise MlscaffoldError(
                f"Another git is at work here: {self._lock} is there.",
                "Nothing was changed. Wait until it is done and run it again; if none is running, remove that file.",
            ) from None
        passing("locked")
        if self._index_now() != self._copied:
            raise MlscaffoldError(
                "Another command staged something while this one was at work.",
                "Nothing was changed. Look at it (git status), and run it again.",
            )

    def _index_now(self) -> tuple[int, ...]:
        """Return what tells one index from the next; git writes each anew."""
        try:
            found = (self.git_dir / "index").stat()
        except FileNotFoundError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size

    def _release_index(self) -> None:
        """Take our lock away, left by a killed update too; another's stays."""
        regular = self._lock.is_file() and not self._lock.is_symlink()
        if regular and self._lock.stat().st_size == len(LOCKED) and self._lock.read_bytes() == LOCKED:
            self._lock.unlink()

    def stage(self, writes: Iterable[Write], state: bytes | None) -> None:
        """Write what files shall hold, and the state of the update (None: there is none any more), where nobody sees it."""
        for write in writes:
            target = self.new / write.path
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, write)
            passing("staged")
        if state is not None:
            _write(self.state, Write("", FILE, state))

    def decide(self, writes: Sequence[str], deletes: Sequence[str]) -> None:
        """Make the change certain: from here on it is carried out, by us or by the next command."""
        made = self._make_room(writes, set(deletes))
        try:
            beside = self._name.with_suffix(".tmp")
            document = {
                "writes": list(writes),
                "deletes": list(deletes),
                "state": self.state.exists(),
                "index": list(self._copied),
                "before": {path: _seen(self.root / path) for path in (*writes, *deletes)},
            }
            _write(beside, Write("", FILE, json.dumps(document).encode()))
            for folder in (self.new, self.folder):
                _sync(folder)
            passing("deciding")
            beside.rename(self._name)
        except BaseException:
            for folder in reversed(made):
                with suppress(OSError):
                    folder.rmdir()
            raise
        _sync(self.folder)
        passing("decided")

    def refuse_what_changed(self) -> None:
        """Raise MlscaffoldError if finishing a killed update would overwrite what somebody did since."""
        document = self._decided()
        before = document["before"]
        left = [path for path in document["writes"] if os.path.lexists(self.new / path)]
        changed = [
            path
            for path in (*left, *document["deletes"])
            if (now := _seen(self.root / path)) is not None and now != before.get(path)
        ]
        if self.index.exists() and [*self._index_now()] != document.get("index"):
            changed.append("what is staged")
        if changed:
            raise MlscaffoldError(
                f"An update was killed half-way, and since then this changed, which finishing it would overwrite: {', '.join(changed)}.",
                f"Give it up: remove {self.folder} and {self._lock}. What it had changed shows in git status.",
            )

    def carry_out(self) -> None:
        """Move everything into its place, and be done; what was moved before is passed over."""
        document = self._decided()
        for path in document["deletes"]:
            self._refuse_links_to(path)
            if not (self.root / path).is_dir() or (self.root / path).is_symlink():
                (self.root / path).unlink(missing_ok=True)
            self._prune(path)
            passing("deleted")
        for path in document["writes"]:
            staged, target = self.new / path, self.root / path
            if os.path.lexists(staged):
                self._refuse_links_to(path)
                target.parent.mkdir(parents=True, exist_ok=True)
                _dress_as(staged, target)
                _move(staged, target)
                passing("moved")
        if self.index.exists():
            _move(self.index, self.git_dir / "index")
        passing("indexed")
        state = self.git_dir / STATE
        if self.state.exists():
            _move(self.state, state)
        elif not document["state"]:
            state.unlink(missing_ok=True)
        passing("stated")
        self._release_index()
        self._name.unlink()
        passing("carried out")
        self.forget()

    def forget(self) -> None:
        """Take the staging folder away, and our lock of the index."""
        self._release_index()
        if self.folder.is_symlink():
            self.folder.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _decided(self) -> dict[str, Any]:
        """Return what was decided; a repository that was handed over may hold a journal that is not ours.

        Raises MlscaffoldError for one that would touch anything but the checkout's own files.
        """
        try:
            document = json.loads(self._name.read_text())
            paths = [*document["writes"], *document["deletes"]]
            odd = [
                path for path in paths if os.path.isabs(path) or {"..", ".git"} & {*path.lower().split("/")}
            ]
            if not odd and not self.folder.is_symlink() and isinstance(document.get("before", {}), dict):
                return {"state": False, "before": {}, **document}
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
        raise MlscaffoldError(
            f"{self._name} is not what an update writes.", "Somebody else did: look at it, and remove it."
        )

    def _refuse_links_to(self, path: str) -> None:
        """Raise MlscaffoldError if a link stands on the way to a path: it could lead out of the checkout."""
        for parent in Path(path).parents:
            if (self.root / parent).is_symlink() and parent != Path():
                raise MlscaffoldError(
                    f"{parent} is a link now, and {path} would be changed through it.",
                    "Put the folder back and run it again.",
                )

    def _make_room(self, writes: Iterable[str], deletes: set[str]) -> list[Path]:
        """Make the folders that are new now, so that carrying out is renaming only; git does not see empty folders."""
        made: list[Path] = []
        for path in writes:
            above = [parent for parent in Path(path).parents if parent != Path()]
            if any(str(parent) in deletes for parent in above):
                continue  # a file goes here first
            for parent in reversed(above):
                with suppress(FileExistsError):
                    (self.root / parent).mkdir()
                    made.append(self.root / parent)
        return made

    def _prune(self, path: str) -> None:
        """Take away the folders that a deletion left empty, as git does."""
        for parent in (self.root / path).parents:
            if parent == self.root:
                return
            try:
                parent.rmdir()
            except OSError:
                return


def index_lines(entries: Mapping[str, Mapping[int, tuple[str, str]]]) -> bytes:
    """Return `git update-index -z --index-info` input that sets the stages of paths; no stage takes a path out.

    entries: path → stage (0 to 3) → mode and blob id.
    """
    lines = []
    for path, stages in entries.items():
        name = os.fsencode(path)
        lines.append(b"0 %s 0\t%s\0" % (b"0" * 40, name))
        lines += [
            b"%s %s %d\t%s\0" % (mode.encode(), oid.encode(), stage, name)
            for stage, (mode, oid) in stages.items()
        ]
    return b"".join(lines)


def _write(target: Path, write: Write) -> None:
    if write.mode == LINK:
        target.symlink_to(os.fsdecode(write.content))
        return
    target.unlink(missing_ok=True)  # never through a link that lies there
    with target.open("xb") as file:
        file.write(write.content)
        file.flush()
        os.fsync(file.fileno())
    if write.mode == EXECUTABLE:
        _permit(target, target.stat().st_mode, executable=True)


def _permit(path: Path, mode: int, *, executable: bool) -> None:
    """Let those read and write a file whom `mode` lets, and run it if it is to be run."""
    readers = mode & 0o444
    path.chmod(mode & 0o666 | (readers >> 2 if executable else 0))


def _dress_as(staged: Path, target: Path) -> None:
    """Keep to whom a file that is replaced was open."""
    there = os.lstat(target) if os.path.lexists(target) else None
    new = os.lstat(staged)
    if there is not None and stat.S_ISREG(there.st_mode) and stat.S_ISREG(new.st_mode):
        _permit(staged, there.st_mode, executable=bool(new.st_mode & stat.S_IXUSR))


def _move(staged: Path, target: Path) -> None:
    if target.is_dir() and not target.is_symlink():
        for folder, _, _ in os.walk(target, topdown=False):
            os.rmdir(folder)  # empty ones, which git does not know
    try:
        staged.replace(target)
    except OSError as error:
        if error.errno != 18:  # another file system than the git directory's (a linked worktree)
            raise
        beside = target.with_name(f".{target.name}.mlscaffold")
        beside.unlink(missing_ok=True)
        shutil.copy2(staged, beside, follow_symlinks=False)
        beside.replace(target)
        staged.unlink()


def _seen(path: Path) -> list[int] | None:
    """Return what tells a file from what it is after somebody wrote it, None if there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    if stat.S_ISDIR(found.st_mode):
        return None if not any(names for _, _, names in os.walk(path)) else [0]
    return [found.st_ino, found.st_mtime_ns, found.st_size]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
