"""A project's three trees, its policy and its record: everything that the verbs are functions of."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from mlscaffold.core import policy as policies
from mlscaffold.core import record as records
from mlscaffold.core.errors import (
    HookError,
    MlscaffoldError,
    NeedsRelinkError,
    NoRecordError,
    RecordError,
    RenderError,
    TargetError,
    UnknownCommitError,
    UnreachableTemplateError,
    UsageError,
)
from mlscaffold.core.globs import Matcher, cruft_skip
from mlscaffold.core.place import Files
from mlscaffold.core.policy import Policy
from mlscaffold.core.record import Record
from mlscaffold.core.refname import is_commit
from mlscaffold.core.span import count
from mlscaffold.core.tree import Tree, blob_id
from mlscaffold.core.trust import without_password
from mlscaffold.project.declared import Declared, declared
from mlscaffold.project.worktree import WorkTree
from mlscaffold.shells import settings as user
from mlscaffold.shells.files import Folder
from mlscaffold.templates.renderings import Rendering
from mlscaffold.templates.sources import Source, locate, require_trust
from mlscaffold.templates.store import Answer, Store

if TYPE_CHECKING:
    from mlscaffold.shells.gitlog import Dated

Channel = Literal["release", "head"]


class Wanted(NamedTuple):
    """What the user asks a project to be compared with.

    template: an address in the record's place, trusted by being typed.
    ref: a branch, tag or commit in place of the recorded checkout.
    refresh, offline: ask the template's repository now, or never.
    since: ask it unless it was asked since then, in seconds since 1970; 0 is ten minutes ago.
    channel: the newest release, or the newest commit of the default branch, in place of the recorded checkout.
    lost: also look for updates that an earlier tool lost: "likely" where the template's own text says that a file may
    be as an older commit has it, "all" by rendering older commits.
    to: a tag or commit to go to this time, while the record goes on to follow what it followed.
    base: the template commit that the project is of, in place of the recorded one.
    answers: given on top of the recorded ones. hooks: whether the template's hooks run.
    """

    template: str | None = None
    ref: str | None = None
    refresh: bool = False
    offline: bool = False
    channel: Channel | None = None
    lost: Literal["no", "likely", "all"] = "no"
    to: str | None = None
    base: str | None = None
    answers: Mapping[str, object] = {}
    hooks: bool = True
    since: float = 0.0


class Project(NamedTuple):
    """One project and what it is compared with.

    files: where its files are. content: its record, byte for byte. record: what it says; where the commit in it is
    gone from the template's history, with the one that stands for it.
    checkout: the branch or tag that it follows, None for the template's default.
    base, theirs: the template as recorded and as wanted, skipped paths taken out, in the line ends of the project's
    files; ours: the same paths in the project.
    declared: what the project says of itself. skipped: whether `skip` leaves a path out, which it cannot where the
    template lets nobody be excused. left_out: the template's paths that it leaves out.
    blobs: the contents of base and theirs that are not in the store, by id.
    lost: files whose update an earlier tool lost, and the template commit that they are of; that is their base here.
    before: the context of base. hookless: whether hooks that the template has were left out. needs: variables that the template asks for, without default or answer.
    """

    files: Files
    content: bytes
    record: Record
    store: Store
    target: Answer
    checkout: str | None
    context: Mapping[str, object]
    base: Tree
    ours: Tree
    theirs: Tree
    policy: Policy
    declared: Declared
    skipped: Matcher
    notices: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    blobs: Mapping[str, bytes] = {}
    lost: Mapping[str, "Dated"] = {}
    before: Mapping[str, object] = {}
    hookless: bool = False
    needs: tuple[str, ...] = ()

    @property
    def root(self) -> Path:
        """The project's folder; for one that is nowhere on disk, its name."""
        return self.files.root

    @property
    def paths(self) -> list[str]:
        """Every path of base and theirs, sorted."""
        return sorted(self.base.keys() | self.theirs.keys())

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the project's files by blob id.

        Raises MlscaffoldError if one is no longer what it was when its entry was taken.
        """
        return read_files(self.files, {path: self.ours[path] for path in paths})


def gather(root: Path, wanted: Wanted) -> Project:
    """Read a project's record, render its template twice (or find both renderings), and read its files.

    Raises MlscaffoldError for whatever keeps us from that.
    """
    return gathered(WorkTree(root), read_record(root), wanted)


def gathered(files: Files, content: bytes, wanted: Wanted) -> Project:
    """Do as `gather` does, with files wherever they are; `content` is the project's record.

    Raises MlscaffoldError for whatever keeps us from that.
    """
    record = records.parse(content)
    store, target = aim(record, wanted)
    base, commit, moved_away = _base(store, record, wanted)
    record = record._replace(commit=commit)
    same = target.commit == record.commit and not wanted.answers
    theirs = base if same else _theirs(store, record, target.commit, wanted)
    project = compared(files, content, store, target, wanted.ref or record.checkout, base.tree, theirs)
    hookless = not wanted.hooks and any(
        store.has_hooks(each, record.directory) for each in (commit, target.commit)
    )
    plain = ("rendered without the template's hooks: with them, results may differ",) if hookless else ()
    needs = () if same else _needs(base, theirs, record, wanted)
    asked = (
        f"the template asks for {name}, without a default: mlscaffold update --answer {name}=…"
        for name in needs
    )
    project = project._replace(
        record=record,
        notices=(
            *project.notices,
            *theirs.notes,
            *moved_away,
            *plain,
            *asked,
            *_pinned(record, store, target, wanted),
        ),
        before=base.context,
        hookless=hookless,
        needs=needs,
    )
    return project if wanted.lost == "no" else _with_lost(project, everywhere=wanted.lost == "all")


def aim(record: Record, wanted: Wanted) -> tuple[Store, Answer]:
    """Return a project's template, and the commit that it is to be compared with.

    Raises UntrustedTemplateError if nobody trusts it, UnreachableTemplateError if there is no such commit.
    """
    store = open_store(record, wanted)
    ref = wanted.to or wanted.ref or (_of_channel(store, wanted) if wanted.channel else record.checkout)
    answer = store.newest(ref, refresh=wanted.refresh, offline=wanted.offline, since=wanted.since)
    if wanted.channel == "release" and _leads_to(store, answer.commit, record.commit):
        return store, answer._replace(
            commit=record.commit
        )  # a project that is ahead of the release is not behind it
    return store, answer


def _leads_to(store: Store, old: str, new: str) -> bool:
    from mlscaffold.shells import git, gitlog

    return git.resolve(store.history, new) is not None and gitlog.leads_to(store.history, old, new)


def _with_lost(project: Project, *, everywhere: bool) -> Project:
    """Take, for each file whose update was lost, what it holds for its base: so the update is offered again."""
    if all(project.base.get(path) in (None, entry) for path, entry in project.ours.items()):
        return project
    from mlscaffold.templates.lost import likely_lost, lost_updates

    store, record, base, ours = project.store, project.record, project.base, project.ours
    lost = (
        lost_updates(store, record, base, ours)
        if everywhere
        else likely_lost(store, record, base, ours, project.read)
    )
    base = {**project.base, **{path: project.ours[path] for path in lost}}
    return project._replace(base=base, lost=lost) if lost else project


def open_store(record: Record, wanted: Wanted) -> Store:
    """Return what is known of a project's template.

    Raises UntrustedTemplateError if nobody trusts it.
    """
    settings = user.load()
    source = _source(record, wanted, settings)
    if _stores is None:
        return Store(source, settings.cache, offline=wanted.offline)
    return _stores.setdefault((source, wanted.offline), Store(source, settings.cache, offline=wanted.offline))


_stores: dict[tuple[Source, bool], Store] | None = None


def keep_stores() -> None:
    """Let all projects that this process looks at from now on be compared with the same state of their template."""
    global _stores  # noqa: PLW0603 - a worker process is one value
    _stores = {}


def _base(store: Store, record: Record, wanted: Wanted) -> tuple[Rendering, str, tuple[str, ...]]:
    """Render the recorded commit, or the one in its place; return that one too, and what is to be said."""

    def rendered(commit: str) -> Rendering:
        return store.rendering(commit, record.directory, record.public_answers, hooks=wanted.hooks)

    if wanted.base is not None:
        commit = store.commit(wanted.base)
        return rendered(commit), commit, ()
    try:
        return rendered(record.commit), record.commit, ()
    except UnknownCommitError:
        found = store.successor(record.commit)
        named = without_password(store.source.named)
        if found is None and named and store.source.named != record.template:
            raise MlscaffoldError(
                f"The project was made from {without_password(record.template)}, and {named} does not have "
                f"its commit {record.commit[:12]}.",
                "Leave --template out, or name the same template at another address.",
            ) from None
        if found is None:
            raise NeedsRelinkError(
                f"The recorded commit {record.commit[:12]} is no longer in the template's history.",
                "mlscaffold update looks for the commit that the project is nearest to, and says how to go on from there.",
            ) from None
        other, same = found
        said = f"the recorded commit {record.commit[:7]} is no longer in the template's history; "
        said += (
            f"{other[:7]}, which has the same files, stands for it"
            if same
            else f"it is compared with {other[:7]}, which came before it: what it had beyond that counts as this project's own"
        )
        return rendered(other), other, (said,)


def _pinned(record: Record, store: Store, target: Answer, wanted: Wanted) -> Iterable[str]:
    """Say of a project whose record follows a commit that nothing ever reaches it, and what it misses."""
    if wanted.ref or wanted.to or wanted.channel or not is_commit(record.checkout, target.commit):
        return
    from mlscaffold.templates.beyond import branch_beyond

    branch, behind = branch_beyond(
        store, record.directory, target.commit, offline=wanted.offline, since=wanted.since
    )
    lacks = f"{count(behind, 'commit')} behind {branch}" if behind else "so nothing new reaches it"
    yield (
        f"pinned to commit {target.commit[:7]}, {lacks}: mlscaffold update -c {branch or 'BRANCH'} follows the branch"
    )


def _theirs(store: Store, record: Record, commit: str, wanted: Wanted) -> Rendering:
    answers = {**record.public_answers, **wanted.answers}
    try:
        return store.rendering(commit, record.directory, answers, hooks=wanted.hooks)
    except HookError:
        raise
    except RenderError as error:
        raise TargetError(error.what, error.hint, commit) from error


def _needs(base: Rendering, theirs: Rendering, record: Record, wanted: Wanted) -> tuple[str, ...]:
    from mlscaffold.core.evolution import unanswered

    return unanswered(base.context, theirs.context, (*record.answers, *wanted.answers))


def _of_channel(store: Store, wanted: Wanted) -> str | None:
    """Return the tag of the newest release, or None for the default branch.

    Raises UsageError if the template has no release.
    """
    if wanted.channel == "head":
        return None
    from mlscaffold.core.release import newest_release

    store.newest(None, refresh=wanted.refresh, offline=wanted.offline, since=wanted.since)
    tag = newest_release(store.tags())
    if not tag:
        raise UsageError(
            "The template has no release: no tag like 1.2.0 or v1.2.0.",
            "Use --channel head, or --checkout REF.",
        )
    return tag


def compared(
    files: Files,
    content: bytes,
    store: Store,
    target: Answer,
    checkout: str | None,
    base: Tree,
    theirs: Rendering,
) -> Project:
    """Put a project's files beside two states of its template; `content` is its record, which need not be written yet."""
    record, said, policy = records.parse(content), declared(files), _policy(theirs)
    named = cruft_skip((*record.skip, *said.skip))

    def skipped(path: str) -> bool:
        return named(path) and policy.rule_for(path).waivable

    base_tree, their_tree = (
        {path: entry for path, entry in tree.items() if not skipped(path) and path != records.NAME}
        for tree in (base, theirs.tree)
    )
    project = Project(
        files=files,
        content=content,
        record=record,
        store=store,
        target=target,
        checkout=checkout,
        context=theirs.context,
        base=base_tree,
        ours=files.entries(base_tree.keys() | their_tree.keys()),
        theirs=their_tree,
        policy=policy,
        declared=said,
        skipped=skipped,
        left_out=tuple(sorted(path for path in {*base, *theirs.tree} if skipped(path))),
        notices=(*said.notices, *_unoffered(record, theirs)),
    )
    if project.ours in (project.base, project.theirs):
        return project
    told = (project.base, project.theirs)
    files.bring(
        path for path, entry in project.ours.items() if entry not in [tree.get(path) for tree in told]
    )
    return _dressed(project)


