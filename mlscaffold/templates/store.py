"""What is known of a template, its commits and renderings, kept in one store per template in the user's cache."""

import json
import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, cast

from mlscaffold.core.errors import (
    RenderError,
    UnknownCommitError,
    UnreachableTemplateError,
)
from mlscaffold.core.refname import spellings
from mlscaffold.core.tree import Entry, blob_id
from mlscaffold.core.trust import without_password
from mlscaffold.shells import files, git, heads, installed
from mlscaffold.templates import renderings
from mlscaffold.templates.renderings import Rendering
from mlscaffold.templates.sources import ELSEWHERE, Source, absent

ASK_AGAIN_SECONDS = 600
MAX_FILES, MAX_BYTES = 20_000, 512 << 20
"""What a rendering may come to."""
FORMAT = 2
"""Part of every rendering's key: raised when renderings of the same inputs would come out differently."""


class Answer(NamedTuple):
    """A commit that a branch, a tag or the default branch named at some time.

    asked_at: seconds since 1970 when the template's repository last said so.
    """

    commit: str
    asked_at: float


class _Asked(NamedTuple):
    """What a template's repository said when it was asked last.

    at: seconds since 1970. commits: by branch, tag or id, "" for the default branch. bundle: which one it was, if it is one.
    """

    at: float
    commits: dict[str, str]
    bundle: list[int]


