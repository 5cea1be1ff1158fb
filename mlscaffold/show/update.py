"""What an update did, as a person reads it on a terminal."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlscaffold.core.span import count
from mlscaffold.core.text import safe_lines
from mlscaffold.show.terminal import say

if TYPE_CHECKING:
    from mlscaffold.merging.planning import Update
    from mlscaffold.merging.unfinished import Ended


def show_update(update: "Update", *, dry_run: bool) -> None:
    """Print what an update did, or would do."""
    for what, path, hint in _rows(update):
        say(f"  {what:<9} {path}" + (f"  ({hint})" if hint else ""))
    if update.patch:
        say("What did not land, as a patch that `git apply` takes:")
        sys.stdout.write(safe_lines(update.patch.decode("utf-8", "surrogateescape")))
    for notice in update.notices:
        say(f"note: {notice}")
    say(_outcome(update, dry_run))


def _rows(update: "Update") -> list[tuple[str, str, str]]:
    names = {new: old for old, new in update.renamed.items()}
    rows = [
        (change.what, change.path, f"the template's {names[change.path]}" if change.path in names else "")
        for change in update.changes
        if change.path not in update.conflicts
    ]
    rows += [
        ("conflict", path, "both sides changed it: resolve it, then git add it")
        for path in update.conflicts
        if path not in update.by_key
    ]
    rows += [row for path in update.by_key for row in _keys(update, path)]
    rows += [
        ("kept", path, "both sides changed it: your side stays, the patch below did not land")
        for path in update.unlanded
        if path not in update.by_key
    ]
    rows += [
        ("blocked", path, "something else stands in its place: move it away, then update again")
        for path in update.blocked
    ]
    rows += [("unread", path, f"its keys cannot be merged: {why}") for path, why in update.unread.items()]
    rows += [
        ("left out", path, "deleted here, and stays so; the template changed it")
        for path in update.stays_deleted
    ]
    return rows


def _keys(update: "Update", path: str) -> Iterator[tuple[str, str, str]]:
    """Say what a merge by key left open and which pins it chose, a line each."""
    pending, pins = update.by_key[path]
    if not pending:
        yield "by key", path, "both sides changed it, and no key of it in two ways"
    for key in pending:
        theirs = key.theirs or "none"
        hint = f"yours stays: {key.ours or 'none'}; the template's: {theirs}; {key.why}"
        yield "pending", f"{path}: {key.path}", f"{hint}; git add the file when you have chosen"
    for pin in pins:
        yield (
            "pin",
            f"{path}: {pin.path}",
            f"{pin.chosen}; yours {pin.ours}, the template's {pin.theirs}; {pin.why}",
        )


def _outcome(update: "Update", dry_run: bool) -> str:
    said = _landed(update, dry_run)
    return f"{said} It is not {update.short_of[:7]} yet." if update.short_of else said


def _landed(update: "Update", dry_run: bool) -> str:
    way = f"{update.recorded[:7]}..{update.wanted[:7]}"
    files, staged = count(len(update.changes), "file"), f"the record stays at {update.recorded[:7]}"
    if not update.changes:
        files = "the record alone" if update.record else "no file"
    if update.nothing:
        return f"Nothing to do: the project is up to date with template {update.wanted[:7]}."
    if dry_run:
        left = count(len(update.conflicts) + len(update.unlanded), "conflict")
        return f"Would update {way}: {files}, {left}. Nothing was changed."
    if update.blocked:
        return f"Not done: {count(len(update.blocked), 'path')} stood in the way of {way}; {staged}."
    if update.unread:
        return (
            f"Not all of {way} landed: {count(len(update.unread), 'file')} could not be read, {files} staged; "
            f"{staged}. Mend the rest and update again."
        )
    if update.unlanded:
        return (
            f"Not all of {way} landed: {count(len(update.unlanded), 'file')} kept as here, {files} staged; "
            f"{staged}, and the next update offers the rest again."
        )
    if update.hookless and not update.conflicts:
        return (
            f"Landed of {way} what needs no hooks: {files}; {staged}, "
            "and an update with the template's hooks brings the rest."
        )
    if update.conflicts:
        left = count(len(update.conflicts), "conflict")
        return f"Not done yet: {way} left {left}; all else is staged. Resolve, git add, mlscaffold update --continue."
    if update.commit:
        return f"Updated {way}: {files}, committed as {update.commit[:7]}."
    return f"Updated {way}: {files} staged. Look (git diff --staged), then commit."


def show_ended(ended: "Ended") -> None:
    """Print what --continue or --abort came to."""
    for path in ended.left:
        say(f"  conflict  {path}")
    if ended.what == "conflicts":
        say(f"Not done yet: {count(len(ended.left), 'conflict')} left. Resolve, git add, and continue again.")
    elif ended.what == "committed":
        say(f"Committed the update as {ended.commit[:7]}.")
    else:
        say("Undone: every file of the update is as the last commit has it.")
