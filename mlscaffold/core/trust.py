"""Whether a template's address is one that somebody trusts: hosts and path segments, never prefixes."""

import posixpath
import re
from collections.abc import Iterable
from typing import NamedTuple

# Compiled where they are used: a template on this machine needs none of them.
_URL = r"(?P<scheme>[A-Za-z]+)://(?:(?P<user>[^@/]*)@)?(?P<host>[^@/:]*)(?::(?P<port>\d+))?(?P<path>/[^?#]*)?"
_SCP = r"(?:(?P<user>[^@/:]+)@)?(?P<host>[^@/:]+):(?P<path>[^:].*)"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?\.?"
_FORBIDDEN = r"(?i:[\x00-\x20\x7f\\]|%2e|%2f|%5c)"
_PORTS = {"https": 443, "ssh": 22, "http": 80}
_SHORT = {
    "gh": "https://github.com/{}.git",
    "gl": "https://gitlab.com/{}.git",
    "bb": "https://bitbucket.org/{}",
}
"""cookiecutter's abbreviations: https://cookiecutter.readthedocs.io/en/stable/advanced/user_config.html"""


class Address(NamedTuple):
    """Where a template lives. `host` is "" for a path on this machine; https and ssh are the same place."""

    secure: bool
    host: str
    segments: tuple[str, ...]


def address(url: str) -> Address | None:
    """Take an address apart; None for one that cannot be trusted: another protocol, a password, `..`, odd characters."""
    if url.startswith("/"):
        return _local(url)
    scp = re.fullmatch(_SCP, url) if "://" not in url else None
    if scp is not None:
        return _remote("ssh", scp["host"], None, scp["path"], user=scp["user"])
    found = re.fullmatch(_URL, url)
    if found is None:
        return None
    scheme, port, path = found["scheme"].lower(), found["port"], found["path"] or ""
    if scheme == "file" and found["host"] in ("", "localhost"):
        return _local(path)
    if scheme not in _PORTS or not found["host"]:
        return None
    other_port = int(port) if port and int(port) != _PORTS[scheme] else None
    return _remote(scheme, found["host"], other_port, path, user=found["user"])


def expanded(url: str) -> str:
    """Return the address that an abbreviation like `gh:acme/template` stands for, any other as it is."""
    short, colon, rest = url.partition(":")
    return _SHORT[short].format(rest) if colon and short in _SHORT else url


def trusted(url: str, patterns: Iterable[str]) -> bool:
    """Return whether one of the patterns names the address; `*` in a pattern stands for one whole segment."""
    wanted = address(url)
    if wanted is None:
        return False
    return any((named := address(pattern)) is not None and _names(named, wanted) for pattern in patterns)


def without_password(url: str) -> str:
    """Return the address without a password, as it may be shown and recorded; ssh keeps the user's name."""
    if "@" not in url:
        return url
    bare = re.sub(r"(?i)(?<=ssh://)([^/:@]*):[^/]*@", r"\1@", url)
    return re.sub(r"(?i)(?<=://)(?<!ssh://)[^/\s]*@", "", bare)


def _names(pattern: Address, wanted: Address) -> bool:
    return (
        (pattern.secure, pattern.host) == (wanted.secure, wanted.host)
        and len(pattern.segments) == len(wanted.segments)
        and all(
            named in ("*", segment) for named, segment in zip(pattern.segments, wanted.segments, strict=True)
        )
    )


def _local(path: str) -> Address | None:
    if "\0" in path or ".." in path.split("/"):
        return None
    return Address(True, "", tuple(posixpath.normpath(path).strip("/").split("/")))


def _remote(scheme: str, host: str, port: int | None, path: str, *, user: str | None) -> Address | None:
    segments = tuple(segment for segment in path.removesuffix("/").removesuffix(".git").split("/") if segment)
    odd = re.search(_FORBIDDEN, path) or ".." in segments or "." in segments
    if odd or not re.fullmatch(_HOST, host) or not segments:
        return None
    if user is not None and (scheme, user) != ("ssh", "git"):
        return None
    name = host.lower().removesuffix(".")
    return Address(scheme != "http", name if port is None else f"{name}:{port}", segments)
