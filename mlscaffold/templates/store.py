"""Where a template comes from, and its commits and renderings, kept in one store per template in the user's cache."""

import json
import os
import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mlscaffold.core.errors import (
    MlscaffoldError,
    RenderError,
    UnknownCommitError,
    UnreachableTemplateError,
    UntrustedTemplateError,
    UsageError,
)
from mlscaffold.core.policy import Policy, PolicyError, from_plain, parse
from mlscaffold.core.tree import Entry, Tree, blob_id
from mlscaffold.core.trust import address, trusted, without_password
from mlscaffold.shells import files, git, settings
from mlscaffold.shells.settings import Settings

ASK_AGAIN_SECONDS = 600
MAX_FILES, MAX_BYTES = 20_000, 512 << 20
"""What a rendering may come to."""
FORMAT = 2
"""Part of every rendering's key: raised when renderings of the same inputs would come out differently."""
_SHORT = {
    "gh": "https://github.com/{}.git",
    "gl": "https://gitlab.com/{}.git",
    "bb": "https://bitbucket.org/{}",
}


class Source(NamedTuple):
    """A template's repository.

    url: as records name it.
    location: what git fetches from, another one for an alias or the built-in template.
    local: whether that is on this machine, and so is always asked.
    builtin: whether it is mlscaffold's own, which is trusted.
    """

    url: str
    location: str
    local: bool
    builtin: bool = False

    @property
    def bundle(self) -> bool:
        """Whether it is a git bundle, which never changes once it is installed."""
        return self.location.endswith(".bundle")


class Answer(NamedTuple):
    """A commit that a branch, a tag or the default branch named at some time.

    asked_at: seconds since 1970 when the template's repository last said so.
    """

    commit: str
    asked_at: float


class Rendering(NamedTuple):
    """A template commit rendered with a project's answers.

    tree: its files; their blobs are in the store.
    context: the context it was made with, private variables and defaults included.
    policy: the template's policy.toml at that commit, None if it has none. rules: what it says, None if that cannot be read.
    notes: what happened to the answers that was not asked for.
    """

    tree: Tree
    context: Mapping[str, Any]
    policy: str | None
    notes: tuple[str, ...] = ()
    rules: Policy | None = None


def locate(url: str, user: Settings) -> Source:
    """Return where a recorded or typed address leads: through the user's aliases, or to a folder on this machine."""
    location = _expanded(user.alias.get(url, url))
    name = location.removeprefix("file://")
    path = Path(name)
    if ":" not in name.partition("/")[0] and path.is_dir():  # `host:path` is a host's, whatever lies here
        return Source(url if url in user.alias else str(path.resolve()), str(path.resolve()), local=True)
    return Source(_expanded(url), location, local=False)


def require_trust(source: Source, user: Settings) -> None:
    """Raise UntrustedTemplateError unless the template is the built-in one or one the user's settings name."""
    if source.builtin or trusted(source.location, user.trust):
        return
    shown = without_password(source.location)
    what = f"The template {shown} is not trusted, and rendering a template runs its code."
    if address(source.location) is None:
        raise UntrustedTemplateError(
            what,
            "An address like this cannot be. Put another in its place: in your configuration (`[alias]`), or "
            "--template for this once.",
        )
    raise UntrustedTemplateError(
        what, f"If you trust it: mlscaffold trust {shlex.quote(shown)}", source.location
    )


def add_trust(url: str) -> str:
    """Trust an address from now on, and return it as it is written down.

    Raises UsageError for one that could never be matched.
    """
    local = Path(url).expanduser()
    written = str(local.resolve()) if local.is_dir() else _expanded(url)
    if address(written) is None:
        raise UsageError(
            f"{without_password(url)} cannot be trusted.",
            "Give an https or ssh address without a password, or a folder on this machine.",
        )
    if written not in settings.load().trust:
        settings.add_trust(written)
    return written


def _expanded(url: str) -> str:
    short, colon, rest = url.partition(":")
    return _SHORT[short].format(rest) if colon and short in _SHORT else url


