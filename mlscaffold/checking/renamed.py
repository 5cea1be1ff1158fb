"""Files that a project has under another name than the template: they are not missing."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mlscaffold.core.finding import Finding
from mlscaffold.core.policy import Kind
from mlscaffold.core.tree import EXECUTABLE, FILE
from mlscaffold.project.gather import Project, read_files
from mlscaffold.project.renames import candidates
from mlscaffold.shells import git

if TYPE_CHECKING:
    from mlscaffold.merging.merge import Merge


def said_renamed(project: Project, findings: Iterable[Finding], merged: "Merge | None") -> list[Finding]:
    """Say of missing files which of them stand elsewhere, and whether the template's changes of them are in."""
    found = list(findings)
    missing = [each.path for each in found if each.word == "missing" and each.rule == Kind.MERGE]
    gone = {path: project.base[path] for path in missing if path in project.base}
    gone = {path: entry for path, entry in gone.items() if entry.mode in (FILE, EXECUTABLE)}
    others = candidates(project.files, gone, {*project.base, *project.theirs})
    if not others:
        return found
    from mlscaffold.shells import gitimport, gitmerge

    with git.scratch(project.store.git_dir) as scratch:
        contents = {**project.blobs, **read_files(project.files, others)}
        gitimport.write_commit(scratch, "refs/heads/base", gone, contents)
        gitimport.write_commit(scratch, "refs/heads/project", others)
        new = gitmerge.renames(scratch, "base", "project")
    return [_said(project, each, new[each.path], merged) if each.path in new else each for each in found]


def _said(project: Project, finding: Finding, new: str, merged: "Merge | None") -> Finding:
    path = finding.path
    here = f"renamed here to {new}"
    carried = merged is not None and (path in merged.renamed or new in merged.conflicts)
    if carried:
        detail = f"{here}; the template's changes are not in it yet"
        return finding._replace(word="diverged", detail=detail, mend="mlscaffold update")
    said = (
        here
        if project.base.get(path) == project.theirs.get(path)
        else f"{here}; the template's changes are in"
    )
    return finding._replace(word="modified", fault=False, detail=said, mend="")
