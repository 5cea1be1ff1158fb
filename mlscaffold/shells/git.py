"""git's plumbing on our own bare repositories: fixed arguments, isolated configuration, bytes and time limits.

Nothing here runs inside a project, whose configuration, filters and hooks could run code.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.tree import Entry
from mlscaffold.core.trust import without_password

COMMITTER = "mlscaffold@localhost"
"""Who commits what is ours, and nobody else's."""

SECONDS = 120
NETWORK_SECONDS = 600

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


class LostFilesError(MlscaffoldError):
    """What a kept rendering names is gone from the store."""

    def __init__(self) -> None:
        super().__init__(
            "The cache has lost files of a template, as happens when it is cleaned or copied in part.",
            "Remove its folder `templates` (on Linux: ~/.cache/mlscaffold/templates) and run it again.",
        )


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
    with_stderr: bool = False,
) -> bytes:
    """Run git and return what it wrote to stdout.

    as_user: with the user's own configuration (credential helpers, insteadOf, proxies, ssh): only for
    fetching a trusted template.
    allow: the exit codes that are answers. with_stderr: what is said beside the answer follows it.

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
    return out + err if with_stderr else out


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
    return read_entries(git_dir, treeish, ())


def read_entries(git_dir: Path, treeish: str, paths: Sequence[str]) -> dict[str, Entry]:
    """Return those paths of a commit or tree that it has; without any, every path."""
    out = git("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", treeish, *paths, git_dir=git_dir)
    tree = {}
    for line in out.split(b"\0")[:-1]:
        meta, path = line.split(b"\t", 1)
        mode, _, oid = meta.decode().split(" ")
        tree[os.fsdecode(path)] = Entry(mode, oid)
    return tree


def missing(git_dir: Path, oids: Sequence[str]) -> tuple[str, ...]:
    """Return those of some objects that are not there."""
    if not oids:
        return ()
    asked = "".join(f"{oid}\n" for oid in oids).encode()
    out = git("cat-file", "--batch-check=%(objecttype)", git_dir=git_dir, stdin=asked)
    return tuple(oid for oid, line in zip(oids, out.splitlines(), strict=True) if line.endswith(b"missing"))


def read_blobs(git_dir: Path, oids: Iterable[str], *, whole: bool = False) -> dict[str, bytes]:
    """Return the contents of blobs by id; one that is not there is left out.

    whole: all must be there, since a rendering that is kept names them; raises LostFilesError otherwise.
    """
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
        elif whole:
            raise LostFilesError
    return blobs


def pager() -> str:
    """Return the command that the user's git pages with: GIT_PAGER, core.pager, PAGER, less; never a project's.

    https://git-scm.com/docs/git-var
    """
    return git("var", "GIT_PAGER", as_user=True).decode("utf-8", "replace").strip()


def origin(folder: Path) -> str | None:
    """Return the address that a checkout was cloned from, None if it was not."""
    out = git("config", "--get", "remote.origin.url", git_dir=beneath(folder), allow=(0, 1))
    return os.fsdecode(out).strip() or None