class Store:
    """What is known of one template, on disk: its commits as a bare repository, its renderings by what made them."""

    def __init__(self, source: Source, cache: Path, *, offline: bool = False) -> None:
        """Take the store of one template; `offline`: its repository is never asked, unless it is on this machine."""
        self.source = source
        self.offline = offline and not source.local
        name = blob_id(source.location.encode("utf-8", "surrogateescape"))
        self.folder = cache / "templates" / name
        self.git_dir = self.folder / "git"
        self.memory: dict[tuple[str | None, ...], Any] = {}
        """What this object was told once: it answers the same as long as it lives."""

    def newest(
        self, ref: str | None, *, refresh: bool = False, offline: bool = False, since: float = 0.0
    ) -> Answer:
        """Return the commit a branch, tag or id names (None: the default branch) in the template's repository.

        A remote is asked when its last answer is ten minutes old, or older than `since`, or now (refresh), or never
        (offline).

        Raises UnreachableTemplateError if there is no answer.
        """
        if self.source.local and not self.source.bundle:
            if ("local", ref) not in self.memory:
                self.memory["local", ref] = self._local_commit(ref)
            return Answer(self.memory["local", ref], time.time())
        asked = self._remembered()
        now = time.time()
        fresh = (since or now - ASK_AGAIN_SECONDS) <= asked.at <= now
        old = asked.bundle != self._bundle() if self.source.bundle else not fresh
        gone = not self.source.local and self.source.location.startswith("/")
        if refresh or (not offline and (old or gone)):
            self.fetch(since)
            asked = self._remembered()
        name = ref or ""
        if name not in asked.commits:
            asked.commits[name] = self._resolved(ref)
            self._remember(asked)
        return Answer(asked.commits[name], asked.at)

    def fetch(self, since: float = 0.0) -> None:
        """Ask the template's repository for its newest commits; not if another process did since then, or just now.

        since: when a run over many began, which asks once, also where there is no answer.

        Raises UnreachableTemplateError if it does not answer, or must not be asked.
        """
        if self.offline:
            raise UnreachableTemplateError(
                f"Not all that is needed is known here of the template {without_password(self.source.location)}.",
                "Ask it once without --offline.",
            )
        from mlscaffold.shells import gitfetch

        began = time.time()
        with self._locked():
            if (since or began) < self._remembered().at <= time.time():
                return  # another process asked while this one waited for it
            if since:
                self._raise_again(since)
                # Kept beforehand: a process that waits for too long is ended, and the others would wait as long.
                self._keep_failure(since, self._unreached("it gave no answer in time"))
            bundle = self._bundle()
            try:
                gitfetch.mirror(self.git_dir, self.source.location, local=self.source.local)
            except git.GitError as error:
                failure = self._unreached(error.reason)
                if since:
                    self._keep_failure(since, failure)
                raise failure from error
            self._remember(_Asked(time.time(), {}, bundle))

    def commit(self, wanted: str) -> str:
        """Return the full id of a commit that a branch or tag of the template reaches.

        Raises UnreachableTemplateError if there is none, after asking the template's repository once.
        """
        found = self._known(wanted)
        if found is None:
            self.fetch()
            found = self._known(wanted)
        if found is None:
            raise UnknownCommitError(
                f"The commit {wanted[:12]} is not in the history of {without_password(self.source.location)}; "
                "it may have been force-pushed away.",
                "Name another commit or branch with --checkout, or remove the record and make another (mlscaffold adopt).",
            )
        return found

    def successor(self, commit: str) -> tuple[str, bool] | None:
        """Return a commit of the template's history in the place of one that is no more in it, and whether it has the same files.

        That is the newest ancestor of the commit, or itself, whose files some commit of the history has.

        None if nothing is known of the commit: a server gives only what its branches reach.
        """
        if not git.resolve(self.git_dir, commit):
            return None
        from mlscaffold.shells import gitlog

        known = gitlog.trees(self.git_dir, "--all")
        found = {tree: each for each, tree in reversed(known.items())}
        lost = gitlog.trees(self.git_dir, commit)
        tree = next((tree for tree in lost.values() if tree in found), None)
        return None if tree is None else (found[tree], tree == lost[commit])

    def standing(self, commit: str) -> str:
        """Return a commit that the template's history has: this one, or the one in its place.

        Raises UnknownCommitError if there is none.
        """
        if git.resolve(self.history, commit):
            return commit
        found = self.successor(commit)
        if found is None:
            raise UnknownCommitError(
                f"The recorded commit {commit[:12]} is no longer in the template's history, so what lies since is not known.",
                "Name the commit to go on from: mlscaffold update --base COMMIT.",
            )
        return found[0]

    def has_hooks(self, commit: str, directory: str) -> bool:
        """Return whether the template runs code of its own before or after it is rendered at a commit."""
        folder = f"{directory}/hooks/" if directory else "hooks/"
        return any(path.startswith(folder) for path in git.read_tree(self.git_dir, commit))

    @property
    def history(self) -> Path:
        """The repository to ask for commits and tags: a template on this machine itself, else what was fetched."""
        if self.source.local and not self.source.bundle:
            return git.beneath(Path(self.source.location))
        return self.git_dir

    def tags(self) -> dict[str, str]:
        """Return the template's tags and the commits that they name."""
        from mlscaffold.shells import gitlog

        return gitlog.tags(self.history)

    def rendering(
        self, commit: str, directory: str, answers: Mapping[str, Any], *, hooks: bool = True
    ) -> Rendering:
        """Return a commit's rendering, from the cache where it has been made before.

        hooks: whether the template's hooks run; without them it may come out differently.

        Raises RenderError if it does not render, UnreachableTemplateError if there is no such commit.
        """
        made_of = [*renderer(), self.source.url, commit, directory, dict(answers), hooks]
        path = self.folder / "renderings" / blob_id(json.dumps(made_of, sort_keys=True).encode())
        found = renderings.read(path, made_of)
        if found is not None:
            return found
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.locked(path.with_name(f"{path.name}.lock")):  # of many processes, one renders
            return renderings.read(path, made_of) or self._render(path, made_of)

    def _render(self, path: Path, made_of: list[Any]) -> Rendering:
        from tempfile import TemporaryDirectory

        from mlscaffold.shells import child

        *_, wanted, directory, answers, hooks = made_of
        commit = self.commit(wanted)
        with TemporaryDirectory(prefix="mlscaffold-") as work:
            template = self.check_out(commit, directory, Path(work, "template"))
            unsteady = self._unsteady(commit, directory, template)
            policy = renderings.read_text(template / "policy.toml")
            rules = renderings.rules_of(policy)
            out = Path(work, "out")
            out.mkdir()
            made = child.run(
                "mlscaffold.shells.cookiecutter",
                {
                    "template": str(template),
                    "answers": answers,
                    "private": {"_template": self.source.url, "_commit": commit},
                    "out": str(out),
                    "hooks": hooks,
                    "renamed": rules.renamed if rules else {},
                    "replaced": rules.replaced if rules else {},
                },
                Path(work),
                offline=True,
            )
            rendering = Rendering(
                tree=self._keep(_inside(out, made["folder"])),
                context=made["context"],
                policy=policy,
                notes=(*made["notes"], *unsteady),
                rules=rules,
            )
        renderings.write(path, made_of, rendering)
        return rendering

    def _unsteady(self, commit: str, directory: str, template: Path) -> tuple[str, ...]:
        """Say which files come out differently each time; of one commit that is the same whatever the answers."""
        key = ("unsteady", commit, directory)
        if key not in self.memory:
            self.memory[key] = renderings.unsteady(template)
        return cast("tuple[str, ...]", self.memory[key])

    def check_out(self, commit: str, directory: str, folder: Path) -> Path:
        """Write the template's files at a commit into a folder that is made, and return where its cookiecutter.json is."""
        from mlscaffold.shells import gitfetch

        folder.mkdir()
        try:
            gitfetch.check_out(self.git_dir, commit, folder, network=not self.offline)
        except git.GitError as error:
            raise UnreachableTemplateError(
                f"The files of template commit {commit[:12]} cannot be had: {without_password(error.reason)}",
                "Ask the template once without --offline."
                if self.offline
                else "Check the network and your access to the template.",
            ) from error
        if (link := files.link_out_of(folder)) is not None:
            raise RenderError(
                f"{without_password(self.source.url)} at {commit[:12]} has a link that points out of it: {link}.",
                "What it points at would be taken in. Put the file itself there.",
            )
        template = folder / directory
        if not (template / "cookiecutter.json").is_file():
            raise self.no_template(commit, directory)
        return template

    def no_template(self, commit: str, directory: str) -> RenderError:
        """Return the error for a folder that holds no template, with the folders that do."""
        where = f"the folder {directory!r}" if directory else "its root"
        ending = "/cookiecutter.json"
        others = [
            path.removesuffix(ending) for path in git.read_tree(self.git_dir, commit) if path.endswith(ending)
        ]
        named = " or ".join(f"--directory {shlex.quote(other)}" for other in others[:3])
        return RenderError(
            f"{without_password(self.source.url)} at {commit[:12]} has no cookiecutter.json in {where}.",
            f"Name the template's folder: {named}." if named else "A template has one; name another.",
        )

    def _keep(self, folder: Path) -> dict[str, Entry]:
        """Take a rendered folder into the store, and return its tree."""
        from mlscaffold.shells import gitimport

        tree: dict[str, Entry] = {}

        def contents() -> Iterator[bytes]:
            left = MAX_BYTES
            for path, entry, content in files.walk(folder):
                tree[path] = entry
                left -= len(content)
                if len(tree) > MAX_FILES or left < 0:
                    raise RenderError(
                        f"The template renders to more than {MAX_FILES} files or {MAX_BYTES >> 20} MiB.",
                        "A template of that size is not for people. Look at the answers that it counts with.",
                    )
                yield content

        with self._locked():
            gitimport.write_blobs(self.git_dir, contents())
        return tree

    def _known(self, wanted: str) -> str | None:
        if ("known", wanted) in self.memory:
            return str(self.memory["known", wanted])
        if not (self.git_dir / "HEAD").exists():
            return None
        found = git.resolve(self.git_dir, wanted)
        if not found or not git.reachable(self.git_dir, found):
            return None
        self.memory["known", wanted] = found
        return found

    def _resolved(self, ref: str | None) -> str:
        there = (self.git_dir / "HEAD").exists()
        names = spellings(ref) if ref else ("refs/mlscaffold/head",)
        commit = _first(names, lambda name: git.resolve(self.git_dir, name)) if there else None
        if commit is None and not ref:
            shown = without_password(self.source.location)
            raise UnreachableTemplateError(
                f"Nothing is known yet of the template {shown}.", "Ask it once without --offline."
            )
        return commit or self._unknown(ref)

    def _local_commit(self, ref: str | None) -> str:
        place = Path(self.source.location)
        names = spellings(ref) if ref else ("HEAD",)
        try:
            commit = None if ref else heads.head(git.beneath(place))
            commit = commit or _first(names, lambda name: git.resolve_in(place, name))
        except git.GitError as error:
            raise UnreachableTemplateError(
                f"{self.source.location} is no git repository: {without_password(error.reason)}",
                "A template is a git repository.",
            ) from error
        if commit is None and not ref:
            raise UnreachableTemplateError(
                f"The template {self.source.location} has no commit yet.", "Commit the template."
            )
        return commit or self._unknown(ref)

    def _unknown(self, ref: str | None) -> NoReturn:
        raise UnreachableTemplateError(
            f"The template {without_password(self.source.location)} has no branch, tag or commit {ref!r}.",
            "Name another with --checkout.",
        )

    def _bundle(self) -> list[int]:
        """Return what tells one bundle from another that is put in its place, whose time may be older: time, size and inode."""
        if not self.source.bundle:
            return []
        try:
            look = Path(self.source.location).stat()
        except OSError:
            return []
        return [look.st_mtime_ns, look.st_size, look.st_ino]

    def _remembered(self) -> _Asked:
        try:
            document = json.loads((self.folder / "asked.json").read_text())
            return _Asked(float(document["at"]), dict(document["commits"]), list(document["bundle"]))
        except (OSError, ValueError, KeyError, TypeError):
            return _Asked(0.0, {}, [])

    def _remember(self, asked: _Asked) -> None:
        renderings.replace(self.folder / "asked.json", json.dumps(asked._asdict()))

    def _unreached(self, reason: str) -> UnreachableTemplateError:
        return UnreachableTemplateError(
            f"The template {without_password(self.source.location)} cannot be reached: {without_password(reason)}",
            ELSEWHERE
            if absent(self.source)
            else "Check the address, the network and your access to it; `--offline` uses what is known already.",
        )

    def _raise_again(self, since: float) -> None:
        """Raise what the repository was not reached for in the run that began then, if it was not."""
        try:
            of, what, hint = json.loads((self.folder / "failed.json").read_text())
        except (OSError, ValueError, TypeError):
            return
        if of == since:
            raise UnreachableTemplateError(str(what), str(hint))

    def _keep_failure(self, since: float, error: UnreachableTemplateError) -> None:
        renderings.replace(self.folder / "failed.json", json.dumps([since, error.what, error.hint]))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with files.locked(self.folder / "lock"):
            yield


@cache
def renderer() -> tuple[int | str, ...]:
    """Return what renders: after an upgrade, both sides of a comparison are rendered anew."""
    return (FORMAT, installed.version("cookiecutter"), installed.version("jinja2"))


def _first(names: Iterable[str], resolve: Callable[[str], str | None]) -> str | None:
    return next((found for name in names if (found := resolve(name))), None)


def _inside(out: Path, folder: str) -> Path:
    """Return the rendered folder, which hooks may have exchanged for something else."""
    rendered = Path(folder)
    if rendered.parent != out or rendered.is_symlink() or not rendered.is_dir():
        raise RenderError(
            "The template does not render: its folder is gone after its hooks ran.",
            "Mend the template's hooks.",
        )
    return rendered
