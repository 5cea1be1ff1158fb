"""The proof of a merge finds what is wrong with a result, whoever made it."""

import json

import pytest

from mlscaffold.core.document import Document, Node
from mlscaffold.core.proof import broken_laws
from mlscaffold.documents.formats import Format, adapter_of

BASE = {"a": 1, "b": 2, "c": {"d": 3}, "l": [{"name": "x", "v": 1}], "deps": ["one>=1", "two"]}
OURS = {
    "a": 9,
    "b": 2,
    "c": {"d": 3, "mine": 4},
    "l": [{"name": "x", "v": 1}, {"name": "mine"}],
    "deps": ["one>=1", "two"],
}
THEIRS = {"a": 1, "b": 8, "c": {"d": 7}, "l": [{"name": "x", "v": 2}], "deps": ["one>=3", "two", "three"]}
GOOD = {
    "a": 9,
    "b": 8,
    "c": {"d": 7, "mine": 4},
    "l": [{"name": "x", "v": 2}, {"name": "mine"}],
    "deps": ["one>=3", "two", "three"],
}


def root(value: object) -> Node:
    document = adapter_of(Format.JSON).parse(json.dumps(value))
    assert isinstance(document, Document)
    return document.root


def laws(merged: object, pending: set[str]) -> list[str]:
    return broken_laws(root(BASE), root(OURS), root(THEIRS), root(merged), pending)


def test_a_good_merge_passes() -> None:
    assert laws(GOOD, set()) == []


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"a": 1}, "a: ours is not kept"),
        ({"b": 2}, "b: the template's change is not in"),
        ({"b": 5}, "b: it has neither side's value"),
        ({"c": {"d": 7}}, "c.mine: ours is not kept"),
        ({"c": {"d": 7, "mine": 4, "new": 1}}, "c.new: ours is not kept"),
        ({"l": [{"name": "x", "v": 2}]}, "l[name=mine]: ours is not kept"),
        ({"l": [{"name": "x", "v": 1}, {"name": "mine"}]}, "l[name=x].v: the template's change is not in"),
        ({"deps": ["one>=3", "two", "three", "three"]}, "deps: an item comes twice"),
        ({"deps": ["one>=3", "two"]}, "deps[=three]: the template's change is not in"),
    ],
)
def test_a_bad_merge_is_found_out(wrong: dict[str, object], fault: str) -> None:
    assert fault in laws({**GOOD, **wrong}, set())


def test_a_pending_key_must_be_ours() -> None:
    assert laws({**GOOD, "b": 2}, {"b"}) == []
    assert laws(GOOD, {"b"}) == ["b: ours is not kept"]
