"""A branch in somebody else's repository: brought, judged, and moved only from where it was seen."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from mlscaffold.shells.git import NETWORK_SECONDS, GitError, git


def all_by(git_dir: Path, tip: str, base: str, committer: str) -> bool:
    """Return whether everything that leads to one commit and not to the other was committed by one e-mail address."""
    try:
        out = git("log", "-z", "--format=%ce", tip, f"^{base}", "--", git_dir=git_dir)
    except GitError:
        return False
    return all(each == committer for each in out.decode("utf-8", "replace").split("\0")[:-1])


def leads_to(git_dir: Path, commit: str, other: str) -> bool:
    """Return whether a commit has another in its history; one that is not to be had is in none."""
    try:
        return not git("rev-list", "--max-count=1", other, f"^{commit}", "--", git_dir=git_dir)
    except GitError:
        return False


def fetch_tip(git_dir: Path, url: str, branch: str, ref: str, credentials: Mapping[str, str]) -> None:
    """Bring the newest commit of a branch from a forge into a repository of ours, without its history and its files' contents.

    A server that cannot leave contents out sends them along.
    """
    _fetch(git_dir, url, credentials, f"+refs/heads/{branch}:{ref}")


def fetch_blobs(git_dir: Path, url: str, oids: Iterable[str], credentials: Mapping[str, str]) -> None:
    """Bring contents that were left at a forge, all in one request."""
    _fetch(git_dir, url, credentials, *oids)


def _fetch(git_dir: Path, url: str, credentials: Mapping[str, str], *wanted: str) -> None:
    """Fetch; the remote that promises what is left out is known to this one process, so that no other ever asks it.

    https://git-scm.com/docs/partial-clone
    """
    promised = {"url": url, "promisor": "true", "partialclonefilter": "blob:none"}
    told = [word for key, value in promised.items() for word in ("-c", f"remote.lean.{key}={value}")]
    git(
        *told, "-c", "fetch.negotiationAlgorithm=noop",
        "fetch", "--quiet", "--depth=1", "--no-tags", "--no-auto-gc", "--no-write-fetch-head", "--recurse-submodules=no",
        "--stdin", "--end-of-options", "lean",
        git_dir=git_dir, env=credentials, seconds=NETWORK_SECONDS, stdin="".join(f"{each}\n" for each in wanted).encode(),
    )  # fmt: skip


def push_branch(
    git_dir: Path, url: str, branch: str, old: str | None, new: str | None, credentials: Mapping[str, str]
) -> str:
    """Move a forge's branch from one commit to another, and only from there; return what was said, which proves nothing."""
    ref = f"refs/heads/{branch}"
    try:
        out = git(
            "push", "--porcelain", "--no-verify", f"--force-with-lease={ref}:{old or ''}", "--end-of-options", url, f"{new or ''}:{ref}",
            git_dir=git_dir, env=credentials, seconds=NETWORK_SECONDS, allow=(0, 1), with_stderr=True,
        )  # fmt: skip
    except GitError as error:
        return error.reason
    lines = out.decode("utf-8", "replace").splitlines()
    refused = [line.split("\t")[-1] for line in lines if line.startswith("!\t")]
    return " ".join([*refused, *(line for line in lines if line.startswith("remote: "))])