def _dressed(project: Project) -> Project:
    """Put base and theirs into the line ends of the project's files."""
    from mlscaffold.project.dressing import dress
    from mlscaffold.shells import git

    worn = dress(
        project.base,
        project.ours,
        project.theirs,
        project.policy,
        project.read,
        lambda oids: git.read_blobs(project.store.git_dir, oids, whole=True),
    )
    return project._replace(base=worn.base, theirs=worn.theirs, blobs=worn.blobs)


def read_files(files: Files, entries: Tree) -> dict[str, bytes]:
    """Return a project's files by blob id.

    Raises MlscaffoldError if one is no longer what it was when its entry was taken.
    """
    contents = {}
    files.bring(entries)
    for path, entry in entries.items():
        content = files.read(path)
        if content is None or blob_id(content) != entry.oid:
            raise MlscaffoldError(f"{path} changed while it was read.", "Run the command again.")
        contents[entry.oid] = content
    return contents


def read_record(root: Path) -> bytes:
    """Return a project's record.

    Raises NoRecordError if there is none, RecordError if it is a link or too large.
    """
    path = root / records.NAME
    if path.is_symlink():
        raise RecordError(f"{path} is a link, which is not followed.", "Put the record itself there.")
    if not path.is_file():
        raise NoRecordError(
            f"{root} has no {records.NAME}: it is not known which template it was made from.",
            _where_a_record_is(root),
        )
    content = Folder(root).read(records.NAME, records.MAX_BYTES + 1) or b""
    if len(content) > records.MAX_BYTES:
        raise RecordError(
            f"{path} is larger than 1 MiB.", "A record holds a template's address and its answers."
        )
    return content


