"""Edits told one by one, found again in another text, and given back as patches."""

from hypothesis import given
from hypothesis import strategies as st

from mlscaffold.core.cohort import Difference, Gathering, Origin
from mlscaffold.core.hunks import edited, hunks, lines

_TEXT = st.lists(st.sampled_from(["a", "b", "c", "", "d"]), max_size=12)


@given(_TEXT, _TEXT)
def test_edits_made_again_in_the_same_text_give_the_other(old: list[str], new: list[str]) -> None:
    numbered = [f"{number} {line}" for number, line in enumerate(old)]  # each place is one place

    assert edited(numbered, hunks(numbered, new)) == new if numbered else True


def test_edit_is_found_again_where_its_lines_stand_elsewhere() -> None:
    [found] = hunks(["one", "two", "three", "four"], ["one", "TWO", "three", "four"])

    assert edited(["zero", "zero", "one", "two", "three", "four"], [found]) == [
        *("zero", "zero", "one", "TWO", "three", "four")
    ]


def test_edit_that_could_be_in_two_places_is_in_none() -> None:
    [found] = hunks(["x", "two", "y"], ["x", "TWO", "y"])

    assert edited(["x", "two", "y", "x", "two", "y"], [found]) is None
    assert edited(["something", "else"], [found]) is None


def test_binary_and_endless_texts_have_no_lines() -> None:
    assert lines(b"\0") is None
    assert lines(b"\n" * 5_001) is None
    assert lines(b"a\r\nb") == ["a", "b"]


def difference(path: str, old: str, new: str, source: str = "") -> Difference:
    [hunk] = hunks([old], [new])
    return Difference(path, "edited", Origin("git", "commit", source), hunk)


def test_same_edit_of_a_file_that_is_called_otherwise_is_one_cohort() -> None:
    gathering = Gathering(2)
    gathering.take("a", [difference("src/a/io.py", "x", "y", "src/{{name}}/io.py")])
    gathering.take("b", [difference("src/b/io.py", "x", "y", "src/{{name}}/io.py")])
    gathering.take("c", [difference("src/c/io.py", "x", "z", "src/{{name}}/io.py")])

    [cohort] = gathering.cohorts()

    assert (cohort.repos, cohort.first.path) == (("a", "b"), "src/b/io.py")


def test_most_common_comes_first_and_rare_ones_not_at_all() -> None:
    gathering = Gathering(2)
    gathering.take("a", [difference("x", "1", "2"), difference("y", "1", "2"), difference("z", "1", "2")])
    gathering.take("b", [difference("x", "1", "2"), difference("y", "1", "2")])
    gathering.take("c", [difference("y", "1", "2")])

    assert [(each.first.path, len(each.repos)) for each in gathering.cohorts()] == [("y", 3), ("x", 2)]


def test_difference_that_is_told_twice_of_a_repo_counts_once() -> None:
    gathering = Gathering(2)
    gathering.take("a", [difference("x", "1", "2"), difference("x", "1", "2")])

    assert gathering.cohorts() == []
