"""What a name of a template's commit may stand for."""

import pytest

from mlscaffold.core.refname import spellings


def test_a_branch_comes_before_a_tag_and_both_before_an_id() -> None:
    assert spellings("cafe") == ("refs/heads/cafe", "refs/tags/cafe", "refs/cafe", "cafe")


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("origin/main", "refs/heads/main"),
        ("tags/v1", "refs/tags/v1"),
        ("heads/main", "refs/heads/main"),
        ("refs/tags/v1", "refs/tags/v1"),
        ("feature/a", "refs/heads/feature/a"),
    ],
)
def test_names_that_cruft_takes_are_taken(name: str, full: str) -> None:
    assert full in spellings(name)


@pytest.mark.parametrize("name", ["HEAD~1", "main^", "a..b", "main@{1}", "a b", "v*", "-x", "", "main:a"])
def test_an_expression_names_nothing(name: str) -> None:
    assert spellings(name) == ()


def test_head_is_no_name() -> None:
    assert "HEAD" not in spellings("HEAD")
