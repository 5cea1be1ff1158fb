"""Versions in order, spans of time, and how far behind a project is."""

import pytest

from mlscaffold.core.finding import Finding, first_difference, in_grace
from mlscaffold.core.release import behind, newest_release, releases
from mlscaffold.core.span import days

DAY = 86400


def test_releases_are_version_tags_in_the_order_of_their_numbers() -> None:
    assert releases(["v1.2", "1.10.0", "1.9.9", "2.0.0rc1", "latest", "v2", "1.2.0.1"]) == [
        "1.10.0",
        "1.9.9",
        "1.2.0.1",
        "v1.2",
    ]
    assert newest_release([]) == ""


@pytest.mark.parametrize(
    ("text", "long"),
    [("30d", 30), ("4w", 28), ("7", 7), (" 3 d ", 3), ("1m", None), ("-3d", None), ("", None)],
)
def test_a_span_is_days_or_weeks(text: str, long: int | None) -> None:
    assert days(text) == long


def test_a_project_is_as_late_as_the_oldest_commit_it_lacks() -> None:
    found = behind([100 * DAY, 90 * DAY], [], {"1.0.0": "a"}, {"1.0.0": "a", "1.1.0": "b"}, 101.5 * DAY, 10)
    assert (found.commits, found.days, found.releases, found.days_left) == (2, 11, 1, -1)


def test_a_commit_from_the_future_is_no_day_late() -> None:
    assert behind([200 * DAY], [], {}, {}, 100 * DAY, 10).days == 0


@pytest.mark.parametrize(
    ("word", "rule", "waits"),
    [
        ("behind", "exact", True),
        ("diverged", "merge", True),
        ("diverged", "exact", False),
        ("missing", "merge", False),
        ("forbidden", "absent", False),
        ("modified", "exact", False),
    ],
)
def test_grace_is_for_what_only_an_update_mends(word: str, rule: str, waits: bool) -> None:
    late = behind([90 * DAY], [], {}, {}, 100 * DAY, 10)
    found = Finding("a", word, True, rule, "", "")
    assert in_grace(found, late).fault is not waits
    assert in_grace(found, late._replace(grace_days=9)).fault
    assert in_grace(found, None).fault


@pytest.mark.parametrize(
    ("ours", "theirs", "line"),
    [
        (b"a\nb\n", b"a\nc\n", 2),
        (b"a\n", b"a\nb\n", 1),
        (b"a\nb\n", b"a\n", 2),
        (b"", b"a", 1),
        (b"a", b"a", 1),
    ],
)
def test_the_first_line_that_differs(ours: bytes, theirs: bytes, line: int) -> None:
    assert first_difference(ours, theirs) == line
