"""What an error of a connection is called."""

import socket
import ssl

import pytest

from mlscaffold.core.broken import broken


@pytest.mark.parametrize(
    ("error", "why", "for_good"),
    [
        (socket.gaierror(-2, "Name or service not known"), "its name is not known", False),
        (ssl.SSLCertVerificationError(1, "x"), "its certificate is not trusted here", True),
        (ssl.SSLError(1, "x"), "the connection broke: x", False),
        (
            ConnectionResetError(104, "Connection reset by peer"),
            "the connection broke: Connection reset by peer",
            False,
        ),
        (TimeoutError("timed out"), "it does not answer in time", False),
        (OSError("repr <object at 0x7f>"), "the connection broke", False),
    ],
    ids=["name", "certificate", "tls", "reset", "silence", "other"],
)
def test_error_of_a_connection_is_told_by_its_first_cause(
    error: OSError, why: str, *, for_good: bool
) -> None:
    if isinstance(error, ssl.SSLCertVerificationError):
        error.verify_message = "self-signed certificate"
    outer = OSError("HTTPSConnectionPool(host='x', port=443): Max retries exceeded")
    outer.__cause__ = error

    found = broken(outer)

    assert (found.why.startswith(why), found.for_good) == (True, for_good), found
    assert "0x7f" not in found.why
