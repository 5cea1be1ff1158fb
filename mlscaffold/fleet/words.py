"""The title and the text of a pull request: of an update, and of an adoption. What a person has to do comes first."""

from collections.abc import Iterable, Iterator

from mlscaffold.adopting.plans import Plan
from mlscaffold.core.hunks import hunks, lines
from mlscaffold.core.outcome import KEPT, LEFT_OUT, Outcome
from mlscaffold.core.pull_text import Section, body_text, code, title_line
from mlscaffold.core.release import newest_release, version
from mlscaffold.core.trust import without_password
from mlscaffold.merging.planning import Update
from mlscaffold.project.gather import Project
from mlscaffold.shells import git, gitfetch, gitlog
from mlscaffold.verbs.check import judged

MOST_COMMITS = 100
HELD = "the token may not change workflows (it lacks the scope workflow, or the permission workflows)"
_CHANGELOGS = ("CHANGELOG.md", "CHANGELOG.rst", "CHANGES.md", "HISTORY.md")
_AFTERWARDS = (
    "Merge it, or close it: what is closed is not offered again until the template moves on. A commit that is not ours "
    "on this branch is never overwritten. Made by `mlscaffold fleet update`."
)


def update_title(project: Project) -> str:
    """Return the title of an update's pull request: what, and to which version."""
    return title_line(f"Update from template {_name(project)} to {_version(project, project.target.commit)}")


def update_text(project: Project, planned: Update, held: list[str]) -> str:
    """Return the text of an update's pull request."""
    old, new = (_version(project, commit) for commit in (planned.recorded, planned.wanted))
    lead = (
        f"This brings the changes of the template {code(_name(project))} between {code(old)} and {code(new)}.\n\n"
        f"{_AFTERWARDS}"
    )
    pending, merged = list(_pending(planned)), list(_by_key(planned))
    sections = [
        Section("Needs you: both sides changed these keys", "\n".join(pending)),
        Section("Needs you: did not land", planned.patch.decode("utf-8", "replace")),
        Section(f"Not in here: {HELD}", "\n".join(held)),
        Section("What changed in the template", "\n".join(_commits(project, planned))),
        Section("From the template's changelog", "\n".join(_changelog(project, planned)).strip("\n")),
        Section("What changes here", _paths((each.what, each.path) for each in planned.changes)),
        Section("Merged by key", "\n".join(merged)),
        Section("Stays deleted here", "\n".join(planned.stays_deleted)),
        Section("What check finds besides, and this does not mend", "\n".join(_findings(project, planned))),
        Section("Notes", "\n".join(planned.notices)),
    ]
    return body_text(lead, sections)


def adoption_title(plan: Plan) -> str:
    """Return the title of an adoption's pull request."""
    project = plan.project
    return title_line(f"Adopt template {_name(project)} at {_version(project, plan.recorded)}")


def adoption_text(plan: Plan) -> str:
    """Return the text of an adoption's pull request."""
    project, base = plan.project, plan.base or plan.recorded
    lead = (
        f"This repo is {plan.closeness:.0%} like the template {code(_name(project))} at {code(_version(project, base))}, and has "
        "no record of it. This adds the record, `.cruft.json`, and what the template has had since and merges cleanly. What "
        "you changed stays as it is.\n\n"
        f"{_AFTERWARDS}"
    )
    by_word: dict[str, list[tuple[str, str]]] = {}
    for step in plan.steps:
        by_word.setdefault(step.what, []).append((step.path, step.detail))
    sections = [
        Section(
            "Answers that were found: if one is wrong, correct it in .cruft.json on this branch",
            "\n".join(_answers(plan)),
        ),
        Section(
            "Differs here and stays; the next updates offer it again",
            "\n".join(path for path, _ in by_word.get("conflict", [])),
        ),
        Section("What changes here", _paths((each.what, each.path) for each in plan.update.changes)),
        Section(
            "Stands elsewhere here", "\n".join(f"{path}: {said}" for path, said in by_word.get("moved", []))
        ),
        Section(
            "Is here, and the template forbids it",
            "\n".join(f"{path}: {said}" for path, said in by_word.get("forbidden", [])),
        ),
        Section("Notes", "\n".join(plan.notices)),
    ]
    return body_text(lead, sections)


