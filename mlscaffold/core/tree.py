"""A git tree as a value: which paths there are, and the mode and blob id of each."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

try:
    from _sha1 import sha1  # hashlib loads OpenSSL first, which takes 2 ms of every check
except ImportError:
    from hashlib import sha1

FILE = "100644"
EXECUTABLE = "100755"
LINK = "120000"
SUBMODULE = "160000"
FOLDER = "040000"


class Entry(NamedTuple):
    """One path of a tree, in git's words.

    mode: "100644", "100755", "120000" (link), "160000" (submodule), or "040000" where a project has a
    folder in the place of a template's file.
    oid: 40 hexadecimal digits, the id git gives the content; 40 zeros for a folder.
    """

    mode: str
    oid: str


Tree: TypeAlias = Mapping[str, Entry]
"""Path to entry. Paths are relative, with `/`, and undecodable bytes as surrogates (`os.fsdecode`)."""


def blob_id(content: bytes) -> str:
    """Return the id git gives a file of this content.

    https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    """
    return str(sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest())
