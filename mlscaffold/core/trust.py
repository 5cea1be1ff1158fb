"""Whether a template's address is one that somebody trusts: hosts and path segments, never prefixes."""

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

_SCP = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<host>[^@/:]+):(?P<path>[^:].*)")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]|%2e|%2f|%5c", re.IGNORECASE)
_PORTS = {"https": 443, "ssh": 22, "http": 80}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a template lives. `host` is "" for a path on this machine; https and ssh are the same place."""

    secure: bool
    host: str
    segments: tuple[str, ...]


def address(url: str) -> Address | None:
    """Take an address apart; None for one that cannot be trusted: another protocol, a password, `..`, odd characters."""
    if url.startswith("/"):
        return _local(url)
    scp = _SCP.fullmatch(url) if "://" not in url else None
    if scp is not None:
        return _remote("ssh", scp["host"], None, scp["path"], user=scp["user"])
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return _local(parts.path)
    if (
        parts.scheme not in _PORTS
        or parts.query
        or parts.fragment
        or parts.password is not None
        or not parts.hostname
    ):
        return None
    if port in (None, _PORTS[parts.scheme]):
        return _remote(parts.scheme, parts.hostname, None, parts.path, user=parts.username)
    return _remote(parts.scheme, parts.hostname, port, parts.path, user=parts.username)


def trusted(url: str, patterns: Iterable[str]) -> bool:
    """Return whether one of the patterns names the address; `*` in a pattern stands for one whole segment."""
    wanted = address(url)
    if wanted is None:
        return False
    return any((named := address(pattern)) is not None and _names(named, wanted) for pattern in patterns)


def without_password(url: str) -> str:
    """Return the address without a user's name and password, as it may be shown and recorded."""
    return re.sub(r"(?<=://)[^/@]*@", "", url) if "://" in url and not url.startswith("ssh://") else url


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
    odd = _FORBIDDEN.search(host + path) or ".." in segments or "." in segments or host.startswith("-")
    if odd or not segments or (user is not None and (scheme, user) != ("ssh", "git")):
        return None
    name = host.lower().removesuffix(".")
    return Address(scheme != "http", name if port is None else f"{name}:{port}", segments)
