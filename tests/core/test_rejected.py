"""Hunks that an earlier update rejected, and whether they are in by now."""

import pytest

from mlscaffold.core.rejected import hunks, is_in

CHANGED = "diff a/a.txt b/a.txt\t(rejected hunks)\n@@ -1,3 +1,3 @@\n one\n-two lines\n+zwei Zeilen\n three\n"
ADDED = "@@ -2 +2,2 @@\n three\n+four lines\n"
REMOVED = "@@ -1,3 +1,2 @@\n one\n-two lines\n three\n"
SHORT = "@@ -1,3 +1,4 @@\n a\n+}\n b\n c\n"


@pytest.mark.parametrize(
    ("rejected", "text", "there"),
    [
        (CHANGED, "one\ntwo lines\nthree\n", False),
        (CHANGED, "one\nzwei Zeilen\nthree\n", True),
        (CHANGED, "one\r\nzwei Zeilen\r\nthree\r\n", True),
        (CHANGED, "eins\nzwei Zeilen\ndrei\n", True),
        (CHANGED, "eins\nzwei Zeilen\ndrei\ntwo lines\n", False),
        (CHANGED, "one\nmine\nthree\n", False),
        (ADDED, "one\nthree\nfour lines\n", True),
        (ADDED, "one\nthree\n", False),
        (ADDED, "one\nmine\nfour lines\n", True),
        (REMOVED, "one\nthree\n", True),
        (REMOVED, "one\ntwo lines\nthree\n", False),
        (REMOVED, "mine\n", False),
        (SHORT, "x\n}\ny\n", False),
        (SHORT, "a\n}\nb\nc\n", True),
    ],
)
def test_a_hunk_is_in_where_its_lines_are(rejected: str, text: str, there: bool) -> None:
    found = hunks(rejected)
    assert found is not None
    assert [is_in(hunk, text) for hunk in found] == [there]


@pytest.mark.parametrize("text", ["", "some notes\n", "@@ -1 +1 @@\n same\n", "@@ -1,2 +1,2 @@\n"])
def test_what_is_no_rejected_hunk_is_not_read_as_one(text: str) -> None:
    assert hunks(text) is None
