"""The address of a forge, or of its API: to which a token may go, and what lies below it."""

from urllib.parse import SplitResult, unquote, urlsplit

from mlscaffold.core.errors import UsageError
from mlscaffold.core.text import safe_text

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PORTS = {"https": 443, "http": 80}


def address(text: str) -> SplitResult:
    """Return the parts of an address.

    Raises UsageError if it is none to which a token may go.
    """
    parts = _parts(text.rstrip("/"))
    if parts is None or parts.query or parts.fragment:
        raise UsageError(
            f"{safe_text(text)!r} is not the address of a forge.", "Write it as https://forge.example.com."
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise UsageError(
            f"{safe_text(text)!r} would show the token to the network.", "Use the forge's https address."
        )
    return parts


def below(api: SplitResult, url: str) -> str | None:
    """Return an address with the API's own server in it, None unless it is of that server, and below the API."""
    parts = _parts(url)
    if parts is None or _server(parts) != _server(api):
        return None
    path = unquote(parts.path)
    if not f"{path}/".startswith(f"{api.path}/") or ".." in path.split("/"):
        return None
    return parts._replace(netloc=api.netloc).geturl()


def _parts(url: str) -> SplitResult | None:
    """Return the parts of an address, None if it names no server, or an account there."""
    try:
        parts = urlsplit(url)
        return parts if _server(parts)[1] and "@" not in parts.netloc else None
    except ValueError:  # a port that is no number, half a pair of brackets
        return None


def _server(parts: SplitResult) -> tuple[str, str, int | None]:
    """Return which server an address is of: the same in capitals or not, and with or without the usual port."""
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
