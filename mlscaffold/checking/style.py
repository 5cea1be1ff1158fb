"""How far a project is from the template's ruff configuration, whatever the project's own configuration hides."""

from pathlib import Path
from tempfile import TemporaryDirectory

from mlscaffold.core.errors import UsageError
from mlscaffold.core.finding import Finding
from mlscaffold.core.span import count
from mlscaffold.project.gather import Project
from mlscaffold.shells import git, ruff

_CONFIGURATIONS = (".ruff.toml", "ruff.toml", "pyproject.toml")


def style(project: Project) -> Finding | None:
    """Run ruff over a project by the template's configuration; None if it finds nothing.

    Raises UsageError if the template has no configuration, MlscaffoldError if ruff cannot run by it.
    """
    name = next((each for each in _CONFIGURATIONS if each in project.theirs), None)
    if name is None:
        raise UsageError("The template has no ruff configuration.", "Leave --ruff out.")
    oid = project.theirs[name].oid
    content = {**git.read_blobs(project.store.git_dir, [oid]), **project.blobs}[oid]
    with TemporaryDirectory(prefix="mlscaffold-") as folder:
        config = Path(folder, name)
        config.write_bytes(content)
        counted = ruff.counts(project.root, config)
    total = sum(counted.findings.values())
    if not total and not counted.unformatted:
        return None
    worst = sorted(counted.findings.items(), key=lambda item: (-item[1], item[0]))[:5]
    listed = f" ({', '.join(f'{code} {number}' for code, number in worst)})" if worst else ""
    unformatted = f"{count(counted.unformatted, 'file')} not formatted"
    return Finding(
        path=name,
        word="style",
        fault=project.policy.ruff,
        rule="-",
        detail=f"ruff by the template's configuration: {count(total, 'finding')}{listed}, {unformatted}",
        mend="ruff check --fix . && ruff format .",
    )
