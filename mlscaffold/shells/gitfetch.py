"""A template's commits and files, brought into our store and written out of it."""

import os
from pathlib import Path

from mlscaffold.shells.git import NETWORK_SECONDS, GitError, git, init_bare


def mirror(git_dir: Path, source: str, *, local: bool) -> None:
    """Bring a template's branches and tags, and its default branch as `refs/mlscaffold/head`, into our store.

    From a server without file contents (they come when a commit is checked out). Only what a branch or a
    tag reaches is taken: a commit that is fetched by its id alone may live in somebody's fork.
    """
    if not (git_dir / "HEAD").exists():
        init_bare(git_dir)
    config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
    if not local:
        quoted = source.replace("\\", "\\\\").replace('"', '\\"')
        config += f'[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\turl = "{quoted}"\n\tpromisor = true\n'
    _settle(git_dir / "config", config)
    git(
        "fetch", "--quiet", "--prune", "--force", "--no-auto-gc", "--no-write-fetch-head", *(() if local else ("--filter=blob:none",)),
        "--end-of-options", source if local else "origin",
        "+HEAD:refs/mlscaffold/head", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*",
        git_dir=git_dir, as_user=True, seconds=NETWORK_SECONDS,
    )  # fmt: skip


def take_refs(git_dir: Path, source: Path, ref: str, commit: str) -> None:
    """Take the branches and tags of a checkout, its origin's too, into a repository of ours that sees its objects.

    ref: a branch of ours that is put at a commit of them.
    """
    git(
        "fetch", "--quiet", "--prune", "--force", "--no-auto-gc", "--no-write-fetch-head", "--end-of-options", str(source),
        "+refs/heads/*:refs/heads/own/*", "+refs/remotes/origin/*:refs/heads/origin/*", "+refs/tags/*:refs/tags/*",
        git_dir=git_dir,
    )  # fmt: skip
    git("update-ref", ref, commit, git_dir=git_dir)


def _settle(path: Path, text: str) -> None:
    """Make a file be this text, and at no moment less: other processes read the same store."""
    if path.exists() and path.read_text() == text:
        return
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(text)
    beside.replace(path)


def check_out(git_dir: Path, commit: str, folder: Path, *, network: bool = True) -> None:
    """Write the files of a commit into an empty folder; a store without contents gets them in one request.

    The request is the user's (credentials), the files are everybody's: no filter, attribute or line end of
    the user's configuration touches them. network: whether there may be a request.
    """
    (git_dir / "info").mkdir(exist_ok=True)
    _settle(git_dir / "info/attributes", "* -filter\n")
    git(
        *(() if network else ("-c", "protocol.allow=never")), "-c", "core.attributesFile=/dev/null", "-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "core.symlinks=true",
        "-c", "core.sparseCheckout=false", "--work-tree", str(folder), "read-tree", "--reset", "-u", "--end-of-options", commit,
        git_dir=git_dir, env={"GIT_INDEX_FILE": f"{folder}.index", "GIT_ATTR_NOSYSTEM": "1"}, as_user=True, seconds=NETWORK_SECONDS,
    )  # fmt: skip


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
