"""How results are written and read: whole or not at all, and a damaged one is set aside."""

import contextlib
import json
import random
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Self

import luigi.format
from gokart.file_processor import FileProcessor
from gokart.target import SingleFileTarget, TargetOnKart, make_target


class UnreadableResultError(Exception):
    """A stored result could not be read; it was set aside, so the next run makes it again."""


class SafeTarget(SingleFileTarget):
    """A target that many processes may write at once, and that does not stay in the way when it is damaged."""

    @classmethod
    def of(cls, target: TargetOnKart) -> Self:
        """Take over the parts of a target that gokart made."""
        if not isinstance(target, SingleFileTarget):
            raise TypeError(f"{target.path()} is no single file: use make_target().")
        return cls(target._target, target._processor, target._task_lock_params)  # noqa: SLF001

    def _dump(self, *args: Any, **kwargs: Any) -> None:
        with unseeded():
            super()._dump(*args, **kwargs)

    def _load(self) -> Any:
        try:
            return super()._load()
        except (ImportError, AttributeError, MemoryError, FileNotFoundError):
            raise  # the file is not at fault
        except Exception as error:
            aside = f"{self.path()}.unreadable"
            self._target.fs.move(self.path(), aside)
            raise UnreadableResultError(
                f"{self.path()} could not be read ({type(error).__name__}: {error}). "
                f"It was moved to {aside}: run again and it will be made anew."
            ) from error


@contextlib.contextmanager
def unseeded() -> Generator[None]:
    """Draw from a fresh random state inside, and go on with the task's own state afterwards.

    gokart seeds `random` for each task, and luigi draws the name of its temporary file from it: two processes
    that make the same result would write into the same temporary file.
    """
    state = random.getstate()
    random.seed()
    try:
        yield
    finally:
        random.setstate(state)


class JsonProcessor(FileProcessor):
    """Plain JSON, unlike gokart's, which takes everything for a data frame."""

    def format(self) -> Any:
        """Read and write bytes."""
        return luigi.format.Nop

    def load(self, file: Any) -> Any:
        """Give the value."""
        return json.loads(file.read())

    def dump(self, obj: Any, file: Any) -> None:
        """Write the value; NaN is refused because it is no JSON."""
        file.write(json.dumps(obj, indent=2, sort_keys=True, allow_nan=False).encode() + b"\n")


def json_target(path: str) -> SafeTarget:
    """Make the target of a JSON file at a path or address of its own."""
    return SafeTarget.of(make_target(path, processor=JsonProcessor()))


def listed(folder: str) -> list[str]:
    """List the files below a folder or address; none if it is not there."""
    files = json_target(folder)._target.fs  # noqa: SLF001
    return list(files.listdir(folder)) if files.exists(folder) else []


class ArchiveProcessor(FileProcessor):
    """Several files in one zip, for libraries that save a model by path."""

    def __init__(self, save: Callable[[Any, str], None], load: Callable[[str], Any]) -> None:
        self._save = save
        self._load = load

    def format(self) -> Any:
        """Read and write bytes."""
        return luigi.format.Nop

    def load(self, file: Any) -> Any:
        """Unpack into a temporary folder and let the library load from there."""
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "archive.zip"
            archive.write_bytes(file.read())
            shutil.unpack_archive(archive, Path(folder) / "content")
            return self._load(str(Path(folder) / "content" / "model.pkl"))

    def dump(self, obj: Any, file: Any) -> None:
        """Let the library save into a temporary folder and write that folder as one file."""
        with tempfile.TemporaryDirectory() as folder:
            content = Path(folder) / "content"
            content.mkdir()
            self._save(obj, str(content / "model.pkl"))
            archive = shutil.make_archive(str(Path(folder) / "archive"), "zip", content)
            file.write(Path(archive).read_bytes())
