"""Many files of a checkout changed together or not at all, through a journal in its git directory.

Everything is written and synced in the git directory first. Writing the journal's name is the one step that
decides: killed before it, nothing has changed; killed after it, the next command carries the rest out, which
is renaming only and needs no room on the disk.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.tree import EXECUTABLE, LINK

FOLDER = "mlscaffold-update"
"""Below the git directory, so on the same file system as the checkout wherever git itself needs that."""


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
        self._name = self.folder / "journal.json"

    @property
    def pending(self) -> bool:
        """Return whether a killed update is decided and not carried out."""
        return self._name.exists()

    def stage(self, writes: Iterable[Write]) -> None:
        """Write what files shall hold into the staging folder, where nobody sees it, and copy the index there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.new.mkdir(parents=True)
        for write in writes:
            target = self.new / write.path
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, write)
        if (self.git_dir / "index").exists():
            shutil.copy2(self.git_dir / "index", self.index)

    def decide(self, writes: Iterable[str], deletes: Iterable[str]) -> None:
        """Make the change certain: from here on it is carried out, by us or by the next command."""
        beside = self._name.with_suffix(".tmp")
        with beside.open("w") as file:
            json.dump({"writes": list(writes), "deletes": list(deletes)}, file)
            file.flush()
            os.fsync(file.fileno())
        for folder in (self.new, self.folder):
            _sync(folder)
        beside.rename(self._name)
        _sync(self.folder)

    def carry_out(self) -> None:
        """Move everything into its place, and be done; what was moved before is passed over."""
        document = json.loads(self._name.read_text())
        for path in document["deletes"]:
            (self.root / path).unlink(missing_ok=True)
            self._prune(path)
        for path in document["writes"]:
            staged, target = self.new / path, self.root / path
            if os.path.lexists(staged):
                target.parent.mkdir(parents=True, exist_ok=True)
                _move(staged, target)
        if self.index.exists():
            _move(self.index, self.git_dir / "index")
        self._name.unlink()
        self.forget()

    def forget(self) -> None:
        """Take the staging folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)

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
    try:
        with target.open("wb") as file:
            file.write(write.content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise MlscaffoldError(
            f"The update cannot be written: {error.strerror}.",
            "Nothing was changed. Make room and run it again.",
        ) from error
    target.chmod(0o755 if write.mode == EXECUTABLE else 0o644)


def _move(staged: Path, target: Path) -> None:
    try:
        staged.replace(target)
    except OSError as error:
        if error.errno != 18:  # another file system than the git directory's (a linked worktree)
            raise
        beside = target.with_name(f".{target.name}.mlscaffold")
        shutil.copy2(staged, beside, follow_symlinks=False)
        beside.replace(target)
        staged.unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
