"""Which of two raised pins is the higher."""

import pytest

from mlscaffold.core.document import Atom, Scalar
from mlscaffold.core.pins import higher, is_version_note, requirement


def scalar(text: str, kind: str = "str", note: str = "") -> Scalar:
    return Scalar(0, len(text), Atom(kind, text), note)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "theirs_is_higher"),
    [
        ("v1", "v2", "v3", True),
        ("v1", "v10", "v9", False),
        ("1.2", "1.10", "1.9", False),
        ("v1.0", "v1.1rc1", "v1.1", True),
        ("v1.0", "v1.1.post1", "v1.1", False),
        ("v1.0", "v1.1b2", "v1.1b10", True),
        ("actions/checkout@v3", "actions/checkout@v4", "actions/checkout@v4.1", True),
        ("actions/checkout@v3", "actions/checkout@v4", "actions/setup@v5", None),
        ("ruff>=0.1", "ruff>=0.2", "ruff >= 0.3", True),
        ("ruff", "ruff>=0.2", "ruff>=0.3", True),
        ("Ruff_x>=0.1", "ruff-x>=0.2", "ruff.x>=0.3", True),
        ("a[b]>=1", "a[b]>=2", "a[c]>=3", None),
        ("a>=1; x", "a>=2; x", "a>=3; y", None),
        ("a>=1,<2", "a>=2,<3", "a<4,>=3", True),
        ("a>=1,<9", "a>=3,<4", "a>=2,<9", None),
        (">=3.10", ">=3.11", ">=3.12", True),
        ("^1.0", "^1.2", "^2.0", True),
        ("a==1.*", "a==2.*", "a==3.*", True),
        ("v3", "v2", "v4", None),
        ("v1", "v2", "v1", None),
        ("v1", "v2", "v2.0", None),
        ("a @ https://x", "a @ https://y", "a @ https://z", None),
        ("one", "two", "three", None),
    ],
)
def test_the_higher_of_two_raised_pins(
    base: str, ours: str, theirs: str, theirs_is_higher: bool | None
) -> None:
    assert higher("key", scalar(base), scalar(ours), scalar(theirs)) is theirs_is_higher
    if theirs_is_higher is not None:
        assert higher("key", scalar(base), scalar(theirs), scalar(ours)) is not theirs_is_higher


@pytest.mark.parametrize(("key", "answer"), [("python-version", True), ("rev", True), ("threshold", None)])
def test_a_bare_number_is_a_version_only_where_the_key_says_so(key: str, answer: bool | None) -> None:
    assert higher(key, *(scalar(text, "plain") for text in ("3.9", "3.10", "3.11"))) is answer


def test_a_hash_is_as_high_as_the_version_in_its_comment() -> None:
    pins = [scalar(f"a/b@{letter * 40}", note=f"# v4.{at}") for at, letter in enumerate("abc")]
    assert higher("uses", *pins) is True
    assert higher("uses", pins[0], pins[1], scalar("a/b@" + "d" * 40)) is None


def test_a_note_is_a_version_or_it_is_not() -> None:
    assert [is_version_note(note) for note in ("# v4.1.2", "# tag=1.0", "# why not v4", "#")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_requirement_is_known_by_its_project() -> None:
    found = requirement("Py.Torch_x [cuda, cpu] >= 2.0 ; python_version < '3.13'")
    assert found is not None
    assert (found.name, found.extras, found.asked) == ("py-torch-x", "[cuda,cpu]", ">=2.0")
    assert [requirement(text) is None for text in ("a b", "", "-x", "a")] == [True, True, True, False]