def listed(paths: list[str], most: int = 5) -> str:
    """Return the first of some paths, and how many more there are."""
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more


def rest_of(outcome: Outcome) -> str:
    """Say what of the template does not reach a repo, and why: files by name, or all of it; "" if all does."""
    pinned = f"pinned to commit {outcome.target[:7]}: nothing new reaches it" if outcome.pinned else ""
    if outcome.step != "update":
        return pinned
    by_word = {
        word: [path for path, each in outcome.files.items() if each == word] for word in (KEPT, LEFT_OUT)
    }
    kept, left = by_word[KEPT], by_word[LEFT_OUT]
    said = (
        pinned,
        f"kept as they are: {listed(kept)}" if kept else "",
        f"left out, deleted here: {listed(left)}" if left else "",
    )
    return "; ".join(filter(None, said))


def _name(project: Project) -> str:
    url = without_password(project.record.template)
    name = url.rstrip("/").removesuffix(".git").rpartition("/")[2]
    return f"{name}/{project.record.directory}" if project.record.directory else name


def _version(project: Project, commit: str) -> str:
    named = [tag for tag, each in project.store.tags().items() if each == commit]
    return newest_release(named) or commit[:7]


def _paths(changes: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{what:<8} {path}" for what, path in changes)


def _commits(project: Project, planned: Update) -> Iterator[str]:
    """Yield the subjects of the template's commits, newest first, below the release that they are in."""
    try:
        commits = gitlog.between(
            project.store.history, planned.recorded, planned.wanted, project.record.directory
        )
    except git.GitError:
        return
    releases = {commit: tag for tag, commit in project.store.tags().items() if version(tag) is not None}
    inside = "  " if releases.keys() & {each.oid for each in commits} else ""
    for each in commits[:MOST_COMMITS]:
        if each.oid in releases:
            yield f"{releases[each.oid]}:"
        yield f"{inside}{each.oid[:7]} {each.subject}"
    if len(commits) > MOST_COMMITS:
        yield f"{inside}and {len(commits) - MOST_COMMITS} more"


def _changelog(project: Project, planned: Update) -> Iterator[str]:
    """Yield what the template's own changelog, in the template's own folder, says now and did not say before."""
    folder = f"{project.record.directory}/" if project.record.directory else ""
    for name in (f"{folder}{each}" for each in _CHANGELOGS):
        new = gitfetch.file_at(project.store.git_dir, planned.wanted, name)
        if new is None:
            continue
        old = gitfetch.file_at(project.store.git_dir, planned.recorded, name) or b""
        for hunk in hunks(lines(old) or [], lines(new) or []):
            yield from hunk.new
        return


def _pending(planned: Update) -> Iterator[str]:
    for path, keys in planned.by_key.items():
        for each in keys.pending:
            yield f"{path}: {each.path}: yours is {each.ours or 'none'} and stays, the template has {each.theirs or 'none'}"


def _by_key(planned: Update) -> Iterator[str]:
    for path, keys in planned.by_key.items():
        for pin in keys.pins:
            yield f"{path}: {pin.path}: {pin.chosen} (yours {pin.ours}, the template's {pin.theirs})"
        if not keys.pending and not keys.pins:
            yield f"{path}: both changed it, and no key of it in two ways"


def _findings(project: Project, planned: Update) -> Iterator[str]:
    """Yield the faults that are there with or without this update."""
    changed = {change.path for change in planned.changes}
    for finding in judged(project, lines=False).faults:
        if finding.path not in changed and finding.word != "behind":
            yield f"{finding.path}: {finding.word}" + (f": {finding.detail}" if finding.detail else "")


def _answers(plan: Plan) -> Iterator[str]:
    for answer in plan.answers:
        seen = ", ".join(answer.evidence[:2]) or "the template's default"
        yield f"{answer.variable} = {answer.value}  ({seen})"
