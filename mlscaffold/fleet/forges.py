"""The forge of a run: its kind, its address, and the token for it from the environment."""

import os
from collections.abc import Callable
from typing import Literal

from mlscaffold.core.errors import MlscaffoldError, UsageError
from mlscaffold.core.forge import Forge, Transport
from mlscaffold.core.secret import Secret
from mlscaffold.shells import gitea, github, gitlab
from mlscaffold.shells.http import Http

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
_SHELLS = {"github": github, "gitlab": gitlab, "gitea": gitea}
_CLIENTS: dict[str, Callable[[str, Transport], Forge]] = {
    "github": github.GitHub,
    "gitlab": gitlab.GitLab,
    "gitea": gitea.Gitea,
}


def connect(platform: Platform, base_url: str | None) -> tuple[Forge, str, Secret]:
    """Return a client, the name under which git's HTTP takes the token, and the token, taken out of the environment.

    Raises UsageError if there is no address, or no token in the environment.
    """
    base = base_url or _PUBLIC.get(platform)
    if base is None:
        raise UsageError(
            "There is no one Gitea: it is not said which is meant.", "Give --base-url https://…."
        )
    names = _TOKENS[platform]
    tokens = [os.environ.pop(name, "") for name in names]  # what is started from here on does not get it
    token = next(filter(None, tokens), None)
    if token is None:
        raise UsageError(
            f"There is no token for {base}.",
            f"Set {' or '.join(names)} to one that may read and push to the repos.",
        )
    secret, shell = Secret(token), _SHELLS[platform]
    http = Http(shell.api_address(base), shell.headers(secret), secret)
    return _CLIENTS[platform](base, http), shell.GIT_USER, secret


def withheld(platform: Platform, forge: Forge) -> tuple[str, ...]:
    """Return the folders that the token may not change; nothing where the forge does not tell what a token may.

    Raises MlscaffoldError if it may not open pull requests at all.
    """
    account = forge.whoami()
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
