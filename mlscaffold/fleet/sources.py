"""A cohort's differences as a change of the template's own files, where its rendering lets them be mapped back."""

from pathlib import Path
from typing import NamedTuple

from mlscaffold.core.cohort import Cohort, Difference
from mlscaffold.core.hunks import edited, lines, loose_patch, patch
from mlscaffold.shells import gitfetch

_JINJA = ("{{", "{%", "{#")
_TAKEN = "what was added would be taken for Jinja in the template"
MOST_ADDED = 400
"""Lines of an added file that are shown."""


class Mapped(NamedTuple):
    """A change, and why it is of the rendered file and not of the template's, "" if it is of the template's."""

    patch: str
    why_rendered: str = ""


def mapped(cohort: Cohort, added: bytes | None = None) -> Mapped:
    """Return what a template would take over from a cohort.

    added: the content of the file that was added, if that is what the cohort is.
    """
    first = cohort.first
    if first.what == "added":
        return _added(first, added)
    source = first.origin.source
    if first.what == "deleted":
        if source:
            return Mapped(f"deleted: {source}")
        return Mapped(
            f"deleted: {first.path}", "it is not known which of the template's files becomes this one"
        )
    found = [each.hunk for each in cohort.differences if each.hunk is not None]
    rendered = loose_patch(first.path, found)
    if not source:
        return Mapped(rendered, "it is not known which of the template's files becomes this one")
    if any(mark in line for hunk in found for line in hunk.new for mark in _JINJA):
        return Mapped(rendered, _TAKEN)
    content = gitfetch.file_at(Path(first.origin.git_dir), first.origin.commit, source)
    text = lines(content) if content is not None else None
    changed = edited(text, found) if text is not None else None
    if text is None or changed is None:
        return Mapped(rendered, f"{source} has Jinja there, or other lines than the rendered file")
    return Mapped(patch(source, text, changed))


def _added(difference: Difference, content: bytes | None) -> Mapped:
    """Return a new file, in the folder of the template that becomes a project."""
    text = lines(content) if content is not None else None
    folder = difference.origin.folder
    place = f"{folder}/{difference.path}" if folder else difference.path
    if text is None:
        return Mapped(f"added: {place}", "its content is no text, or not to be had")
    shown = patch(place, [], text[:MOST_ADDED]).replace(
        f"--- a/{place}", "new file mode 100644\n--- /dev/null", 1
    )
    rest = len(text) - MOST_ADDED
    if rest > 0:
        return Mapped(f"{shown}\n({rest} more lines)", f"it has {len(text)} lines")
    if not folder:
        return Mapped(shown, "it is not known which of the template's folders becomes a project")
    return Mapped(shown, _TAKEN if any(mark in line for line in text for mark in _JINJA) else "")
