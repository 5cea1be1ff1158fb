"""Markers and names that every run finds again."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscaffold.core.marker import Marker, branch_name, read_marker, template_id, withdrawn

MARKER = Marker("tpl-1", "a" * 40, "b" * 40, "c" * 40, "d" * 40)


@given(
    st.builds(Marker, *[st.text(st.characters(exclude_categories=["Cs"]), max_size=80)] * 5, st.booleans()),
    st.text(),
)
def test_what_is_stamped_is_read(marker: Marker, text: str) -> None:
    body = marker.stamp(text)

    assert read_marker(body) == marker
    assert body.count("-->") == 1 + text.count("-->"), "no value ends the comment that hides it"


def test_stamp_takes_the_place_of_the_one_before() -> None:
    body = MARKER.stamp(MARKER.stamp("Text"))

    assert body == MARKER.stamp("Text")


def test_forge_that_changes_line_ends_is_understood() -> None:
    assert read_marker(MARKER.stamp("Text\nmore").replace("\n", "\r\n").strip()) == MARKER


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<!-- mlscaffold {} -->",
        "<!-- mlscaffold {not json} -->",
        '<!-- mlscaffold {"template": "x"} -->',
        MARKER.stamp("").replace("false", "0"),
        MARKER.stamp("").replace("}", ', "more": 1}'),
    ],
)
def test_what_is_no_marker_is_none(body: str) -> None:
    assert read_marker(body) is None


def test_withdrawn_keeps_the_text_and_says_so() -> None:
    body = withdrawn(MARKER.stamp("Text"), "tpl-1")
    marker = read_marker(body)

    assert body.startswith("Text\n")
    assert marker is not None
    assert (marker.withdrawn, marker.tree) == (True, MARKER.tree)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/ml-template",
        "https://github.com/acme/ml-template.git",
        "https://GitHub.com/acme/ml-template/",
        "https://me:token@github.com/acme/ml-template",
        "ssh://git@github.com/acme/ml-template.git",
        "ssh://git@github.com:22/acme/ml-template.git",
        "git@github.com:acme/ml-template.git",
        "gh:acme/ml-template",
        "https://github.com/Acme/ML-Template",
    ],
)
def test_template_has_one_name_however_its_address_is_spelt(url: str) -> None:
    assert template_id(url) == template_id("https://github.com/acme/ml-template")
    assert template_id(url).startswith("ml-template-")


def test_other_templates_have_other_names() -> None:
    names = {
        template_id("https://github.com/acme/t"),
        template_id("https://github.com/acme/t", "service"),
        template_id("https://github.com/other/t"),
        template_id("https://gitlab.com/acme/t"),
        template_id("https://git.acme.example/acme/t"),
        template_id("https://git.acme.example/Acme/t"),
        template_id("/srv/t"),
        template_id("/srv/T"),
    }

    assert len(names) == 8


@pytest.mark.parametrize("url", ["", ".", "https://[", "..", "x/..lock", "a\nb", "@{-1}", "é/ü", "x" * 500])
def test_every_template_makes_a_branch_name_that_git_takes(url: str) -> None:
    subprocess.run(
        ["git", "check-ref-format", "--branch", branch_name(template_id(url))], check=True, timeout=10
    )
