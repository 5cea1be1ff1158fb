"""git's plumbing on our own bare repositories: fixed arguments, isolated configuration, bytes and time limits.

Nothing here runs inside a project, whose configuration, filters and hooks could run code.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.tree import FOLDER, Entry, Tree
from mlscaffold.core.trust import without_password

COMMITTER = "mlscaffold@localhost"
"""Who commits what is ours, and nobody else's."""

SECONDS = 120
NETWORK_SECONDS = 600
OLDEST = (2, 38)
"""The first git whose merge-tree writes a tree."""

_ISOLATED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "LC_ALL": "C.UTF-8",
    "HOME": os.devnull,
}
_ALWAYS = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "protocol.ext.allow=never",
    "-c", "submodule.recurse=false",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
    "-c", "core.protectHFS=true",
    "-c", "core.protectNTFS=true",
    "-c", "core.quotePath=false",
    "-c", "advice.detachedHead=false",
    "-c", "http.lowSpeedLimit=1000",
    "-c", "http.lowSpeedTime=60",
)  # fmt: skip


class GitError(MlscaffoldError):
    """A git process ended badly; `stderr` is what it said, for people and never for parsing."""

    def __init__(self, args: Iterable[str], code: int, stderr: bytes) -> None:
        self.code = code
        self.stderr = stderr.decode("utf-8", "replace").strip()
        super().__init__(
            f"git {_verb(args)} failed: {without_password(self.reason)}",
            "Nothing of the project was changed.",
        )

    @property
    def reason(self) -> str:
        """The line of git's complaint that says most."""
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        fatal = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:"))]
        return (fatal or lines or [f"exit code {self.code}"])[0]


def _verb(args: Iterable[str]) -> str:
    """Return the name of the git command among its arguments."""
    return next((arg for arg in args if re.fullmatch("[a-z-]*[a-z]", arg) and not arg.startswith("-")), "")


def git(
    *args: str,
    git_dir: Path | None = None,
    stdin: bytes | Iterable[bytes] = b"",
    env: Mapping[str, str] | None = None,
    as_user: bool = False,
    seconds: int = SECONDS,
    allow: tuple[int, ...] = (0,),
) -> bytes:
    """Run git and return what it wrote to stdout.

    as_user: with the user's own configuration (credential helpers, insteadOf, proxies, ssh): only for
    fetching a trusted template.
    allow: the exit codes that are answers.

    Raises GitError otherwise, and MlscaffoldError when there is no git or it took too long.
    """
    try:
        process = subprocess.Popen(
            command(*args, git_dir=git_dir),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment(as_user), **(env or {})},
            cwd="/",  # git reads the configuration of the repository that it stands in
        )
    except FileNotFoundError as error:
        raise MlscaffoldError("git is not installed.", "Install git 2.38 or later.") from error
    with process:
        out, err = _talk(process, stdin, seconds)
    if process.returncode not in allow:
        raise GitError(args, process.returncode, err)
    return out


