"""Laws of merging and settling by key, over random documents in random styles."""

import json
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mlscaffold.core.document import Atom, Document, Value, meaning
from mlscaffold.documents.formats import Format, adapter_of
from mlscaffold.documents.keyed import KeyedMerge, NotMerged, merge, settle_keys
from tests.documents.second_opinion import loaded
from tests.documents.written import Plain, values, write

FORMATS = list(Format)
ABSENT = "no such key"
seeds = st.integers(0, 2**32)
laws = settings(
    max_examples=40,
    derandomize=True,  # the suite says the same on every run; look further with more examples and without this
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def written(value: dict[str, Plain], kind: Format, seed: int) -> bytes:
    text = write(value, kind, Random(seed))
    assert loaded(text.encode(), kind) == value, text
    return text.encode()


def document(content: bytes, kind: Format) -> Document:
    found = adapter_of(kind).parse(content.decode())
    assert isinstance(found, Document), (found, content)
    return found


def comments(content: bytes, kind: Format) -> Counter[str]:
    found = document(content, kind)
    return Counter(found.comments_in(0, len(found.text)))


def as_value(value: Plain, kind: Format) -> Value:
    if isinstance(value, dict):
        return {key: as_value(item, kind) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(as_value(item, kind) for item in value)
    if isinstance(value, str):
        return Atom("str", value)
    kinds = {Format.TOML: ("bool", "int"), Format.YAML: ("plain", "plain"), Format.JSON: ("bool", "number")}[
        kind
    ]
    return (
        Atom("null", "null") if value is None else Atom(kinds[not isinstance(value, bool)], json.dumps(value))
    )


def documents(kind: Format) -> st.SearchStrategy[dict[str, Plain]]:
    return values(nulls=kind is not Format.TOML)


@pytest.mark.parametrize("kind", FORMATS)
@laws
@given(data=st.data(), seed=seeds)
def test_reading_finds_what_an_independent_reader_finds(kind: Format, data: st.DataObject, seed: int) -> None:
    value = data.draw(documents(kind))
    assert meaning(document(written(value, kind, seed), kind).root) == as_value(value, kind)


@pytest.mark.parametrize("kind", FORMATS)
@laws
@given(data=st.data(), seed=seeds)
def test_a_template_that_did_not_move_leaves_every_byte(kind: Format, data: st.DataObject, seed: int) -> None:
    base, ours = (written(data.draw(documents(kind)), kind, seed + side) for side in range(2))
    result = merge(base, ours, base, kind)
    assert isinstance(result, KeyedMerge)
    assert (result.merged, result.pending, result.pins) == (ours, (), ())


@pytest.mark.parametrize("kind", FORMATS)
@laws
@given(data=st.data(), seed=seeds)
def test_a_project_that_did_not_move_takes_what_the_template_says(
    kind: Format,
    data: st.DataObject,
    seed: int,
) -> None:
    values_ = [data.draw(documents(kind)) for _ in range(2)]
    base, theirs = (written(value, kind, seed + side) for side, value in enumerate(values_))
    result = merge(base, base, theirs, kind)
    assert isinstance(result, KeyedMerge)
    assert not result.pending
    assert loaded(result.merged, kind) == values_[1]


def faults(base: Any, ours: Any, theirs: Any, merged: Any, where: str = "") -> list[str]:
    """Say where a merged mapping breaks a law that holds however conflicts are resolved."""
    if not all(isinstance(side, dict) for side in (ours, theirs, merged)):
        return [] if merged in (ours, theirs) or isinstance(ours, list) else [f"{where}: neither side's"]
    was = base if isinstance(base, dict) else {}
    found = []
    for key in {**ours, **theirs, **merged, **was}:
        b, o, t, m = (side.get(key, ABSENT) for side in (was, ours, theirs, merged))
        if t in (o, b):
            found += [] if m == o else [f"{where}.{key}: ours is lost"]
        elif o is ABSENT and b is ABSENT:
            found += [] if m == t else [f"{where}.{key}: theirs is lost"]
        elif m is ABSENT and ABSENT not in (o, t):
            found.append(f"{where}.{key}: lost")
        elif ABSENT not in (o, t, m):
            found += faults(b, o, t, m, f"{where}.{key}")
    return found


@pytest.mark.parametrize("kind", FORMATS)
@laws
@given(data=st.data(), seed=seeds)
def test_a_merge_keeps_both_sides_keys_and_the_projects_comments(
    kind: Format, data: st.DataObject, seed: int
) -> None:
    sides = [data.draw(documents(kind)) for _ in range(3)]
    base, ours, theirs = (written(value, kind, seed + side) for side, value in enumerate(sides))
    result = merge(base, ours, theirs, kind)
    assert isinstance(result, KeyedMerge), (result, base.decode(), ours.decode(), theirs.decode())
    assert not faults(sides[0], sides[1], sides[2], loaded(result.merged, kind))
    assert not set(comments(ours, kind)) - set(comments(base, kind)) - set(comments(result.merged, kind))


@pytest.mark.parametrize("kind", FORMATS)
@laws
@given(data=st.data(), seed=seeds)
def test_settling_writes_the_keys_and_is_done_at_once(kind: Format, data: st.DataObject, seed: int) -> None:
    sides = [data.draw(documents(kind)) for _ in range(2)]
    ours, theirs = (written(value, kind, seed + side) for side, value in enumerate(sides))
    assume(sides[1])
    keys = data.draw(st.lists(st.sampled_from(sorted(sides[1])), min_size=1, max_size=3, unique=True))
    paths = [f'"{key}"' for key in keys]
    banned = data.draw(
        st.lists(st.sampled_from(sorted({*sides[0], "zz"} - set(keys))), max_size=2, unique=True)
    )
    settled = settle_keys(ours, theirs, paths, [f'"{key}"' for key in banned], kind)
    assert not settled.problems, (settled, ours.decode(), theirs.decode())
    rest = {key: value for key, value in sides[0].items() if key not in banned}
    assert loaded(settled.content, kind) == {**rest, **{key: sides[1][key] for key in keys}}
    assert bool(settled.differing) == (settled.content != ours)
    again = settle_keys(settled.content, theirs, paths, [f'"{key}"' for key in banned], kind)
    assert (again.content, again.differing) == (settled.content, ())


@pytest.mark.parametrize("kind", FORMATS)
@laws
@given(data=st.data(), seed=seeds)
def test_no_bytes_make_a_traceback(kind: Format, data: st.DataObject, seed: int) -> None:
    sides = [written(data.draw(documents(kind)), kind, seed + side) for side in range(3)]
    marks = [
        b'"',
        b"'",
        b"[",
        b"}",
        b"\n",
        b"#",
        b"\t",
        b"&a ",
        b"*a",
        b"!t ",
        b"|\n",
        b"? ",
        b"---\n",
        b"\0",
        b"\xff",
        b"\r",
    ]
    for side in data.draw(st.sampled_from([(0,), (1,), (2,), (1, 2)])):
        at = data.draw(st.integers(0, len(sides[side])))
        mark = data.draw(st.sampled_from(marks) | st.binary(max_size=4))
        sides[side] = sides[side][:at] + mark + sides[side][at + data.draw(st.integers(0, 9)) :]
    base, ours, theirs = sides
    result = merge(base, ours, theirs, kind)
    assert isinstance(result, NotMerged) or adapter_of(kind).parse(result.merged.decode("utf-8-sig"))
    settled = settle_keys(ours, theirs, ["a", "b[*].c", "repo.id"], ["name"], kind)
    assert settled.content == ours or settled.differing
