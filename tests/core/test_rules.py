"""Each rule over every combination of three entries, and the laws that hold for all of them."""

import itertools

import pytest

from mlscaffold.core.drift import State, state_of
from mlscaffold.core.overlay import Keyed, Settled, settle
from mlscaffold.core.policy import Kind, Policy, Rule
from mlscaffold.core.tree import FILE, LINK, Entry, blob_id

CONTENTS = {"a": b"one\n", "b": b"one\ntwo\n", "c": b"three\n"}
ENTRIES: dict[str, Entry | None] = {
    "-": None,
    **{name: Entry(FILE, blob_id(content)) for name, content in CONTENTS.items()},
}
NAMES = {entry: name for name, entry in ENTRIES.items()}
Names = tuple[str, str, str]
COMBINATIONS: list[Names] = [
    (base, ours, theirs)
    for base, ours, theirs in itertools.product(ENTRIES, repeat=3)
    if (base, theirs) != ("-", "-")
]
combinations = pytest.mark.parametrize("three", COMBINATIONS, ids="".join)
KINDS = list(Kind)


def settled(three: Names, kind: Kind) -> Settled:
    """Settle one path; the key of these files is their last line."""
    trees = [{} if (entry := ENTRIES[name]) is None else {"f": entry} for name in three]
    return again(trees, kind, {entry.oid: CONTENTS[name] for name, entry in ENTRIES.items() if entry})


def again(trees: list[dict[str, Entry]], kind: Kind, contents: dict[str, bytes]) -> Settled:
    rule = Rule(kind, ("f",), keys=("k",) if kind is Kind.KEYS else ())
    base, ours, theirs = trees
    return settle(
        base,
        ours,
        theirs,
        policy=Policy((rule,)),
        paths=["f"],
        read=lambda entry: contents[entry.oid],
        settle_keys=lambda _path, ours, theirs, _rule: Keyed(with_last_line(ours, theirs)),
    )


def with_last_line(ours: bytes, theirs: bytes) -> bytes:
    """Stand for `keys`: the last line is the template's, all before it the project's."""
    return b"".join([*ours.splitlines(keepends=True)[:-1], theirs.splitlines(keepends=True)[-1]])


def three_of(result: Settled) -> tuple[Entry | None, Entry | None, Entry | None]:
    return result.base.get("f"), result.ours.get("f"), result.theirs.get("f")


def outcome(result: Settled) -> str:
    """Return what a merge makes of the path: a name of CONTENTS, "-", new content, or "merge" for a content merge."""
    base, ours, theirs = three_of(result)
    if ours == theirs or theirs == base:
        end = ours
    elif ours == base:
        end = theirs
    else:
        return "merge"
    return NAMES[end] if end in NAMES else result.blobs[end.oid].decode() if end else "-"


def test_there_are_sixty_combinations() -> None:
    assert len(COMBINATIONS) == 60


@combinations
def test_merge_leaves_the_three_as_they_are_and_needs_a_content_merge_only_where_both_moved(
    three: Names,
) -> None:
    result = settled(three, Kind.MERGE)
    assert three_of(result) == tuple(ENTRIES[name] for name in three)
    assert (outcome(result) == "merge") == (state_of(*three_of(result)) is State.DIVERGED)


@combinations
def test_exact_ends_in_the_templates_file(three: Names) -> None:
    assert outcome(settled(three, Kind.EXACT)) == three[2]


@combinations
def test_once_ends_in_the_projects_file_but_for_one_that_is_new_in_the_template(three: Names) -> None:
    assert outcome(settled(three, Kind.ONCE)) == (three[2] if three[:2] == ("-", "-") else three[1])


@combinations
def test_absent_takes_the_templates_own_file_away_and_never_a_persons(three: Names) -> None:
    assert outcome(settled(three, Kind.ABSENT)) == ("-" if three[1] in (three[0], three[2]) else three[1])


@combinations
def test_lines_keeps_what_is_there_and_adds_what_is_lacking(three: Names) -> None:
    base, ours, theirs = three
    end = outcome(settled(three, Kind.LINES))
    if theirs == "-":
        assert end == ("-" if base == ours else ours)
    elif ours == "-":
        assert end == theirs
    else:
        content = CONTENTS[end].decode() if end in CONTENTS else end
        assert content.startswith(CONTENTS[ours].decode())
        assert set(CONTENTS[theirs].decode().splitlines()) <= set(content.splitlines())
        assert len(content.splitlines()) == len(
            set(content.splitlines()) | set(CONTENTS[ours].decode().splitlines())
        )


@combinations
def test_keys_keeps_ours_and_writes_the_templates_values_in(three: Names) -> None:
    base, ours, theirs = three
    end = outcome(settled(three, Kind.KEYS))
    if theirs == "-":
        assert end == ("-" if base == ours else ours)
    elif ours == "-":
        assert end == theirs
    else:
        content = CONTENTS[end] if end in CONTENTS else end.encode()
        assert content == with_last_line(CONTENTS[ours], CONTENTS[theirs])


@pytest.mark.parametrize("kind", KINDS)
@combinations
def test_only_a_path_that_diverged_under_merge_needs_a_content_merge(three: Names, kind: Kind) -> None:
    if outcome(settled(three, kind)) == "merge":
        assert kind is Kind.MERGE


@pytest.mark.parametrize("kind", KINDS)
@combinations
def test_settling_what_is_settled_changes_nothing(three: Names, kind: Kind) -> None:
    first = settled(three, kind)
    contents = {blob_id(content): content for content in CONTENTS.values()} | first.blobs
    second = again([first.base, first.ours, first.theirs], kind, contents)
    assert three_of(second) == three_of(first)


@pytest.mark.parametrize("kind", KINDS)
@combinations
def test_no_rule_changes_what_the_project_has(three: Names, kind: Kind) -> None:
    assert settled(three, kind).ours.get("f") == ENTRIES[three[1]]


@pytest.mark.parametrize("kind", [Kind.LINES, Kind.KEYS])
def test_a_link_in_a_files_place_is_not_read_and_the_templates_file_wins(kind: Kind) -> None:
    link, file = Entry(LINK, "1" * 40), ENTRIES["a"]
    assert file is not None
    result = again([{"f": file}, {"f": link}, {"f": file}], kind, {})
    assert three_of(result) == (link, link, file)


def test_lines_are_added_in_the_projects_line_ends() -> None:
    ours, theirs = b"mine\r\nlast", b"mine\none\ntwo\n"
    trees = [{"f": Entry(FILE, blob_id(content))} for content in (theirs, ours, theirs)]
    result = again(trees, Kind.LINES, {blob_id(content): content for content in (ours, theirs)})
    assert list(result.blobs.values()) == [b"mine\r\nlast\r\none\r\ntwo\r\n"]
