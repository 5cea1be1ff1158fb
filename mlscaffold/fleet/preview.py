"""What a change of a template would do to one repo: the update without the change beside the update with it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mlscaffold.core import record as records
from mlscaffold.core.document import Unreadable
from mlscaffold.core.effect import Effect, state_of
from mlscaffold.core.errors import LackingError, MlscaffoldError, TargetError
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.core.place import Files
from mlscaffold.core.record import Record
from mlscaffold.core.refname import is_commit
from mlscaffold.core.trust import without_password
from mlscaffold.documents.formats import adapter_of, format_of
from mlscaffold.documents.source import decode
from mlscaffold.fleet.work import Answered, Job, outcome_of
from mlscaffold.merging.planning import plan, refuse
from mlscaffold.project.gather import Project, Wanted, gathered
from mlscaffold.shells import git


class Result(NamedTuple):
    """What an update leaves of one file; `content` is None for one that is deleted."""

    what: str
    mode: str
    content: bytes | None

    @property
    def conflict(self) -> bool:
        """Whether a person has to decide."""
        return self.what == "conflict"


def previewed(job: Job, files: Files, content: bytes) -> Answered:
    """Say what the change would do to a repo that was made from this template; nothing of another is rendered."""
    working = job.asked.working
    assert working is not None, "a preview is of a template's working copy"
    record = records.parse(content)
    if not working.is_of(record.template, record.commit):
        template = without_password(record.template)
        return Answered(
            Outcome(
                job.name, "preview", Standing.OTHER, f"made from {template}", head=job.head, template=template
            )
        )
    if _is_pinned(record.checkout or "", Path(working.location)):
        return Answered(_pinned(job, record))
    wanted = job.asked.wanted._replace(template=working.location)
    try:
        after = gathered(files, content, wanted._replace(to=working.after))
    except TargetError as error:
        why = f"{error.what} {error.hint}".strip()
        return Answered(Outcome(job.name, "preview", Standing.FAILS, why, head=job.head))
    refuse(after)
    effects = tuple(_effects(files, _results(after), _without(files, content, wanted, working.before)))
    return Answered(outcome_of(job, after, state_of(effects), _why(effects)), effects=effects)


def _is_pinned(checkout: str, location: Path) -> bool:
    looks_so = is_commit(checkout, checkout.lower())
    return looks_so and is_commit(checkout, git.resolve(location, checkout) or "")


def _pinned(job: Job, record: Record) -> Outcome:
    why = f"pinned to commit {str(record.checkout)[:7]}: the change does not reach it"
    template = without_password(record.template)
    return Outcome(job.name, "preview", Standing.NOTHING, why, head=job.head, template=template)


def _without(files: Files, content: bytes, wanted: Wanted, commit: str) -> Mapping[str, Result]:
    """Return what an update without the change would leave; nothing where that cannot be said."""
    try:
        return _results(gathered(files, content, wanted._replace(to=commit)))
    except LackingError:
        raise
    except MlscaffoldError:
        return {}


def _results(project: Project) -> dict[str, Result]:
    planned = plan(project)
    found = {change.path: Result(change.what, change.mode, change.content) for change in planned.changes}
    for path, stages in planned.conflicts.items():
        found[path] = Result("conflict", "", repr(sorted(stages.items())).encode())
    for path in (*planned.blocked, *planned.unread):
        found[path] = Result("conflict", "", b"something else stands in its place, or it cannot be read")
    return found


def _effects(files: Files, after: Mapping[str, Result], before: Mapping[str, Result]) -> Iterator[Effect]:
    paths = sorted(after.keys() | before.keys())
    files.bring(path for path in paths if format_of(path) is not None)
    for path in paths:
        new, old = after.get(path), before.get(path)
        if new == old:
            continue
        if new is None:
            yield Effect(path, "clean", "stays as it is here")
        elif new.conflict:
            yield Effect(path, "conflict already" if old is not None and old.conflict else "conflict")
        elif why := _broken(path, files.read(path), new.content):
            yield Effect(path, "breaks", why)
        else:
            yield Effect(path, "clean", new.what)


def _broken(path: str, old: bytes | None, new: bytes | None) -> str:
    """Return why a file that can be read now could not be read any more, "" if it could."""
    if format_of(path) is None or old is None or new is None or _unreadable(path, old):
        return ""
    return _unreadable(path, new)


def _unreadable(path: str, content: bytes) -> str:
    kind = format_of(path)
    assert kind is not None, "it has a format"
    source = decode(content)
    found = source if isinstance(source, Unreadable) else adapter_of(kind).parse(source.text)
    return str(found) if isinstance(found, Unreadable) else ""


def _words(effect: Effect) -> str:
    return "conflicts without the change, too" if effect.what == "conflict already" else effect.what


def _why(effects: tuple[Effect, ...], most: int = 3) -> str:
    bad = [effect for effect in effects if effect.what != "clean"]
    said = [
        f"{effect.path}: {_words(effect)}" + (f" ({effect.detail})" if effect.what == "breaks" else "")
        for effect in (bad or effects)[:most]
    ]
    more = len(bad or effects) - len(said)
    return ", ".join(said) + (f" and {more} more" if more else "")
