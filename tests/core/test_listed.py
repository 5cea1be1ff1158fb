"""Where new names go among those that are there."""

import pytest

from mlscaffold.core.listed import Id, arranged


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("abc", "abxc", "abxc"),
        ("abc", "abcx", "abcx"),
        ("abc", "xyabc", "xyabc"),
        ("mac", "xac", "mxac"),
        ("amc", "axyc", "axymc"),
        ("mn", "xy", "mnxy"),
        ("", "xy", "xy"),
        ("cba", "axbycz", "czbyax"),
        ("ac", "abxc", "axc"),
    ],
)
def test_a_fresh_name_stands_behind_the_neighbour_it_has_in_theirs(
    ours: str, theirs: str, expected: str
) -> None:
    fresh: set[Id] = {(name,) for name in "xyz"}
    found = arranged([(name,) for name in ours], [(name,) for name in theirs], fresh)
    assert "".join(name for (name,) in found) == expected
