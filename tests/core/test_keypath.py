"""Key paths, read and written."""

import pytest

from mlscaffold.core.keypath import BadKeyPath, EveryItem, Item, KeyPath, format_key_path, parse_key_path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("tool.ruff.line-length", ("tool", "ruff", "line-length")),
        ('tool."a.b".c', ("tool", "a.b", "c")),
        ("'x y'.z", ("x y", "z")),
        ("repos[*].rev", ("repos", EveryItem(), "rev")),
        ("[*].id", (EveryItem(), "id")),
        (
            "repos[repo=https://a.b/c].hooks[id=d]",
            ("repos", Item("repo", "https://a.b/c"), "hooks", Item("id", "d")),
        ),
        ("select[=E501]", ("select", Item("", "E501"))),
        ('a[name="x]y"].b', ("a", Item("name", "x]y"), "b")),
        ('""', ("",)),
    ],
)
def test_a_path_is_read_and_written_back(text: str, path: KeyPath) -> None:
    assert parse_key_path(text) == path
    assert parse_key_path(format_key_path(path)) == path


@pytest.mark.parametrize(
    "text", ["", ".", "a.", "a..b", "a b", "a[", "a[]", "a[x", "[x]", "a]b", "a.[*]", '"a', "a[*]b"]
)
def test_what_names_no_place_is_a_value(text: str) -> None:
    found = parse_key_path(text)
    assert isinstance(found, BadKeyPath)
    assert found.text == text
    assert found.why