class Store:
    """What is known of one template, on disk: its commits as a bare repository, its renderings by what made them."""

    def __init__(self, source: Source, cache: Path, *, offline: bool = False) -> None:
        """Take the store of one template; `offline`: its repository is never asked, unless it is on this machine."""
        self.source = source
        self.offline = offline and not source.local
        name = blob_id(source.location.encode("utf-8", "surrogateescape"))
        self.folder = cache / "templates" / name
        self.git_dir = self.folder / "git"

    def newest(self, ref: str | None, *, refresh: bool = False, offline: bool = False) -> Answer:
        """Return the commit a branch, tag or id names (None: the default branch) in the template's repository.

        A remote is asked when its last answer is ten minutes old, or now (refresh), or never (offline).

        Raises UnreachableTemplateError if there is no answer.
        """
        if self.source.local and not self.source.bundle:
            return Answer(self._local_commit(ref), time.time())
        asked_at, commits = self._remembered()
        old = asked_at < self._made_at() if self.source.bundle else time.time() - asked_at > ASK_AGAIN_SECONDS
        gone = not self.source.local and self.source.location.startswith("/")
        if refresh or (not offline and (old or gone)):
            self.fetch()
            asked_at, commits = self._remembered()
        name = ref or ""
        if name not in commits:
            commits[name] = self._resolved(ref)
            self._remember(asked_at, commits)
        return Answer(commits[name], asked_at)

    def fetch(self) -> None:
        """Ask the template's repository for its newest commits.

        Raises UnreachableTemplateError if it does not answer, or must not be asked.
        """
        if self.offline:
            raise UnreachableTemplateError(
                f"Not all that is needed is known here of the template {without_password(self.source.location)}.",
                "Ask it once without --offline.",
            )
        began = time.time()
        with self._locked():
            if self._remembered()[0] > began:
                return  # another process asked while this one waited for it
            try:
                git.mirror(self.git_dir, self.source.location, local=self.source.local)
            except git.GitError as error:
                raise UnreachableTemplateError(
                    f"The template {without_password(self.source.location)} cannot be reached: {without_password(error.reason)}",
                    "Check the address, the network and your access to it; `--offline` uses what is known already.",
                ) from error
            self._remember(time.time(), {})

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
                "Name another commit or branch with --checkout, or link the project anew (mlscaffold link).",
            )
        return found

    def successor(self, commit: str) -> str | None:
        """Return the newest ancestor of a commit, or itself, that the template's history still has, by its files.

        None if nothing is known of the commit: a server gives only what its branches reach.
        """
        if not git.resolve(self.git_dir, commit):
            return None
        from mlscaffold.shells import gitlog

        known = gitlog.trees(self.git_dir, "--all")
        found = {tree: each for each, tree in reversed(known.items())}
        lost = gitlog.trees(self.git_dir, commit)
        return next((found[tree] for tree in lost.values() if tree in found), None)

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
        made_of = [FORMAT, self.source.url, commit, directory, dict(answers), hooks]
        path = self.folder / "renderings" / blob_id(json.dumps(made_of, sort_keys=True).encode())
        found = _read_rendering(path, made_of)
        if found is not None:
            return found
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.locked(path.with_name(f"{path.name}.lock")):  # of many processes, one renders
            return _read_rendering(path, made_of) or self._render(path, made_of)

    def _render(self, path: Path, made_of: list[Any]) -> Rendering:
        from tempfile import TemporaryDirectory

        from mlscaffold.shells import child

        _, _, wanted, directory, answers, hooks = made_of
        commit = self.commit(wanted)
        with TemporaryDirectory(prefix="mlscaffold-") as work:
            template = self.check_out(commit, directory, Path(work, "template"))
            policy = _text(template / "policy.toml")
            rules = _rules(policy)
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
                notes=tuple(made["notes"]),
                rules=rules,
            )
        _write_rendering(path, made_of, rendering)
        return rendering

    def check_out(self, commit: str, directory: str, folder: Path) -> Path:
        """Write the template's files at a commit into a folder that is made, and return where its cookiecutter.json is."""
        folder.mkdir()
        try:
            git.check_out(self.git_dir, commit, folder, network=not self.offline)
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
            where = f"the folder {directory!r}" if directory else "its root"
            raise RenderError(
                f"{without_password(self.source.url)} at {commit[:12]} has no cookiecutter.json in {where}.",
                "Name the template's folder with --directory.",
            )
        return template

    def _keep(self, folder: Path) -> dict[str, Entry]:
        """Take a rendered folder into the store, and return its tree."""
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
            git.write_blobs(self.git_dir, contents())
        return tree

    def _known(self, wanted: str) -> str | None:
        if not (self.git_dir / "HEAD").exists():
            return None
        found = git.resolve(self.git_dir, wanted)
        return found if found and git.reachable(self.git_dir, found) else None

    def _resolved(self, ref: str | None) -> str:
        commit = (
            git.resolve(self.git_dir, ref or "refs/mlscaffold/head")
            if (self.git_dir / "HEAD").exists()
            else None
        )
        if commit is None:
            shown = without_password(self.source.location)
            if ref is None:
                raise UnreachableTemplateError(
                    f"Nothing is known yet of the template {shown}.", "Ask it once without --offline."
                )
            raise UnreachableTemplateError(
                f"The template {shown} has no branch, tag or commit {ref!r}.", "Name another with --checkout."
            )
        return commit

    def _local_commit(self, ref: str | None) -> str:
        try:
            commit = git.resolve_in(Path(self.source.location), ref or "HEAD")
        except git.GitError as error:
            raise UnreachableTemplateError(
                f"{self.source.location} is no git repository: {without_password(error.reason)}",
                "A template is a git repository.",
            ) from error
        if commit is None:
            if ref is None:
                raise UnreachableTemplateError(
                    f"The template {self.source.location} has no commit yet.", "Commit the template."
                )
            raise UnreachableTemplateError(
                f"The template {self.source.location} has no branch, tag or commit {ref!r}.",
                "Name another with --checkout.",
            )
        return commit

    def _made_at(self) -> float:
        try:
            return Path(self.source.location).stat().st_mtime
        except OSError:
            return 0.0

    def _remembered(self) -> tuple[float, dict[str, str]]:
        try:
            document = json.loads((self.folder / "asked.json").read_text())
            return float(document["at"]), dict(document["commits"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0.0, {}

    def _remember(self, asked_at: float, commits: Mapping[str, str]) -> None:
        _replace(self.folder / "asked.json", json.dumps({"at": asked_at, "commits": commits}))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with files.locked(self.folder / "lock"):
            yield


def _text(path: Path) -> str | None:
    return path.read_text("utf-8", "surrogateescape") if path.is_file() else None


def _rules(policy: str | None) -> Policy | None:
    """Read a policy; a broken one is told by whoever needs its rules."""
    if policy is None:
        return None
    try:
        return parse(policy.encode("utf-8", "surrogateescape"))
    except PolicyError:
        return None


def _inside(out: Path, folder: str) -> Path:
    """Return the rendered folder, which hooks may have exchanged for something else."""
    rendered = Path(folder)
    if rendered.parent != out or rendered.is_symlink() or not rendered.is_dir():
        raise RenderError(
            "The template does not render: its folder is gone after its hooks ran.",
            "Mend the template's hooks.",
        )
    return rendered


def _read_rendering(path: Path, made_of: list[Any]) -> Rendering | None:
    """Return a kept rendering; one that cannot be read, or is of something else, is as good as none."""
    try:
        document = json.loads(path.read_bytes())
        if document["made_of"] != made_of:
            return None
        tree = {name: Entry(*entry) for name, entry in document["tree"].items()}
        rules = None if document["rules"] is None else from_plain(document["rules"])
        return Rendering(tree, document["context"], document["policy"], tuple(document["notes"]), rules)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_rendering(path: Path, made_of: list[Any], rendering: Rendering) -> None:
    document = {
        "made_of": made_of,
        "tree": dict(rendering.tree),
        "context": rendering.context,
        "policy": rendering.policy,
        "notes": rendering.notes,
        "rules": rendering.rules,
    }
    _replace(path, json.dumps(document))


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        beside.write_text(text)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise MlscaffoldError(
            f"The cache cannot be written: {error}.", f"Make room or rights at {path.parent}."
        ) from error
