"""The forge of a run: its kind, its address, and the token for it from the environment."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from mlscaffold.core.address import address
from mlscaffold.core.errors import MlscaffoldError, UsageError
from mlscaffold.core.forge import Account, Forge, Transport
from mlscaffold.core.pace import Pace
from mlscaffold.core.secret import Secret
from mlscaffold.core.shard import Shard
from mlscaffold.core.tree import blob_id
from mlscaffold.shells import gh, gitea, github, gitlab
from mlscaffold.shells.http import Http
from mlscaffold.shells.turns import Turns

Platform = Literal["github", "gitlab", "gitea"]
_TOKENS = {
    "github": ("GITHUB_TOKEN", "GH_TOKEN"),
    "gitlab": ("GITLAB_TOKEN",),
    "gitea": ("GITEA_TOKEN",),
}
_PUBLIC = {"github": github.PUBLIC, "gitlab": gitlab.PUBLIC}
_NEEDS = {"github": ("repo", "public_repo"), "gitlab": ("api",)}
"""Any one of these scopes lets a token push and open pull requests, on forges that tell them."""
WORKFLOWS = ".github/workflows/"
"""What a GitHub token changes only if it has the scope `workflow`."""
_FOR_ANYBODY = {
    "pull_request_target": ("pull_request", "head"),
    "workflow_run": ("workflow_run", "head_repository"),
}
"""Events of GitHub Actions that a stranger sets off, and where each tells whose commits it is about."""
_SHELLS = {"github": github, "gitlab": gitlab, "gitea": gitea}
_CLIENTS: dict[str, Callable[[str, Transport], Forge]] = {
    "github": github.GitHub,
    "gitlab": gitlab.GitLab,
    "gitea": gitea.Gitea,
}


def connect(
    platform: Platform, base_url: str | None, state: Path, shard: Shard | None = None
) -> tuple[Forge, str, Secret]:
    """Return a client, the name under which git's HTTP takes the token, and the token, taken out of the environment.

    state: the folder in which runs tell each other of their writes. shard: the part of a run that this is; each has its
    share of the pace.

    Raises UsageError if there is no address, or no token in the environment.
    """
    base = base_url or _PUBLIC.get(platform)
    if base is None:
        raise UsageError(
            "There is no one Gitea: it is not said which is meant.", "Give --base-url https://…."
        )
    address(base)  # before the API's is made of it, so that what was typed is what is named
    _refuse_for_forks()
    names = _TOKENS[platform]
    tokens = [os.environ.pop(name, "") for name in names]  # what is started from here on does not get it
    token = next(filter(None, tokens), "")
    if not token and platform == "github":
        token = gh.token(urlsplit(base).netloc)
    if not token:
        or_login = ", or log in with gh auth login" if platform == "github" else ""
        raise UsageError(
            f"There is no token for {base}.",
            f"Set {' or '.join(names)} to one that may read and push to the repos{or_login}.",
        )
    secret, shell = Secret(token), _SHELLS[platform]
    pace = Pace().part(shard.count) if shard else Pace()
    which = f"{urlsplit(base).netloc} {shard or ''}".encode("utf-8", "surrogateescape")
    turns = Turns(state / "fleet" / "writes" / blob_id(which), pace)
    http = Http(shell.api_address(base), shell.headers(secret), secret, pace=pace, turn=turns.take)
    return _CLIENTS[platform](base, http), shell.GIT_USER, secret


def _refuse_for_forks() -> None:
    """Raise UsageError in a workflow that has a token for writing though a fork's pull request set it off.

    https://docs.github.com/en/actions/reference/security/secure-use
    """
    event = os.environ.get("GITHUB_EVENT_NAME", "")
    if event not in _FOR_ANYBODY:
        return
    try:
        told = json.loads(Path(os.environ.get("GITHUB_EVENT_PATH", "")).read_bytes())
        head = told[_FOR_ANYBODY[event][0]][_FOR_ANYBODY[event][1]]
        head = head.get("repo", head)
        own = head["full_name"] == told["repository"]["full_name"]
    except (OSError, ValueError, LookupError, TypeError):
        own = False
    if not own:
        raise UsageError(
            f"A fork's pull request set off this workflow ({event}), and the token here may write.",
            "Run the fleet on a schedule.",
        )


def withheld(platform: Platform, account: Account) -> tuple[str, ...]:
    """Return the folders that the token may not change; nothing where the forge does not tell what a token may.

    Raises MlscaffoldError if it may not open pull requests at all.
    """
    needed = _NEEDS.get(platform, ())
    if (
        not account.scopes or not needed
    ):  # GitHub tells no scopes, or an empty list, of tokens that have none of the kind
        return ()
    if account.scopes.isdisjoint(needed):
        raise MlscaffoldError(
            f"The token of {account.login} lacks the scope {' or '.join(needed)}; it has {', '.join(sorted(account.scopes))}.",
            "Make a new token with that scope, set it, and run the same command again.",
        )
    return (WORKFLOWS,) if platform == "github" and "workflow" not in account.scopes else ()
