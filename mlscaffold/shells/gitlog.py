"""Many commits and trees of a repository at once, read as objects: nothing of the repository's configuration applies."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from mlscaffold.core.tree import Entry, Tree
from mlscaffold.shells.git import NETWORK_SECONDS, git, read_blobs, scratch

_FOLDER_MODE = b"40000"


class Commit(NamedTuple):
    """One commit: its id, its tree's id, who made it, and its subject."""

    oid: str
    tree: str
    author: str
    email: str
    subject: str


@contextmanager
def objects_of(folder: Path) -> Iterator[Path]:
    """Yield a bare repository of our own that sees the objects of a checkout's, and where its history was cut off."""
    out = git(
        "rev-parse", "--path-format=absolute", "--git-common-dir", env={"GIT_DIR": str(folder / ".git")}
    )  # fmt: skip
    common = Path(os.fsdecode(out.rstrip(b"\n")))
    with scratch(common) as ours:
        shallow = common / "shallow"
        if shallow.is_file():
            (ours / "shallow").write_bytes(shallow.read_bytes())
        yield ours


def shallow(git_dir: Path) -> bool:
    """Return whether the history is cut off."""
    return (git_dir / "shallow").is_file()


def commits(git_dir: Path, *names: str) -> list[Commit]:
    """Return the commits that lead to the named ones, newest first, parents after their children."""
    out = git(
        "log", "--topo-order", "-z", "--format=%H%x09%T%x09%an%x09%ae%x09%s", *names, "--", git_dir=git_dir
    )  # fmt: skip
    texts = (line.decode("utf-8", "replace") for line in out.split(b"\0") if line)
    return [Commit(*[*text.split("\t", 4), "", "", ""][:5]) for text in texts]


def folders_at(git_dir: Path, trees: Iterable[str], folder: str) -> dict[str, str]:
    """Return, for each tree that has the folder, the id of the folder's own tree."""
    wanted = list(dict.fromkeys(trees))
    if not folder:
        return {tree: tree for tree in wanted}
    questions = b"".join(b"%s:%s\n" % (tree.encode(), os.fsencode(folder)) for tree in wanted)
    out = git("cat-file", "--batch-check=%(objecttype) %(objectname)", git_dir=git_dir, stdin=questions)
    answers = (line.split(b" ") for line in out.splitlines())
    return {
        tree: answer[1].decode() for tree, answer in zip(wanted, answers, strict=True) if answer[0] == b"tree"
    }


def read_trees(git_dir: Path, trees: Iterable[str]) -> dict[str, Tree]:
    """Return whole trees by id; what they share is read once, and each depth costs one process."""
    wanted = list(dict.fromkeys(trees))
    level, folders = wanted, dict[str, list[tuple[bytes, str, str]]]()
    while level:
        contents = read_blobs(git_dir, level)
        folders.update((oid, list(_listing(content))) for oid, content in contents.items())
        below = {oid for each in contents for mode, oid, _ in folders[each] if mode == _FOLDER_MODE}
        level = sorted(below - folders.keys())
    whole: dict[str, Tree] = {}
    return {oid: _whole(oid, folders, whole) for oid in wanted if oid in folders}


def sizes(git_dir: Path, oids: Iterable[str]) -> dict[str, int]:
    """Return how many bytes each blob has; one that is not there is left out."""
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return {}
    out = git("cat-file", "--batch-check=%(objectsize)", git_dir=git_dir, stdin=_lines(wanted))
    answers = zip(wanted, out.splitlines(), strict=True)
    return {oid: int(answer) for oid, answer in answers if answer.isdigit()}


def fetch_blobs(git_dir: Path, oids: Iterable[str]) -> None:
    """Bring the contents that a filtered store lacks into it, in one request.

    https://git-scm.com/docs/partial-clone
    """
    with scratch(git_dir) as unfiltered:
        wanted = list(dict.fromkeys(oids))
        out = git("cat-file", "--batch-check=%(objecttype)", git_dir=unfiltered, stdin=_lines(wanted))
    missing = [oid for oid, line in zip(wanted, out.splitlines(), strict=True) if line.endswith(b"missing")]
    if missing:
        git(
            "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
            "--recurse-submodules=no", "--filter=blob:none", "origin", "--stdin",
            git_dir=git_dir, stdin=_lines(missing), as_user=True, seconds=NETWORK_SECONDS,
        )  # fmt: skip


