"""Where a template comes from, and whether its code may run."""

import os
import shlex
from pathlib import Path
from typing import NamedTuple

from mlscaffold.core.errors import UnreachableTemplateError, UntrustedTemplateError, UsageError
from mlscaffold.core.trust import address, expanded, trusted, without_password
from mlscaffold.shells import settings
from mlscaffold.shells.settings import Settings, Trusted

ELSEWHERE = (
    "Check the address. Where a project records it, name the template's place now: mlscaffold update --template ADDRESS, "
    "or for many projects an [alias] in config.toml."
)


class Source(NamedTuple):
    """A template's repository.

    url: as records name it.
    location: what git fetches from, another one for an alias or the built-in template.
    local: whether that is on this machine, and so is always asked.
    builtin: whether it is mlscaffold's own, which is trusted.
    named: what was typed in the place of the recorded address, "" if that is used.
    """

    url: str
    location: str
    local: bool
    builtin: bool = False
    named: str = ""

    @property
    def bundle(self) -> bool:
        """Whether it is a git bundle, which never changes once it is installed."""
        return self.location.endswith(".bundle")


class Removed(NamedTuple):
    """An address that was taken off the list of what is trusted; still: what trusts it all the same."""

    url: str
    still: Trusted | None


def locate(url: str, user: Settings) -> Source:
    """Return where a recorded or typed address leads: through the user's aliases, or to a folder on this machine."""
    location = expanded(user.alias.get(url, url))
    name = location.removeprefix("file://")
    path = Path(name)
    if ":" not in name.partition("/")[0] and path.is_dir():  # `host:path` is a host's, whatever lies here
        return Source(url if url in user.alias else str(path.resolve()), str(path.resolve()), local=True)
    return Source(expanded(url), location, local=False)


def refuse_password(url: str) -> None:
    """Raise UsageError for an address that must not be written into a record."""
    if "@" in url and without_password(url) != url:
        raise UsageError(
            "The template's address holds a password, and records are committed.",
            f"Leave it out ({without_password(url)}) and let git's credential helper answer.",
        )


def require_trust(source: Source, user: Settings) -> None:
    """Raise UntrustedTemplateError unless the template is the built-in one or one the user's settings name.

    Raises UnreachableTemplateError for a path at which there is nothing to trust.
    """
    if source.builtin or trusted(source.location, user.trust):
        return
    if absent(source):
        raise UnreachableTemplateError(
            f"There is no template at {source.location} on this machine.", ELSEWHERE
        )
    shown = without_password(source.location)
    what = f"The template {shown} is not trusted, and rendering a template runs its code."
    if address(source.location) is None:
        raise UntrustedTemplateError(
            what,
            "An address like this cannot be. Put another in its place: in your configuration (`[alias]`), or "
            "--template for this once.",
        )
    raise UntrustedTemplateError(
        what, f"If you trust it: mlscaffold trust {shlex.quote(shown)}", source.location
    )


def absent(source: Source) -> bool:
    """Return whether it is a path on this machine at which nothing is: no network would help, nor trust."""
    path = source.location.removeprefix("file://")
    return path.startswith("/") and not os.path.lexists(path)


def add_trust(*urls: str) -> list[str]:
    """Trust addresses from now on, and return them as they are written down.

    Raises UsageError if one could never be matched; then none is written down.
    """
    written = list(map(_written, urls))
    for each in written:
        if each not in settings.load().trust:
            settings.add_trust(each)
    return written


def remove_trust(*urls: str) -> list[Removed]:
    """Take addresses off the list of what is trusted, however they are spelt there, and say which are trusted still.

    Raises UsageError if one was not written down by us; then none is removed.
    """
    written = list(map(_written, urls))
    gone = set(map(address, written))
    listed = {line: address(line) for line in settings.trust_list()}
    for each in written:
        if address(each) not in listed.values():
            raise UsageError(
                f"{each} is not in the list of trusted templates.",
                "mlscaffold trust --list shows what is trusted; what config.toml or MLSCAFFOLD_TRUST names is removed there.",
            )
    settings.trusted()  # what cannot be read is told before anything is removed
    settings.remove_trust([line for line, named in listed.items() if named in gone])
    left = settings.trusted()
    return [
        Removed(each, next((found for found in left if trusted(each, [found.pattern])), None))
        for each in written
    ]


def _written(url: str) -> str:
    """Return an address as it is written down.

    Raises UsageError for one that could never be matched.
    """
    if not url:
        raise UsageError("The address is empty.", "Name the template to trust.")
    local = Path(url).expanduser()
    written = str(local.resolve()) if local.is_dir() else expanded(url)
    if address(written) is None:
        raise UsageError(
            f"{without_password(url)} cannot be trusted.",
            "Give an https or ssh address without a password, or a folder on this machine.",
        )
    return written