def _talk(
    process: subprocess.Popen[bytes], stdin: bytes | Iterable[bytes], seconds: int
) -> tuple[bytes, bytes]:
    try:
        if not isinstance(stdin, bytes):
            _feed(process, stdin)
            stdin = b""
        return process.communicate(stdin or None, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise MlscaffoldError(
            f"git did not answer within {seconds} seconds.",
            "See whether the template's server can be reached.",
        ) from error
    except BaseException:
        process.kill()
        raise


def _feed(process: subprocess.Popen[bytes], chunks: Iterable[bytes]) -> None:
    assert process.stdin is not None
    try:
        for chunk in chunks:
            process.stdin.write(chunk)
    except BrokenPipeError:
        pass  # git ended early; its exit code and stderr say why


def command(*args: str, git_dir: Path | None) -> list[str]:
    """Return the command line of a git that runs nothing of a repository's own."""
    return ["git", *_ALWAYS, *(() if git_dir is None else (f"--git-dir={git_dir}",)), *args]


def environment(as_user: bool = False) -> dict[str, str]:
    """Return the environment of a git that knows no configuration but its own repository's; `as_user`: the user's too."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or as_user}
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"):
        own.pop(name, None)  # set by git itself where we run as a hook
    if as_user:
        return {**own, "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C.UTF-8"}
    return {**own, **_ISOLATED}


def version() -> tuple[int, int]:
    """Return git's version as (major, minor)."""
    found = re.search(rb"(\d+)\.(\d+)", git("version"))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def require_merge() -> None:
    """Raise MlscaffoldError if this git is too old to merge trees."""
    found = version()
    if found < OLDEST:
        raise MlscaffoldError(
            f"git {found[0]}.{found[1]} cannot merge trees.",
            "Install git 2.38 or later. `check` works without, as long as nothing changed on both sides.",
        )


def init_bare(git_dir: Path, alternates: Iterable[Path] = ()) -> None:
    """Make a bare repository, written by hand since `git init` costs a process and copies templates.

    https://git-scm.com/docs/gitrepository-layout
    """
    for folder in ("objects/info", "refs/heads"):
        (git_dir / folder).mkdir(parents=True, exist_ok=True)
    (git_dir / "HEAD").write_text("ref: refs/heads/none\n")
    (git_dir / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
    if lines := "".join(f"{path / 'objects'}\n" for path in alternates):
        (git_dir / "objects/info/alternates").write_text(lines)


@contextmanager
def scratch(*alternates: Path) -> Iterator[Path]:
    """Yield a bare repository that sees the objects of others and is gone afterwards."""
    from tempfile import TemporaryDirectory  # 2 ms, and a check in sync needs no merge

    with TemporaryDirectory(prefix="mlscaffold-") as folder:
        git_dir = Path(folder) / "git"
        init_bare(git_dir, alternates)
        yield git_dir


def resolve(git_dir: Path, name: str) -> str | None:
    """Return the commit id that a branch, tag or id names, None if there is none."""
    out = git(
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        f"{name}^{{commit}}",
        git_dir=git_dir,
        allow=(0, 1, 128),
    )
    return out.decode().strip() or None


def resolve_in(folder: Path, name: str) -> str | None:
    """Return the commit id that a name has in a repository on this machine, bare or not, None if it has none.

    Raises GitError if the folder itself is no repository: parents are not searched.
    """
    env = {"GIT_DIR": str(beneath(folder))}
    out = git(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", env=env, allow=(0, 1)
    )
    return out.decode().strip() or None


def beneath(folder: Path) -> Path:
    """Return the git directory of a repository's folder, bare or not."""
    inner = folder / ".git"
    return inner if inner.exists() else folder


def reachable(git_dir: Path, commit: str) -> bool:
    """Return whether a branch or tag leads to the commit."""
    return bool(git("for-each-ref", "--count=1", "--contains", commit, git_dir=git_dir, allow=(0, 129)))


def read_tree(git_dir: Path, treeish: str) -> dict[str, Entry]:
    """Return every path below a commit or tree."""
    out = git("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", treeish, git_dir=git_dir)
    tree = {}
    for line in out.split(b"\0")[:-1]:
        meta, path = line.split(b"\t", 1)
        mode, _, oid = meta.decode().split(" ")
        tree[os.fsdecode(path)] = Entry(mode, oid)
    return tree


def read_blobs(git_dir: Path, oids: Iterable[str]) -> dict[str, bytes]:
    """Return the contents of blobs by id; one that is not there is left out."""
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return {}
    out = memoryview(
        git("cat-file", "--batch", git_dir=git_dir, stdin="".join(f"{oid}\n" for oid in wanted).encode())
    )
    blobs, at = {}, 0
    for oid in wanted:
        end = at + bytes(out[at : at + 256]).index(b"\n")
        header = bytes(out[at:end]).split(b" ")
        at = end + 1
        if len(header) == 3:
            size = int(header[2])
            blobs[oid] = bytes(out[at : at + size])
            at += size + 1
    return blobs


def write_blobs(git_dir: Path, contents: Iterable[bytes]) -> None:
    """Store contents as blobs, in one process."""
    git(
        "fast-import",
        "--quiet",
        "--done",
        git_dir=git_dir,
        stdin=_chain((_blob(each) for each in contents), (b"done\n",)),
    )


def write_commit(
    git_dir: Path,
    ref: str,
    tree: Tree,
    contents: Mapping[str, bytes] | None = None,
    parent: str | None = None,
) -> None:
    """Store a tree as a commit under a ref; `contents` gives the blobs that are not there yet, by id.

    The same tree, contents and parent give the same commit. A folder in a file's place is no entry that
    git knows, and is left out.
    """

    def stream() -> Iterator[bytes]:
        for content in dict.fromkeys((contents or {}).values()):
            yield _blob(content)
        yield from _commit(ref, tree, parent)
        yield b"done\n"

    git("fast-import", "--quiet", "--done", "--force", git_dir=git_dir, stdin=stream())


def _commit(ref: str, tree: Tree, parent: str | None = None) -> Iterator[bytes]:
    yield f"commit {ref}\ncommitter mlscaffold <mlscaffold@localhost> 0 +0000\ndata 0\n".encode()
    if parent is not None:
        yield f"from {parent}\ndeleteall\n".encode()
    for path, entry in tree.items():
        if entry.mode != FOLDER:
            yield b"M %s %s %s\n" % (entry.mode.encode(), entry.oid.encode(), _quoted(path))


def _blob(content: bytes) -> bytes:
    return b"blob\ndata %d\n%b\n" % (len(content), content)


def _chain(*parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        yield from part


def _quoted(path: str) -> bytes:
    escaped = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'


class Conflict(NamedTuple):
    """One path that git could not merge: its entries at stages 1 (base), 2 (ours), 3 (theirs)."""

    path: str
    stages: Mapping[int, Entry]


class Merged(NamedTuple):
    """What a merge gives: a tree, in which conflicting files hold markers, and the conflicts."""

    tree: Mapping[str, Entry]
    conflicts: tuple[Conflict, ...]


def merge_trees(git_dir: Path, base: Tree, ours: Tree, theirs: Tree, contents: Mapping[str, bytes]) -> Merged:
    """Merge three trees with git's own merge, without index or work tree; sides are named project and template.

    git_dir: a scratch repository, whose refs `base`, `project` and `template` this writes.
    https://git-scm.com/docs/git-merge-tree
    """

    def stream() -> Iterator[bytes]:
        for content in dict.fromkeys(contents.values()):
            yield _blob(content)
        yield from _commit("refs/heads/base", base)
        yield from _commit("refs/heads/project", ours, "refs/heads/base")
        yield from _commit("refs/heads/template", theirs, "refs/heads/base")
        yield b"done\n"

    git("fast-import", "--quiet", "--done", "--force", git_dir=git_dir, stdin=stream())
    try:
        out = git(
            "-c", "merge.directoryRenames=false", "merge-tree", "--write-tree", "-z", "--no-messages", "project", "template",
            git_dir=git_dir, allow=(0, 1),
        )  # fmt: skip
    except GitError:
        require_merge()
        raise
    tree, *unmerged = out.split(b"\0")
    stages: dict[str, dict[int, Entry]] = {}
    for line in filter(None, unmerged):
        meta, path = line.split(b"\t", 1)
        mode, oid, stage = meta.decode().split(" ")
        stages.setdefault(os.fsdecode(path), {})[int(stage)] = Entry(mode, oid)
    return Merged(
        read_tree(git_dir, tree.decode()), tuple(Conflict(path, each) for path, each in stages.items())
    )


def write_update(
    git_dir: Path,
    ref: str,
    parent: str,
    at: int,
    message: str,
    changes: Mapping[str, tuple[str, bytes] | None],
) -> str:
    """Store a commit on top of another in which some paths change, and return its id; None deletes a path.

    changes: path to mode and content. at: seconds since 1970. The same arguments give the same commit.
    """

    def stream() -> Iterator[bytes]:
        who = f"mlscaffold <{COMMITTER}> {at} +0000"
        text = message.encode("utf-8", "surrogateescape")
        yield f"commit {ref}\nauthor {who}\ncommitter {who}\ndata {len(text)}\n".encode() + text
        yield f"\nfrom {parent}\n".encode()
        for path, change in changes.items():
            if change is None:
                yield b"D %b\n" % _quoted(path)
        for path, change in changes.items():
            if change is not None:
                mode, content = change
                yield b"M %b inline %b\ndata %d\n%b\n" % (mode.encode(), _quoted(path), len(content), content)
        yield b"done\n"

    git("fast-import", "--quiet", "--done", "--force", git_dir=git_dir, stdin=stream())
    return git("rev-parse", "--verify", ref, git_dir=git_dir).decode().strip()


def all_by(git_dir: Path, tip: str, base: str, committer: str) -> bool:
    """Return whether everything that leads to one commit and not to the other was committed by one e-mail address."""
    try:
        out = git("log", "--format=%ce", tip, f"^{base}", "--", git_dir=git_dir)
    except GitError:
        return False
    return set(out.decode("utf-8", "replace").split("\n")) <= {committer, ""}


def hand_over(git_dir: Path, commit: str, base: str, clone: Path, ref: str, old: str) -> None:
    """Give a commit of ours to a clone's repository, and move a branch of it there, if it is at `old` ("": not there).

    The objects are written past the clone's configuration, and moving the branch runs no hook and asks nobody.

    Raises GitError if the branch has moved meanwhile.
    """
    pack = git(
        "pack-objects", "--revs", "--stdout", "-q", git_dir=git_dir, stdin=f"{commit}\n^{base}\n".encode()
    )
    git(
        "unpack-objects",
        "-q",
        git_dir=git_dir,
        stdin=pack,
        env={"GIT_OBJECT_DIRECTORY": str(clone / "objects")},
    )
    git(
        "-c", "protocol.allow=never", "update-ref", "-m", "mlscaffold fleet update", ref, commit, old or "0" * 40, git_dir=clone
    )  # fmt: skip


def fetch_tip(git_dir: Path, url: str, branch: str, ref: str, credentials: Mapping[str, str]) -> None:
    """Bring the newest commit of a branch, without its history, from a forge into a repository of ours."""
    git(
        "fetch", "--quiet", "--depth=1", "--no-tags", "--no-auto-gc", "--no-write-fetch-head", "--recurse-submodules=no",
        "--end-of-options", url, f"+refs/heads/{branch}:{ref}",
        git_dir=git_dir, env=credentials, seconds=NETWORK_SECONDS,
    )  # fmt: skip


def push_branch(
    git_dir: Path, url: str, branch: str, old: str | None, new: str | None, credentials: Mapping[str, str]
) -> str:
    """Move a forge's branch from one commit to another, and only from there; return what was said, which proves nothing."""
    ref = f"refs/heads/{branch}"
    try:
        git(
            "push", "--porcelain", "--no-verify", f"--force-with-lease={ref}:{old or ''}", "--end-of-options", url, f"{new or ''}:{ref}",
            git_dir=git_dir, env=credentials, seconds=NETWORK_SECONDS,
        )  # fmt: skip
    except GitError as error:
        return error.reason
    return ""


def merge_file(base: bytes, ours: bytes, theirs: bytes, *, favour: str) -> bytes | None:
    """Merge three texts, with one side's lines ("ours" or "theirs") wherever both changed the same; None if one is no text.

    https://git-scm.com/docs/git-merge-file
    """
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="mlscaffold-") as folder:
        paths = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for path, content in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(content)
        try:
            return git("merge-file", "-p", f"--{favour}", *map(str, paths))
        except GitError:
            return None


def renames(git_dir: Path, old: str, new: str) -> dict[str, str]:
    """Return which paths of one commit have another name in the other."""
    out = git("diff-tree", "-r", "-z", "--find-renames", "--diff-filter=R", old, new, git_dir=git_dir)
    parts = out.split(b"\0")[:-1]
    return {os.fsdecode(parts[at + 1]): os.fsdecode(parts[at + 2]) for at in range(0, len(parts), 3)}


def diff_trees(git_dir: Path, old: Tree, new: Tree, contents: Mapping[str, bytes]) -> bytes:
    """Return the difference of two trees as a patch in git's format that `git apply` takes."""
    write_commit(git_dir, "refs/heads/old", old, contents)
    write_commit(git_dir, "refs/heads/new", new)
    return git(
        "diff-tree", "-r", "-p", "--binary", "--find-renames", "--no-ext-diff", "--no-textconv", "--no-color",
        "refs/heads/old", "refs/heads/new", git_dir=git_dir,
    )  # fmt: skip


def mirror(git_dir: Path, source: str, *, local: bool) -> None:
    """Bring a template's branches and tags, and its default branch as `refs/mlscaffold/head`, into our store.

    From a server without file contents (they come when a commit is checked out). Only what a branch or a
    tag reaches is taken: a commit that is fetched by its id alone may live in somebody's fork.
    """
    if not (git_dir / "HEAD").exists():
        init_bare(git_dir)
    with (git_dir / "config").open("w") as config:
        config.write("[core]\n\trepositoryformatversion = 1\n\tbare = true\n")
        if not local:
            quoted = source.replace("\\", "\\\\").replace('"', '\\"')
            config.write(
                f'[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\turl = "{quoted}"\n\tpromisor = true\n'
            )
    git(
        "fetch", "--quiet", "--prune", "--force", "--no-auto-gc", "--no-write-fetch-head", *(() if local else ("--filter=blob:none",)),
        "--end-of-options", source if local else "origin",
        "+HEAD:refs/mlscaffold/head", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*",
        git_dir=git_dir, as_user=True, seconds=NETWORK_SECONDS,
    )  # fmt: skip


def check_out(git_dir: Path, commit: str, folder: Path, *, network: bool = True) -> None:
    """Write the files of a commit into an empty folder; a store without contents gets them in one request.

    The request is the user's (credentials), the files are everybody's: no filter, attribute or line end of
    the user's configuration touches them. network: whether there may be a request.
    """
    (git_dir / "info").mkdir(exist_ok=True)
    (git_dir / "info/attributes").write_text("* -filter\n")
    git(
        *(() if network else ("-c", "protocol.allow=never")), "-c", "core.attributesFile=/dev/null", "-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "core.symlinks=true",
        "-c", "core.sparseCheckout=false", "--work-tree", str(folder), "read-tree", "--reset", "-u", "--end-of-options", commit,
        git_dir=git_dir, env={"GIT_INDEX_FILE": f"{folder}.index", "GIT_ATTR_NOSYSTEM": "1"}, as_user=True, seconds=NETWORK_SECONDS,
    )  # fmt: skip


def pager() -> str:
    """Return the command that the user's git pages with: GIT_PAGER, core.pager, PAGER, less; never a project's.

    https://git-scm.com/docs/git-var
    """
    return git("var", "GIT_PAGER", as_user=True).decode("utf-8", "replace").strip()


def origin(folder: Path) -> str | None:
    """Return the address that a checkout was cloned from, None if it was not."""
    out = git("config", "--get", "remote.origin.url", git_dir=beneath(folder), allow=(0, 1))
    return os.fsdecode(out).strip() or None


def file_at(git_dir: Path, commit: str, path: str) -> bytes | None:
    """Return a file of a commit, None if it has none there; a store without contents gets it."""
    try:
        return git(
            "cat-file", "blob", f"{commit}:{path}", git_dir=git_dir, as_user=True, seconds=NETWORK_SECONDS
        )
    except GitError:
        return None


def shallow_copy(git_dir: Path, commit: str, name: str, copy: Path) -> None:
    """Make a bare repository that holds one commit, as its default branch and as the tag `name`."""
    init_bare(copy)
    git(
        "fetch",
        "--quiet",
        "--depth=1",
        "--no-write-fetch-head",
        str(git_dir),
        f"{commit}:refs/heads/none",
        git_dir=copy,
    )
    git("update-ref", f"refs/tags/{name}", commit, git_dir=copy)