def _lines(oids: Iterable[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode()


def _listing(content: bytes) -> Iterator[tuple[bytes, str, str]]:
    """Yield mode, id and name of a tree object's entries."""
    at = 0
    while at < len(content):
        space = content.index(b" ", at)
        end = content.index(b"\0", space)
        yield content[at:space], content[end + 1 : end + 21].hex(), os.fsdecode(content[space + 1 : end])
        at = end + 21


def _whole(oid: str, folders: dict[str, list[tuple[bytes, str, str]]], whole: dict[str, Tree]) -> Tree:
    if oid not in whole:
        tree: dict[str, Entry] = {}
        for mode, inner, name in folders.get(oid, []):
            if mode == _FOLDER_MODE:
                tree.update(
                    (f"{name}/{path}", entry) for path, entry in _whole(inner, folders, whole).items()
                )
            else:
                tree[name] = Entry(mode.decode(), inner)
        whole[oid] = tree
    return whole[oid]


class Dated(NamedTuple):
    """One commit: its id, when it was committed in seconds since 1970, and its subject."""

    oid: str
    at: int
    subject: str


def between(git_dir: Path, old: str, new: str, *paths: str) -> list[Dated]:
    """Return the commits by which a branch went from `old` to `new` and that changed some paths, newest first.

    What was merged counts as its merge: that is when it reached the branch.
    """
    return _log(git_dir, "--first-parent", f"{old}..{new}", "--", *_literal(paths))


def leading(git_dir: Path, old: str, new: str) -> list[Dated]:
    """Return the commits on the way from one commit to another: those that hold the one and lead to the other, newest first."""
    return _log(git_dir, "--ancestry-path", f"{old}..{new}", "--")


def newest(git_dir: Path, commit: str, most: int, *paths: str) -> list[Dated]:
    """Return the newest commits that lead to a commit and that changed some paths."""
    return _log(git_dir, f"--max-count={most}", commit, "--", *_literal(paths))


def versions(git_dir: Path, commit: str, most: int, path: str) -> list[tuple[Dated, str]]:
    """Return the newest commits that lead to a commit and that changed a file, and the blob it became in each."""
    out = git(
        "log", "--raw", "--no-abbrev", "--no-renames", f"--max-count={most}", "--format=%H%x09%ct%x09%s", commit,
        "--", *_literal([path]), git_dir=git_dir,
    )  # fmt: skip
    found: list[tuple[Dated, str]] = []
    commits: list[Dated] = []
    for line in filter(None, out.split(b"\n")):
        if not line.startswith(b":"):
            commits.append(_dated(line))
        elif (oid := line.split(b" ")[3].decode()) != "0" * 40:
            found.append((commits[-1], oid))
    return found


def older(git_dir: Path, commit: str, folder: str, most: int) -> list[Dated]:
    """Return the newest commits before a commit that changed a folder."""
    return _log(git_dir, f"--max-count={most}", f"{commit}^@", "--", *_literal([folder]))


def _log(git_dir: Path, *args: str) -> list[Dated]:
    out = git("log", "-z", "--format=%H%x09%ct%x09%s", *args, git_dir=git_dir)
    return [_dated(line) for line in out.split(b"\0") if line]


def _literal(paths: Iterable[str]) -> list[str]:
    return [f":(top,literal){path}" for path in paths if path]


def _dated(line: bytes) -> Dated:
    oid, at, subject = line.decode("utf-8", "replace").split("\t", 2)
    return Dated(oid, int(at), subject)


def tags(git_dir: Path, reached_from: str | None = None) -> dict[str, str]:
    """Return tags and the commits that they name, all or those that a commit leads to."""
    merged = [] if reached_from is None else [f"--merged={reached_from}"]
    out = git(
        "for-each-ref", "--format=%(refname:strip=2)%09%(objectname)%09%(*objectname)", *merged, "refs/tags", git_dir=git_dir
    )  # fmt: skip
    lines = (line.split("\t") for line in os.fsdecode(out).splitlines())
    return {name: peeled or oid for name, oid, peeled in lines}


def branches_at(git_dir: Path, commit: str) -> list[str]:
    """Return the branches that are at a commit."""
    out = git(
        "for-each-ref", "--format=%(refname:strip=2)", f"--points-at={commit}", "refs/heads", git_dir=git_dir
    )
    return os.fsdecode(out).splitlines()


def trees(git_dir: Path, start: str, most: int = 10_000) -> dict[str, str]:
    """Return the commits that a name (or `--all`) reaches, newest first, and the tree of each."""
    out = git("log", "--format=%H %T", f"--max-count={most}", start, git_dir=git_dir)
    return dict(line.split(" ", 1) for line in out.decode().splitlines())


def leads_to(git_dir: Path, old: str, new: str) -> bool:
    """Return whether a commit is another one's ancestor, or the same."""
    return not git("rev-list", "--max-count=1", old, "--not", new, git_dir=git_dir).strip()


def merge_base(git_dir: Path, one: str, other: str) -> str | None:
    """Return the newest commit that leads to both, None if there is none."""
    out = git("merge-base", "--end-of-options", one, other, git_dir=git_dir, allow=(0, 1))
    return out.decode().strip() or None
