"""What a fork tells of the texts that it compiled is compiled anew, and believed in nothing else."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from mlscaffold.shells import compiled


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> dict[Any, Any]:
    """What this process knows."""
    known: dict[Any, Any] = {}
    monkeypatch.setattr(compiled, "_codes", known)
    monkeypatch.setattr(compiled, "_sizes", {})
    return known


def told(folder: Path, text: str) -> Path:
    said = folder / "compiled.json"
    said.write_text(text)
    return said


def test_code_is_of_the_text_that_was_told(tmp_path: Path, codes: dict[Any, Any]) -> None:
    compiled.learn(compiled.told(told(tmp_path, '[["{{ n }}", "a", "./a"]]')), Environment())

    assert list(codes) == [("{{ n }}", "a", "./a")]
    assert codes["{{ n }}", "a", "./a"].co_filename == "./a"


@pytest.mark.parametrize(
    "lie",
    [
        "{",
        "[1]",
        "[[1, 2]]",
        '[["{% endfor %}", null, null]]',
        '[["{{ 1 | nothing }}", 7, {}]]',
        "[" * 100_000,
    ],
    ids=["no JSON", "no list", "too short", "no template", "odd names", "deep"],
)
def test_lie_is_let_be(tmp_path: Path, codes: dict[Any, Any], lie: str) -> None:
    compiled.learn(compiled.told(told(tmp_path, lie)), Environment())

    assert codes == {}


def test_link_is_not_followed(tmp_path: Path, codes: dict[Any, Any]) -> None:
    (tmp_path / "compiled.json").symlink_to(told(tmp_path.parent, '[["{{ n }}", "a", "./a"]]'))
    compiled.learn(compiled.told(tmp_path / "compiled.json"), Environment())

    assert codes == {}


def test_what_is_kept_has_an_end(codes: dict[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MOST_BYTES", 10_000)
    most = 0
    for number in range(40):
        compiled.learn(f'[["{{{{ n }}}} {number}", "a", "./a"]]'.encode(), Environment())
        most = max(most, len(codes))

    assert 1 < most < 39


def test_constant_that_is_large_is_not_kept(codes: dict[Any, Any]) -> None:
    large = "{{ 'a' * 3000000 }}"
    compiled.learn(f'[["{large}", "a", "./a"], ["{{{{ n }}}}", "b", "./b"]]'.encode(), Environment())

    assert [source for source, *_ in codes] == ["{{ n }}"]
