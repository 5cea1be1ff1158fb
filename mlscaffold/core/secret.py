"""A forge's token: kept out of everything that is shown, and given to the one git process that needs it."""

import base64
import re
from urllib.parse import quote, urlsplit

from mlscaffold.core.errors import UsageError


class Secret:
    """A token that does not show in a traceback, a log or a dataclass."""

    __slots__ = ("_forms", "_value")

    def __init__(self, value: str) -> None:
        if not re.fullmatch(r"[!-~]{8,}", value):
            raise UsageError(
                "The token for the forge is not one: it is too short, or has a space or a line end in it.",
                "Set GITHUB_TOKEN, GITLAB_TOKEN or GITEA_TOKEN to the token alone.",
            )
        self._value = value
        self._forms = re.compile("|".join(re.escape(form) for form in _forms(value)))

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str:
        raise TypeError("A token stays in this process: no worker that renders a template gets one.")

    def reveal(self) -> str:
        """Return the token, for the request that carries it."""
        return self._value

    def redact(self, text: str) -> str:
        """Return the text without the token, plain, percent-encoded or in base64."""
        return self._forms.sub("***", text)

    def redact_bytes(self, data: bytes) -> bytes:
        """Return the bytes without the token; all its forms are ASCII."""
        return self.redact(data.decode("latin-1")).encode("latin-1")


def git_credentials(clone_url: str, user: str, secret: Secret) -> dict[str, str]:
    """Return the environment in which git shows this token to that one host, and to no other.

    An environment, unlike an argument or an address, is not to be seen in the list of processes, and the
    key's address keeps the header from a host that a redirect or a submodule leads to.
    """
    parts = urlsplit(clone_url)
    login = base64.b64encode(f"{user}:{secret.reveal()}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{parts.scheme}://{parts.netloc}/.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {login}",
    }


def _forms(value: str) -> list[str]:
    """Return the token as it may turn up: itself, percent-encoded, and inside base64 of something longer.

    Base64 takes three bytes at a time, so what stands before the token shifts it in three ways; the
    characters at its ends that neighbours share are left off.
    """
    data = value.encode()
    shifted = []
    for lead in range(3):
        whole = base64.b64encode(b"\0" * lead + data).decode()
        inner = whole[(0, 2, 3)[lead] :].rstrip("=")
        shifted.append(inner[: len(inner) - bool((lead + len(data)) % 3)])
    url_safe = [form.translate(str.maketrans("+/", "-_")) for form in shifted]
    return sorted({value, quote(value, safe=""), *shifted, *url_safe}, key=len, reverse=True)
