"""The user's own checkout, by plain git: what is uncommitted, its index, a commit.

GitPython would take 75 ms of every update to import (docs/decisions/0006-plain-git-in-checkouts.md).
"""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

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
        self._folder = project
        self._env: dict[str, str] = {}
        asked = (
            "rev-parse",
            "--show-object-format",
            "--is-bare-repository",
            "--absolute-git-dir",
            "--show-prefix",
            "--show-toplevel",
        )
        ran = self._run(*asked)
        ids, bare, *places = [*os.fsdecode(ran.stdout).split("\n"), ""]
        if ran.returncode == 0 and len(places) > 5:
            raise MlscaffoldError(
                f"The path of {project} has a line end in it, which no update can handle.",
                "Rename that folder.",
            )
        if bare == "true":
            raise MlscaffoldError(
                f"{project} is a bare repository: there are no files to update.",
                "Clone it and update the clone.",
            )
        if ran.returncode:
            raise MlscaffoldError(
                f"{project} is not in a git repository, and an update is merged by git.",
                "Make it one: git init && git add -A && git commit -m 'Start'.",
            )
        if ids != "sha1":
            raise MlscaffoldError(
                f"The repository of {project} names its objects by {ids}, which an update cannot write.",
                "Only repositories with sha1 object names, git's default, are supported.",
            )
        git_dir, self.prefix, root = places[:3]
        self.git_dir, self.root = Path(git_dir), Path(root)
        self._env = self._without_programs()

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

    def unlisted(self) -> list[str]:
        """Return the files that git neither tracks nor is told to ignore, relative to the project."""
        out = self._git("ls-files", "-z", "--others", "--exclude-standard", "--", self.prefix or ".")
        return [os.fsdecode(name)[len(self.prefix) :] for name in out.split(b"\0") if name]

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

    def overlooked(self, paths: Iterable[str]) -> list[str]:
        """Return those of the project's paths that git was told not to look at: not checked out, or assumed to be unchanged."""
        wanted = {os.fsencode(self.prefix + path): path for path in paths}
        out = self._git("ls-files", "-v", "-z") if wanted else b""
        lines = (line.split(b" ", 1) for line in out.split(b"\0") if line)
        return sorted(
            wanted[path] for tag, path in lines if path in wanted and (tag.islower() or tag == b"S")
        )

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
        return self._run("rev-parse", "--verify", "--quiet", "HEAD").stdout.decode().strip()

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

    def staged(self) -> list[str]:
        """Return the paths, relative to the root, at which the index differs from the last commit."""
        out = self._git("diff", "--cached", "--no-ext-diff", "--no-renames", "--name-only", "-z")
        return [os.fsdecode(name) for name in out.split(b"\0") if name]

    def staged_content(self, path: str) -> bytes | None:
        """Return what is staged of a path, relative to the root; None if it has no entry, or a conflict."""
        ran = self._run("cat-file", "blob", f":0:{path}")
        return None if ran.returncode else ran.stdout

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
        """Move tracked files of the project to folders, under their own names, and stage that."""
        for folder in dict.fromkeys(place.rpartition("/")[0] for place in places.values()):
            (self.root / self.prefix / folder).mkdir(parents=True, exist_ok=True)
            paths = [path for path, place in places.items() if place.rpartition("/")[0] == folder]
            self._git("mv", "--", *(self.prefix + path for path in paths), self.prefix + folder)

    def commit(self, message: str, hint: str) -> str:
        """Commit what is staged as the user, without running the project's hooks, and return the commit's id.

        hint: what to do where git refuses.
        """
        self._git("commit", "--quiet", "--no-verify", "--message", message, hint=hint)
        return self.head

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

    def _git(
        self,
        *args: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        hint: str = "Nothing was changed.",
    ) -> bytes:
        ran = self._run(*args, stdin=stdin, env=env)
        if ran.returncode:
            said = [line for line in os.fsdecode(ran.stderr).splitlines() if line.strip()]
            why = said[0].strip() if said else f"exit code {ran.returncode}"
            raise MlscaffoldError(f"git {args[0]} failed: {why}", hint)
        return ran.stdout

    def _run(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git as the user, at the top of the checkout once that is known."""
        try:
            return subprocess.run(
                ["git", *_SAFE, *args],
                cwd=getattr(self, "root", self._folder),
                input=stdin,
                env={
                    **os.environ,
                    "GIT_OPTIONAL_LOCKS": "0",
                    "LC_ALL": "C.UTF-8",
                    **self._env,
                    **(env or {}),
                },
                capture_output=True,
                check=False,
            )
        except FileNotFoundError as error:
            if error.filename != "git":
                raise
            raise MlscaffoldError("git is not installed.", "Install git 2.38 or later.") from error
