"""A file's bytes as text that can be edited and written back as it was: encoding, mark and line ends kept."""

from dataclasses import dataclass
from typing import Final

from mlscaffold.core.document import Unreadable

_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_UTF_16_AND_32: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")

LARGEST: Final = 1 << 19
"""A configuration file beyond this many bytes is not taken apart by key: it would cost more than it tells."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text with `\\n` at its line ends, and what its bytes had besides."""

    text: str
    bom: bool
    crlf: bool

    def encode(self, text: str) -> bytes:
        """Return another text as bytes of the same kind."""
        lines = text.replace("\n", "\r\n") if self.crlf else text
        return (_BOM * self.bom + lines).encode()


def decode(content: bytes) -> Source | Unreadable:
    """Read bytes as UTF-8; line ends become `\\n` only where all are alike, so that no byte is lost."""
    if len(content) > LARGEST:
        return Unreadable(f"it has more than {LARGEST} bytes")
    if content.startswith(_UTF_16_AND_32) or b"\0" in content:
        return Unreadable("it is no UTF-8 text")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        return Unreadable("it is no UTF-8 text", content.count(b"\n", 0, error.start) + 1)
    bom = text.startswith(_BOM)
    text = text.removeprefix(_BOM)
    crlf = 0 < text.count("\n") == text.count("\r\n") == text.count("\r")
    return Source(text.replace("\r\n", "\n") if crlf else text, bom, crlf)
