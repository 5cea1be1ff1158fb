"""An update that is in the checkout and not committed: finished with --continue, undone with --abort."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mlscaffold.core.errors import MlscaffoldError, UsageError
from mlscaffold.core.leftover import STATE
from mlscaffold.shells import index
from mlscaffold.shells.files import Folder, locked
from mlscaffold.shells.journal import Journal, index_lines

if TYPE_CHECKING:
    from mlscaffold.shells.checkout import Checkout


@dataclass(frozen=True, slots=True)
class State:
    """What an update leaves beside its changes, until they are committed.

    head: the last commit when it was made; with another one the update is history.
    paths: all that it wrote or deleted, conflicts: those left to a person; relative to the checkout's root.
    message: of the commit that finishes it.
    """

    head: str
    paths: tuple[str, ...]
    conflicts: tuple[str, ...]
    message: str

    def dump(self) -> bytes:
        """Return the state as it is written down."""
        return json.dumps(asdict(self)).encode()


@dataclass(frozen=True, slots=True)
class Ended:
    """What --continue or --abort came to.

    what: "committed" (as `commit`), "undone" or "conflicts" (those in `left`).
    """

    what: Literal["committed", "undone", "conflicts"]
    commit: str = ""
    left: tuple[str, ...] = ()


@contextmanager
def opened(root: Path) -> Iterator[tuple["Checkout", Journal]]:
    """Yield a project's checkout, locked, with a killed update carried out or forgotten."""
    from mlscaffold.shells.checkout import Checkout

    checkout = Checkout(root)
    journal = Journal(checkout.git_dir, checkout.root)
    with locked(checkout.git_dir):
        if journal.pending:
            journal.refuse_what_changed()
            try:
                journal.carry_out()
            except OSError as error:
                raise MlscaffoldError(
                    f"A killed update cannot be finished: {error.strerror or error}.",
                    "Make room or rights and run it again; nothing is lost.",
                ) from error
        else:
            journal.forget()
        yield checkout, journal


def read(checkout: "Checkout") -> State | None:
    """Return the update that waits to be committed, None if there is none."""
    try:
        document = json.loads((checkout.git_dir / STATE).read_bytes())
        state = State(
            document["head"], tuple(document["paths"]), tuple(document["conflicts"]), document["message"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return state if state.head == checkout.head else None


def commit(checkout: "Checkout", message: str) -> str:
    """Commit what is staged, and let the update be history."""
    made = checkout.commit(
        message, "The update is staged, and not committed: mend that, then mlscaffold update --continue."
    )
    (checkout.git_dir / STATE).unlink(missing_ok=True)
    return made


def refuse_others(checkout: "Checkout") -> None:
    """Raise MlscaffoldError if something is staged outside of the project's folder, which a commit would take in."""
    others = [path for path in checkout.staged() if not path.startswith(checkout.prefix)]
    if others:
        raise MlscaffoldError(
            f"What is staged outside of the project would be committed with the update: {', '.join(others[:5])}.",
            "Commit it by itself, or unstage it (git restore --staged), first.",
        )


def finish(root: Path) -> Ended:
    """Commit an update whose conflicts are resolved.

    Raises UsageError if there is no update.
    """
    with opened(root) as (checkout, _):
        state = read(checkout)
        if state is None:
            raise UsageError("There is no update to continue.", "Start one: mlscaffold update.")
        left = _left(checkout, state)
        if left:
            return Ended("conflicts", left=left)
        if not checkout.staged():
            (checkout.git_dir / STATE).unlink(missing_ok=True)
            raise UsageError("Nothing of the update is staged.", "Start again: mlscaffold update.")
        refuse_others(checkout)
        return Ended("committed", commit(checkout, state.message))


def undo(root: Path) -> Ended:
    """Put everything that an update wrote back as the last commit has it, resolutions included.

    Raises UsageError if there is no update.
    """
    with opened(root) as (checkout, journal):
        state = read(checkout)
        if state is None:
            raise UsageError("There is no update to undo.", "If it is committed: git revert.")
        here = checkout.at_head(state.paths)
        gone = [path for path in state.paths if path not in here]
        try:
            journal.begin()
            checkout.fill_index(
                journal.index, journal.new, (), index_lines({path: {} for path in state.paths})
            )
            checkout.restore(journal.index, journal.new, here)
            journal.hold_index()
            journal.decide([*here], gone)
        except OSError as error:
            if not journal.pending:
                journal.forget()
            raise MlscaffoldError(
                f"The update cannot be undone: {error.strerror or error}.",
                "Make room or rights and run it again.",
            ) from error
        except BaseException:
            if not journal.pending:
                journal.forget()
            raise
        journal.carry_out()
        return Ended("undone")


def _left(checkout: "Checkout", state: State) -> tuple[str, ...]:
    """Return the paths that are in conflict still: not staged, or with markers in the file or in what is staged of it."""
    from mlscaffold.core.leftover import marked_line

    folder = Folder(checkout.root)
    unmerged = set(index.read(checkout.root).unmerged)
    marked = {
        path
        for path in state.conflicts
        if marked_line(folder.read(path) or b"") or marked_line(checkout.staged_content(path) or b"")
    }
    return tuple(sorted(unmerged | marked))
