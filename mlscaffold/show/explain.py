"""One file explained, in the order in which a reviewer asks."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mlscaffold.core.text import safe_lines
from mlscaffold.show.places import told
from mlscaffold.show.terminal import say

if TYPE_CHECKING:
    from mlscaffold.core.tree import Entry
    from mlscaffold.verbs.explain import Explained


def show_explained(explained: "Explained") -> None:
    """Print one path's three versions, its rule, what check says, who changed it, and both sides' changes."""
    drift, rule = explained.drift, explained.rule
    say(f"{drift.path}: {drift.state.value}")
    where = f"policy.toml:{rule.line}" if rule.line else "the default"
    say(f"rule       {rule.kind} ({where})" + (f": {rule.reason}" if rule.reason else ""))
    if rule.keys or rule.forbidden:
        say(f"keys       {', '.join((*rule.keys, *(f'not {key}' for key in rule.forbidden)))}")
    for name, entry, other in (
        ("recorded", drift.base, None),
        ("project", drift.ours, drift.base),
        ("template", drift.theirs, drift.base),
    ):
        say(f"{name:<10} {_version(entry, same=name != 'recorded' and entry == other)}")
    for finding in explained.findings:
        say(f"check      {finding.word}: {told(finding)}")
    if explained.waiver:
        say(f"waiver     {explained.waiver.file}:{explained.waiver.line}: {explained.waiver.reason}")
    for commit in explained.changes:
        when = datetime.fromtimestamp(commit.at, UTC).date()
        say(f"{'not here' if explained.lacking else 'changed':<10} {commit.oid[:7]} {when} {commit.subject}")
    for title, patch in (
        ("What the project changed:", explained.project_patch),
        ("What the template changed:", explained.template_patch),
    ):
        if patch:
            say()
            say(title)
            sys.stdout.write(safe_lines(patch.decode("utf-8", "surrogateescape")))


def _version(entry: "Entry | None", *, same: bool) -> str:
    if same:
        return "as recorded"
    if entry is None:
        return "has no such file"
    kind = {
        "100755": ", executable",
        "120000": ", a link",
        "160000": ", a repository",
        "040000": ", a folder",
    }
    return f"{entry.oid[:7]}{kind.get(entry.mode, '')}"
