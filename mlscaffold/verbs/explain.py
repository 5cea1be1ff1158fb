"""One file of a project, as a reviewer wants it: its three versions, its rule, its excuse, and who changed it and why."""

from pathlib import Path
from typing import NamedTuple

from mlscaffold.core.drift import Drift, classify
from mlscaffold.core.errors import UsageError
from mlscaffold.core.finding import Finding
from mlscaffold.core.globs import gitignore
from mlscaffold.core.policy import Rule
from mlscaffold.core.tree import FOLDER, SUBMODULE, Entry, Tree
from mlscaffold.core.waiver import Waiver
from mlscaffold.project.gather import Project, Wanted, gather
from mlscaffold.project.history import changes_of
from mlscaffold.shells import git, gitmerge
from mlscaffold.shells.gitlog import Dated
from mlscaffold.verbs.check import judged


class Explained(NamedTuple):
    """What is known of one path.

    drift: its three entries and what they say. rule: the template's rule for it.
    findings: what check says of it, none if it is well. waiver: what may excuse it.
    changes: the template commits that changed it: those that the project lacks, else the newest.
    lacking: whether the project lacks them.
    project_patch, template_patch: what project and template did since the recorded commit, as patches.
    """

    drift: Drift
    rule: Rule
    findings: tuple[Finding, ...]
    waiver: Waiver | None
    changes: tuple[Dated, ...]
    lacking: bool
    project_patch: bytes
    template_patch: bytes


def explain(root: Path, path: str, wanted: Wanted) -> Explained:
    """Explain one path of a project.

    Raises UsageError for one that neither the template nor a rule has anything to say about.
    """
    project = gather(root, wanted)
    path = path.removeprefix("./").strip("/")
    report = judged(project)
    findings = tuple(finding for finding in report.findings if finding.path == path)
    if path not in project.paths and not findings:
        raise UsageError(
            f"{path} is the project's own: the template does not have it, and no rule is about it.",
            "mlscaffold check lists what differs; mlscaffold diff shows how.",
        )
    drift = classify(project.base, project.ours, project.theirs, [path])[0]
    return Explained(
        drift=drift,
        rule=project.policy.rule_for(path),
        findings=findings,
        waiver=next((each for each in project.declared.waivers if gitignore(each.path)(path)), None),
        changes=tuple(changes_of(project, path)),
        lacking=drift.base != drift.theirs,
        project_patch=_patch(project, path, drift.base, drift.ours),
        template_patch=_patch(project, path, drift.base, drift.theirs),
    )


def _patch(project: Project, path: str, old: Entry | None, new: Entry | None) -> bytes:
    if old == new:
        return b""
    before, after = _tree(path, old), _tree(path, new)
    contents = {**project.blobs}
    if project.ours.get(path) in (old, new) and (_tree(path, project.ours.get(path))):
        contents |= project.read([path])
    with git.scratch(project.store.git_dir) as scratch:
        return gitmerge.diff_trees(scratch, before, after, contents)


def _tree(path: str, entry: Entry | None) -> Tree:
    return {} if entry is None or entry.mode in (FOLDER, SUBMODULE) else {path: entry}
