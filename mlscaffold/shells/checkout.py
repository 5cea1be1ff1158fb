"""The user's own checkout, through GitPython: what is uncommitted, its index, a first repository, a commit."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from git import Actor, GitCommandError, InvalidGitRepositoryError, NoSuchPathError, Repo

from mlscaffold.core.errors import MlscaffoldError

_SAFE = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit")


_PROGRAM = re.compile(
    r"(?i:filter\..*\.(?:clean|smudge|process|required)|(?P<program>gpg(?:\..*)?)\.program)", re.DOTALL
)
_STANDARD = {"gpg": "gpg", "gpg.openpgp": "gpg", "gpg.x509": "gpgsm", "gpg.ssh": "ssh-keygen"}


class Checkout:
    """A git work tree that a project lies in.

    root: its top folder. prefix: the project's folder in it, "" or ending in a slash.
    """

    def __init__(self, project: Path) -> None:
        """Find the repository a project lies in.

        Raises MlscaffoldError if there is none with a work tree.
        """
        try:
            self._repo = Repo(project, search_parent_directories=True)
        except (InvalidGitRepositoryError, NoSuchPathError) as error:
            raise MlscaffoldError(
                f"{project} is not in a git repository, and an update is merged by git.",
                "Make it one: git init && git add -A && git commit -m 'Start'.",
            ) from error
        if self._repo.working_tree_dir is None:
            raise MlscaffoldError(
                f"{project} is a bare repository: there are no files to update.",
                "Clone it and update the clone.",
            )
        self._env: dict[str, str] = {}
        self._env = self._without_programs()
        self.root = Path(self._repo.working_tree_dir)
        self.git_dir = Path(self._repo.git_dir)
        inside = os.path.relpath(project.resolve(), self.root.resolve())
        self.prefix = "" if inside == "." else f"{inside}/"

    def uncommitted(self) -> list[str]:
        """Return the tracked paths of the project that differ from the last commit, relative to the project."""
        out = self._git(
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=no",
            "--no-renames",
            "--ignore-submodules=dirty",
            "--",
            self.prefix or ".",
        )
        return [os.fsdecode(line[3:])[len(self.prefix) :] for line in out.split(b"\0") if line]

    def untracked(self, paths: Iterable[str]) -> list[str]:
        """Return those of the project's paths at which a file is that git does not track."""
        below = self.root / self.prefix
        present = [
            path
            for path in paths
            if os.path.lexists(below / path) and ((below / path).is_symlink() or not (below / path).is_dir())
        ]
        names = b"".join(os.fsencode(self.prefix + path) + b"\0" for path in present)
        tracked = set(self._git("ls-files", "-z").split(b"\0")) if names else set()
        return [path for path in present if os.fsencode(self.prefix + path) not in tracked]

    def write_blobs(self, contents: Sequence[bytes], beside: Path) -> list[str]:
        """Store contents in the project's repository as they are, and return their ids there."""
        if not contents:
            return []
        folder = beside / "blobs"
        folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(contents):
            (folder / str(number)).write_bytes(content)
        names = "".join(f"{folder / str(number)}\n" for number in range(len(contents)))
        return (
            self._git("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=os.fsencode(names))
            .decode()
            .split()
        )

    @property
    def head(self) -> str:
        """The id of the last commit, "" before the first."""
        try:
            return self._repo.head.commit.hexsha
        except ValueError:
            return ""

    def at_head(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the modes of those paths that the last commit has; paths are relative to the root."""
        wanted = set(paths)
        lines = self._git("ls-tree", "-r", "-z", "--full-tree", "HEAD").split(b"\0")[:-1] if self.head else []
        modes = {
            os.fsdecode(path): meta.split()[0].decode()
            for meta, path in (line.split(b"\t", 1) for line in lines)
        }
        return {path: mode for path, mode in modes.items() if path in wanted}

    def restore(self, index: Path, work_tree: Path, paths: Iterable[str]) -> None:
        """Write paths as the last commit has them into another index and another work tree."""
        names = b"".join(os.fsencode(path) + b"\0" for path in paths)
        if names:
            self._git(
                "checkout", "--quiet", "--no-recurse-submodules", "HEAD", "--pathspec-from-file=-", "--pathspec-file-nul",
                stdin=names, env={**self._elsewhere(index, work_tree), "GIT_LITERAL_PATHSPECS": "1"},
            )  # fmt: skip

    def has_staged(self) -> bool:
        """Return whether the index differs from the last commit."""
        return bool(self._git("diff", "--cached", "--no-ext-diff", "--name-only", "-z"))

    def _elsewhere(self, index: Path, work_tree: Path) -> dict[str, str]:
        return {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(work_tree), "GIT_DIR": str(self.git_dir)}

    def fill_index(self, index: Path, work_tree: Path, paths: Iterable[str], lines: bytes) -> None:
        """Bring an index file up to date: the given index lines, then `paths` as they lie in another work tree."""
        names = b"".join(os.fsencode(path) + b"\0" for path in paths)
        env = self._elsewhere(index, work_tree)
        if lines:
            self._git("update-index", "-z", "--index-info", stdin=lines, env=env)
        if names:
            self._git("update-index", "--add", "-z", "--stdin", stdin=names, env=env)

    def tracked(self) -> list[str]:
        """Return the project's tracked paths, relative to the project."""
        out = self._git("ls-files", "-z", "--", self.prefix or ".")
        return [os.fsdecode(name)[len(self.prefix) :] for name in out.split(b"\0") if name]

    def stage(self, paths: Iterable[str]) -> None:
        """Stage files of the project as they are."""
        names = b"".join(os.fsencode(self.prefix + path) + b"\0" for path in paths)
        self._git("update-index", "--add", "-z", "--stdin", stdin=names)

    def move(self, places: Mapping[str, str]) -> None:
        """Move tracked files of the project, and stage that."""
        for path, place in places.items():
            (self.root / self.prefix / place).parent.mkdir(parents=True, exist_ok=True)
            self._git("mv", "--", self.prefix + path, self.prefix + place)

    def commit(self, message: str, date: str) -> str:
        """Commit what is staged as the user, without running the project's hooks, and return the commit's id."""
        self._git(
            "commit",
            "--quiet",
            "--no-verify",
            "--message",
            message,
            env={"GIT_AUTHOR_DATE": date} if date else {},
        )
        return self._repo.head.commit.hexsha

    def _without_programs(self) -> dict[str, str]:
        """Return an environment that takes out the programs which the repository's own configuration names.

        The user's own (git-lfs, a signing program) stay. A repository that was handed over as a folder may
        name anything.
        """
        listed = self._git("config", "--list", "--includes", "--show-scope", "--name-only", "-z").split(b"\0")
        env, number = {}, int(os.environ.get("GIT_CONFIG_COUNT") or 0)
        for scope, name in dict.fromkeys(zip(listed[::2], listed[1::2], strict=False)):
            found = _PROGRAM.fullmatch(os.fsdecode(name)) if scope in (b"local", b"worktree") else None
            if found:
                env[f"GIT_CONFIG_KEY_{number}"] = found[0]
                env[f"GIT_CONFIG_VALUE_{number}"] = _STANDARD.get(found["program"] or "", "")
                number += 1
        return {**env, "GIT_CONFIG_COUNT": str(number)}

    def _git(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        with TemporaryFile() as file:
            file.write(stdin)
            file.seek(0)
            try:
                out: Any = self._repo.git.execute(
                    ["git", *_SAFE, *args],
                    istream=file,
                    env={"GIT_OPTIONAL_LOCKS": "0", **self._env, **(env or {})},
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                )
            except GitCommandError as error:
                raise MlscaffoldError(
                    f"git {args[0]} failed: {_said(error)}", "Nothing was changed."
                ) from error
        return bytes(out)


def first_commit(folder: Path, message: str) -> None:
    """Make a folder a repository with one commit of all that is in it, as the user where git knows who that is."""
    try:
        repo = Repo.init(folder, initial_branch="main")
        repo.git.execute(["git", "add", "--all"])
        who = None if _knows_user(repo) else Actor("mlscaffold", "mlscaffold@localhost")
        repo.index.commit(message, author=who, committer=who, skip_hooks=True)
    except GitCommandError as error:
        raise MlscaffoldError(
            f"The project is in {folder}, and its first commit failed: {_said(error)}",
            "Commit it yourself: git add --all && git commit.",
        ) from error


def _knows_user(repo: Repo) -> bool:
    try:
        return bool(repo.git.execute(["git", "var", "GIT_AUTHOR_IDENT"]))
    except GitCommandError:
        return False


def _said(error: GitCommandError) -> str:
    lines = [line for line in str(error.stderr).splitlines() if line.strip()]
    return lines[0].strip().removeprefix("stderr: ").strip("'\" ") if lines else f"exit code {error.status}"
