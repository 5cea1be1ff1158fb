"""The template's changes merged into a project, staged as `git merge --no-commit` would leave them."""

from dataclasses import replace
from pathlib import Path

from mlscaffold.core import record as records
from mlscaffold.core.errors import NeedsRelinkError, TargetError
from mlscaffold.core.evolution import asked_anew
from mlscaffold.merging import landing, unfinished
from mlscaffold.merging.conflicts import Conflicts
from mlscaffold.merging.planning import Update, message, plan, refuse
from mlscaffold.project.gather import Project, Wanted, aim, gather, open_store, read_record
from mlscaffold.templates.sources import refuse_password

TRIALS = 8
"""So many commits are tried before a template that does not render is given up."""


def update(
    root: Path,
    wanted: Wanted,
    *,
    dry_run: bool = False,
    commit: bool = False,
    conflicts: Conflicts = "markers",
    step: bool = False,
) -> Update:
    """Merge the template's changes into a project's checkout.

    step: where the whole way conflicts, go release by release only as far as it does not; at least to the next.

    Raises MlscaffoldError, with nothing changed, when the checkout is not clean or there is no answer.
    """
    if dry_run:
        return _recording(*_chosen(root, _checked(root, wanted), conflicts, step=step))
    records.parse(read_record(root))
    with unfinished.opened(root) as (checkout, journal), landing.written_or_nothing():
        landing.refuse_uncommitted(checkout)
        if commit:
            unfinished.refuse_others(checkout)
        project, planned = _chosen(root, _checked(root, wanted), conflicts, step=step)
        planned = _recording(project, planned)
        if planned.nothing:
            return planned
        landing.refuse_untracked(checkout, planned)
        landing.refuse_overlooked(checkout, planned)
        said = message(project)
        if planned.changes or planned.conflicts or planned.record:
            landing.apply(planned, said, checkout, journal)
        if planned.follows:
            from mlscaffold.verbs.new import trust_named

            trust_named(project.store.source)
        if commit and not planned.unfinished:
            return replace(planned, commit=unfinished.commit(checkout, said))
        return planned


def _recording(project: Project, planned: Update) -> Update:
    """Have the record name the template that was typed in the recorded one's place: its commit may be of that one alone.

    Raises UsageError if its address holds a password.
    """
    named = project.store.source.named
    stays = planned.blocked or planned.unlanded or planned.unread
    if not named or named == project.record.template or stays:
        return planned
    refuse_password(named)
    here = ", a template on this machine, which nobody else can reach" if project.store.source.local else ""
    return replace(
        planned,
        record=records.moved(planned.record or project.content, named),
        follows=named,
        notices=(*planned.notices, f"the record names {named} from now on{here}"),
    )


def _checked(root: Path, wanted: Wanted) -> Wanted:
    """Hold the given answers against what the template asks for.

    Raises UsageError for one that it does not ask for, or a choice that it does not offer.
    """
    if not wanted.answers:
        return wanted
    from mlscaffold.verbs.new import checked_answers

    record = records.parse(read_record(root))
    store, target = aim(record, wanted)
    answers = checked_answers(store, store.commit(target.commit), record.directory, wanted.answers, None)
    return wanted._replace(answers=answers)


def _gathered(root: Path, wanted: Wanted) -> Project:
    """Gather, with what the template asks anew answered by what the project shows, where it does.

    Raises NeedsRelinkError with the commit to go on from, if the recorded one is gone.
    """
    try:
        project = gather(root, wanted)
    except NeedsRelinkError as error:
        raise _relinked(root, wanted, error) from error
    renamed = project.policy.renamed
    known = {*project.record.answers, *wanted.answers, *renamed.values()}
    asked = asked_anew(project.before, project.context, known)
    if not asked:
        return project
    from mlscaffold.adopting.answering import shown

    seen = shown(project, asked, {**project.record.public_answers, **wanted.answers})
    answers = {**wanted.answers, **{name: each.value for name, each in seen.items()}}
    try:
        answered = gather(root, wanted._replace(answers=answers)) if seen else project
    except TargetError:
        seen, answered = {}, project
    said = [
        f"the template asks for {name} now: {answered.context[name]!r}, "
        + (f"as {seen[name].evidence[0]} shows" if name in seen else "its default")
        + f"; --answer {name}=… says otherwise"
        for name in asked
        if name not in answered.needs
    ]
    return answered._replace(notices=(*answered.notices, *said))


def _relinked(root: Path, wanted: Wanted, error: NeedsRelinkError) -> NeedsRelinkError:
    """Say which commit of the rewritten history the project is nearest to, and how to go on from it."""
    from mlscaffold.adopting.answering import place_in_history

    record = records.parse(read_record(root))
    found = place_in_history(root, open_store(record, wanted), record)
    if found is None:
        return NeedsRelinkError(
            f"{error.what} And the project is near none of the commits that are there.",
            "Begin anew: git rm .cruft.json, commit, mlscaffold adopt; or name a commit: mlscaffold update --base COMMIT.",
        )
    near = f"{100 * found.closeness:.0f}%"
    return NeedsRelinkError(
        error.what,
        f"Of those there the project is nearest to {found.version.commit[:12]} ({near}, in {found.snapshot.name}). "
        f"To go on from it: mlscaffold update --base {found.version.commit[:12]}",
    )


def _chosen(root: Path, wanted: Wanted, conflicts: Conflicts, *, step: bool) -> tuple[Project, Update]:
    """Plan the update to where it can go: the wanted commit, or short of it."""
    try:
        project = _gathered(root, wanted)
    except TargetError as error:
        return _newest_that_renders(root, wanted, conflicts, error)
    refuse(project)
    planned = plan(project, conflicts)
    if not step or not (planned.conflicts or planned.unlanded):
        return project, planned
    best = None
    for commit in _releases(project):
        stepped = _gathered(root, wanted._replace(to=commit))
        refuse(stepped)
        there = stepped, replace(plan(stepped, conflicts), short_of=project.target.commit)
        conflicting = there[1].conflicts or there[1].unlanded
        best = best if best and conflicting else there
        if conflicting:
            break
    return best or (project, planned)


def _releases(project: Project) -> list[str]:
    """Return the tagged commits between the recorded and the wanted one, oldest first."""
    from mlscaffold.shells import gitlog

    store = project.store
    tagged = set(store.tags().values())
    way = gitlog.leading(store.history, store.standing(project.record.commit), project.target.commit)
    return [each.oid for each in reversed(way) if each.oid in tagged and each.oid != project.target.commit]


def _newest_that_renders(
    root: Path, wanted: Wanted, conflicts: Conflicts, error: TargetError
) -> tuple[Project, Update]:
    """Go to the newest commit before the wanted one that renders; raise the wanted one's error if there is none."""
    from mlscaffold.shells import gitlog

    record = records.parse(read_record(root))
    store = open_store(record, wanted)
    for each in gitlog.leading(store.history, store.standing(wanted.base or record.commit), error.commit)[
        1 : 1 + TRIALS
    ]:
        try:
            project = _gathered(root, wanted._replace(to=each.oid))
        except TargetError:
            continue
        said = f"the template does not render at {error.commit[:7]}, so the update goes to {each.oid[:7]}: {error.what}"
        refuse(project)
        planned = plan(project, conflicts)
        return project, replace(planned, short_of=error.commit, notices=(*planned.notices, said))
    raise error
