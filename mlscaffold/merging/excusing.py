"""What a project is excused from, for an update: such paths are merged, and nothing in them is set back."""

from datetime import UTC, datetime

from mlscaffold.core.excuses import holding
from mlscaffold.core.policy import Kind
from mlscaffold.project.gather import Project


def excusing(project: Project) -> Project:
    """Return the project under a policy that asks nothing of the paths which it is excused from today.

    An update that went by the rules would undo what the template's owners have agreed to, and the waiver would be a
    fault afterwards, since it excuses nothing.
    """
    if not project.declared.waivers:
        return project
    today = datetime.now(UTC).date()
    excused = holding(project.declared.waivers, project.policy, project.paths, today)
    ruled = {path: waiver for path, waiver in excused.items() if _asks(project, path)}
    notices = [
        f"{path} keeps your edit, excused {f'until {waiver.until}' if waiver.until else 'for good'}"
        for path, waiver in ruled.items()
    ]
    return project._replace(policy=project.policy.merging(excused), notices=(*project.notices, *notices))


def _asks(project: Project, path: str) -> bool:
    """Return whether a path's rule would have an update change what the project has."""
    kind = project.policy.rule_for(path).kind
    return kind not in (Kind.MERGE, Kind.ONCE) and project.ours.get(path) != project.theirs.get(path)
