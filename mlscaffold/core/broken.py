"""What keeps a connection from a forge, in words of what to look at; Python tells it in an error within errors."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass

LATER = "Run the same command again later."
_CHECK = "Check --base-url, and that this machine reaches it; then run the same command again."
_NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}
"""What OpenSSL calls an answer that is not TLS at all."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Why there is no answer, and what to do; `for_good`: asking again is of no use."""

    why: str
    hint: str = LATER
    for_good: bool = False


def broken(error: BaseException) -> Broken:
    """Return why a connection broke or was never made."""
    causes = list(_causes(error))
    kinds = {
        type(cause).__name__ for cause in causes
    }  # those of requests and of sockets, which core does not import
    if "ProxyError" in kinds:
        return Broken("the proxy before it gives no way", "Check HTTPS_PROXY and NO_PROXY.")
    if "gaierror" in kinds:
        return Broken("its name is not known", _CHECK)
    match causes[-1]:
        case ssl.SSLCertVerificationError() as found:
            why = f"its certificate is not trusted here: {found.verify_message}"
            return Broken(
                why, "Name the file of its authority's certificate: REQUESTS_CA_BUNDLE=FILE.", for_good=True
            )
        case ssl.SSLError(reason=reason) if reason in _NO_TLS:
            return Broken(
                "what answers there does not speak TLS",
                "Check --base-url: its port, above all.",
                for_good=True,
            )
        case ConnectionRefusedError():
            return Broken("nothing answers there", _CHECK)
        case TimeoutError():
            return Broken("it does not answer in time")
        case OSError(strerror=str(said)):
            return Broken(f"the connection broke: {said}")
    return Broken("the connection broke")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it, the first cause last."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