def _where_a_record_is(root: Path) -> str:
    above = next((folder for folder in root.absolute().parents if (folder / records.NAME).is_file()), None)
    if above is not None:
        return f"The project that it lies in has one: --project-dir {os.path.relpath(above)}"
    if not root.is_dir():
        return "There is no such folder. Name the project: --project-dir."
    return "Record it: mlscaffold link TEMPLATE. Or name the project: --project-dir."


def _source(record: Record, wanted: Wanted, settings: user.Settings) -> Source:
    if wanted.template is not None:
        typed = locate(wanted.template, settings)
        return Source(record.template, typed.location, typed.local, named=typed.url)
    recorded = os.path.expanduser(record.template)
    source = _builtin(record) or locate(recorded, settings)
    require_trust(source, settings)
    return source


def _builtin(record: Record) -> Source | None:
    """Return the built-in template if that is what the record names."""
    from mlscaffold.templates import builtin

    if record.directory != builtin.DIRECTORY:
        return None
    try:
        source = builtin.source()
    except UnreachableTemplateError:
        return None
    return source if source.url == record.template else None


def _policy(rendering: Rendering) -> Policy:
    if rendering.policy is None:
        return Policy()
    return rendering.rules or policies.parse(rendering.policy.encode("utf-8", "surrogateescape"))


def _unoffered(record: Record, theirs: Rendering) -> Iterable[str]:
    """Say which recorded answers the template no longer asks for; they stay in the project's record until an update."""
    for name in record.public_answers:
        if name not in theirs.context:
            yield f"the template no longer has the variable {name!r}; its answer is not used"
