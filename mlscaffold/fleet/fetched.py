"""What was fetched of repos at a forge: a bare repository of ours for each, without history and most contents."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.forge import Repo
from mlscaffold.core.secret import Secret, git_credentials
from mlscaffold.core.tree import EXECUTABLE, FILE, blob_id
from mlscaffold.fleet.jobs import Held
from mlscaffold.fleet.work import ALWAYS
from mlscaffold.shells import files, git, gitbranch
from mlscaffold.shells.failpoint import passing

_FETCHED = "refs/heads/mlscaffold-default"


class Fetched:
    """These repositories, in a folder of the cache; from them updates are pushed, too."""

    def __init__(self, cache: Path, user: str, secret: Secret) -> None:
        """Take the folder, the name under which git's HTTP takes the token, and the token."""
        self._cache = cache / "fleet"
        self._user = user
        self._secret = secret

    def newest(self, repo: Repo, head: str) -> Held:
        """Fetch a repo's newest commit, unless the one that is named is here; what is always read of it comes along.

        A repository that is broken, as by a cache that was cleaned in part, is made anew beside it, and takes its place
        if that succeeds: what is only out of reach now stays as it is.
        """
        git_dir = self._place(repo)
        git_dir.parent.mkdir(parents=True, exist_ok=True)
        with files.locked(git_dir.parent / "lock"):  # of two runs, one fetches
            known = git_dir.exists()
            try:
                return self._newest(repo, git_dir, head)
            except (git.GitError, _UnfetchedError, OSError):
                if not known:
                    raise
                anew = self._anew(repo, git_dir, head)
                if anew is None:
                    raise
                return anew

    def _anew(self, repo: Repo, git_dir: Path, head: str) -> Held | None:
        """Fetch into a new repository, and put it in the place of the old one; None if that does not succeed either."""
        with TemporaryDirectory(prefix="new-", dir=git_dir.parent) as folder:
            fresh, old = Path(folder, "git"), Path(folder, "old")
            try:
                head = self._newest(repo, fresh, head).head
            except (git.GitError, _UnfetchedError, OSError):
                return None
            git_dir.rename(old)
            fresh.rename(git_dir)
        return Held(git_dir, head)

    def _newest(self, repo: Repo, git_dir: Path, head: str) -> Held:
        if not (git_dir / "HEAD").exists():
            git.init_bare(git_dir)
        if git.resolve(git_dir, _FETCHED) != head:
            self._fetch(repo, git_dir)
            head = git.resolve(git_dir, _FETCHED) or head
        tree = git.read_tree(git_dir, head)
        entries = [tree[path] for path in ALWAYS if path in tree]
        passing("fetched")
        oids = [entry.oid for entry in entries if entry.mode in (FILE, EXECUTABLE)]
        self.bring(repo, git_dir, git.missing(git_dir, oids))
        return Held(git_dir, head)

    def bring(self, repo: Repo, git_dir: Path, oids: Sequence[str]) -> None:
        """Fetch contents that were left at the forge, in one request."""
        if not oids:
            return
        try:
            gitbranch.fetch_blobs(git_dir, repo.clone_url, oids, self._credentials(repo))
        except git.GitError as error:
            raise self._unfetched(error) from None

    def push(self, repo: Repo, branch: str, old: str | None, new: str | None) -> str:
        """Move a branch at the forge from one commit to another, and return what was said, without the token."""
        said = gitbranch.push_branch(
            self._place(repo), repo.clone_url, branch, old, new, self._credentials(repo)
        )
        return self._secret.redact(said)

    def _place(self, repo: Repo) -> Path:
        return self._cache / blob_id(repo.clone_url.encode("utf-8", "surrogateescape")) / "lean"

    def _credentials(self, repo: Repo) -> dict[str, str]:
        return git_credentials(repo.clone_url, self._user, self._secret)

    def _fetch(self, repo: Repo, git_dir: Path) -> None:
        try:
            gitbranch.fetch_tip(
                git_dir, repo.clone_url, repo.default_branch, _FETCHED, self._credentials(repo)
            )
        except git.GitError as error:
            raise self._unfetched(error) from None

    def _unfetched(self, error: git.GitError) -> MlscaffoldError:
        said = self._secret.redact(error.reason)
        return _UnfetchedError(f"It cannot be fetched: {said}", "May the token read it?")


class _UnfetchedError(MlscaffoldError):
    """git did not fetch: the forge did not give it, or what is here is broken."""
