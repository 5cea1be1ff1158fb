"""What is not ours stays text, on every forge."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscaffold.core.marker import Marker, read_marker
from mlscaffold.core.pull_text import (
    LONGEST_BODY,
    LONGEST_TITLE,
    Section,
    body_text,
    code,
    fenced,
    inert,
    title_line,
)

MARKER = Marker("tpl", "", "", "", "")

REFERENCES = [
    "@ada",
    "thanks @acme/admins!",
    "#123",
    "closes #1",
    "Fixes acme/ranker#1",
    "resolves GH-12",
    "closes gh-12",
    "Closes PROJ-7",
    "!12",
    "fixes https://github.com/acme/ranker/issues/3",
    "see https://gitlab.com/a/b/-/merge_requests/3",
    "/merge",
    "  /approve",
    "[skip ci]",
    "[ci skip]",
    "[no ci]",
    "[skip actions]",
    "<!-- mlscaffold {} -->",
]
# The patterns by which forges find what to act on, in the words of their documentation.
ACTED_ON = re.compile(
    r"@[A-Za-z0-9]|#\d|!\d|\b(GH|gh)-\d|\b[A-Z][A-Z0-9]+-\d|/(issues|pull|merge_requests)/\d"
    r"|(?m:^)\s*/[a-z]+|\[(skip ci|ci skip|no ci|skip actions|actions skip)\]|<!--"
)


@pytest.mark.parametrize("text", REFERENCES)
def test_reference_is_broken_and_looks_the_same(text: str) -> None:
    assert ACTED_ON.search(text), "the test would see it"
    assert not ACTED_ON.search(inert(text))
    assert inert(text).replace("\u200b", "") == text


@given(st.lists(st.sampled_from([*REFERENCES, "\n", " ", "`", "```", "x"]), max_size=12).map("".join))
def test_no_mix_of_them_gets_through(text: str) -> None:
    for safe in (fenced(text), code(text), title_line(text), body_text("", [Section("Changes", text)])):
        assert not ACTED_ON.search(safe)


@pytest.mark.parametrize(
    "text", ["plain text", "utf-8 and python-3.11", "data-2024.csv", "a/b/c.py", "x < y", "f(x)[0]"]
)
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert inert(text) == text


@given(st.text(st.sampled_from("`~ \nab"), max_size=40))
def test_nothing_gets_out_of_its_fence(text: str) -> None:
    lines = fenced(text).split("\n")
    fence = lines[0].removesuffix("text")

    assert re.fullmatch("`{3,}", fence)
    assert lines[-1] == fence
    assert not any(fence in line for line in lines[1:-1])


@given(st.text(st.sampled_from("`a "), max_size=20))
def test_nothing_gets_out_of_its_code(text: str) -> None:
    found = re.fullmatch(r"(`+)(?!`)(.*)(?<!`)\1", code(text))

    assert found
    assert found[1] not in re.findall("`+", found[2])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("bad \udcff byte", r"bad \xff byte"),
        ("std::vector 日本語", "std::vector 日本語"),
    ],
)
def test_what_is_hidden_is_spelled_out(text: str, shown: str) -> None:
    assert inert(text) == shown


def test_title_is_one_short_line() -> None:
    title = title_line("Update\n to " + "v" * 500)

    assert "\n" not in title
    assert len(title) == LONGEST_TITLE


def test_body_has_our_words_then_each_section_that_says_something() -> None:
    body = body_text("We say.", [Section("Changes", "one"), Section("Empty", " \n"), Section("Files", "two")])

    assert body == "We say.\n\n## Changes\n\n```text\none\n```\n\n## Files\n\n```text\ntwo\n```"


@pytest.mark.parametrize("text", ["line @you\n" * 50_000, "x" * 500_000, "`" * 90_000, "\x1b" * 90_000])
def test_body_fits_whatever_it_is_given(text: str) -> None:
    body = body_text("We say.", [Section("Changes", text), Section("Files", text)])

    assert len(body) <= LONGEST_BODY
    assert body.count("more lines are not shown.") == 2


def test_marker_that_a_changelog_brings_is_not_read() -> None:
    body = body_text("We say.", [Section("Changes", MARKER.stamp("evil"))])

    assert read_marker(body) is None
    assert read_marker(MARKER.stamp(body)) == MARKER
