"""Commits that are stored by git fast-import."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mlscaffold.shells import git, gitimport


def test_updates_that_are_stored_side_by_side_get_their_own_ids_and_share_no_reference(
    tmp_path: Path,
) -> None:
    store = tmp_path / "git"
    git.init_bare(store)
    gitimport.write_commit(store, "refs/heads/main", {})
    refs, base = git.git("for-each-ref", git_dir=store), git.resolve(store, "main")
    assert base

    def stored(number: int) -> str:
        return gitimport.write_update(store, None, base, 1, f"{number}", {"a": ("100644", b"%d" % number)})

    with ThreadPoolExecutor(2) as both:
        ids = list(both.map(stored, range(8)))

    subjects = [git.git("log", "-1", "--format=%s", oid, git_dir=store).decode().strip() for oid in ids]
    assert subjects == [str(number) for number in range(8)]
    assert git.git("for-each-ref", git_dir=store) == refs
    assert stored(0) == ids[0], "the same arguments, the same commit"
