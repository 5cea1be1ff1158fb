"""Which of two version pins is the higher, and what a requirement is about."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from mlscaffold.core.document import Atom, Scalar

_NUMBER: Final = r"[vV]?\d+(?:\.\d+)*(?:[-.]?(?:a|b|c|rc|alpha|beta|pre|dev|post)[-.]?\d*)?"
_VERSION: Final = re.compile(r"[vV]?(\d+(?:\.\d+)*)(?:[-.]?(a|b|c|rc|alpha|beta|pre|dev|post)[-.]?(\d*))?")
_PLAIN: Final = re.compile(
    r"[vV]\d+(?:\.\d+)*|[vV]?\d+(?:\.\d+)+(?:[-.]?(?:a|b|c|rc|alpha|beta|pre|dev|post)[-.]?\d*)?"
)
_USES: Final = re.compile(rf"(?P<what>[\w.-]+(?:/[\w.-]+)+)@(?P<version>{_NUMBER}|[0-9a-f]{{40}})")
_NOTE: Final = re.compile(rf"#\s*(?:[a-z]+[ :=/@-]+)?(?P<version>[vV]?{_NUMBER})\s*")
_CLAUSE: Final = re.compile(
    rf"(?P<operator>===|==|>=|<=|~=|!=|>|<|\^|~)\s*(?P<version>{_NUMBER})(?P<star>\.\*)?"
)
_REQUIREMENT: Final = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?P<extras>\[[^\]]*\])?"
    r"\s*(?P<rest>\(?[<>=!~][^;@]*|@[^;]*)?\s*(?P<marker>;.*)?"
)
_STAGE: Final = {
    "dev": -4,
    "a": -3,
    "alpha": -3,
    "b": -2,
    "beta": -2,
    "c": -1,
    "rc": -1,
    "pre": -1,
    "": 0,
    "post": 1,
}
_PIN_KEYS: Final = re.compile(r"(?:^|[-_])(?:version|rev|tag|ref|python)s?$")

_Version: TypeAlias = tuple[tuple[int, ...], int, int]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A PEP 508 text: the project's name in its normal form, what is asked of its version, and when."""

    name: str
    extras: str
    asked: str
    marker: str


@dataclass(frozen=True, slots=True)
class _Pin:
    """A text with versions taken out: two pins compare only if the rest of them is the same."""

    shape: tuple[str, ...]
    versions: tuple[_Version, ...]


@lru_cache(maxsize=1 << 14)
def requirement(text: str) -> Requirement | None:
    """Read a requirement such as `torch[cuda]>=2.3; python_version < "3.13"`."""
    found = _REQUIREMENT.fullmatch(text.strip())
    if not found:
        return None
    squeezed = [re.sub(r"\s+", "", found[part] or "") for part in ("extras", "rest", "marker")]
    return Requirement(re.sub(r"[-_.]+", "-", found["name"]).lower(), *squeezed)


def higher(key: str, base: Scalar, ours: Scalar, theirs: Scalar) -> bool | None:
    """Say whether theirs is the higher of two raised pins; None where the question has no answer."""
    pins = [_pin(key, scalar) for scalar in (base, ours, theirs)]
    was, mine, its = pins
    if mine is None or its is None or mine.shape != its.shape or mine.versions == its.versions:
        return None
    if _bounds(mine) != _bounds(its):
        return None  # `!=2.1` and `<3` are no pins that a side raises: to take the other's loses one
    unpinned = was is None and _unpinned(base.value, ours.value)
    if not unpinned and (was is None or not (_above(mine, was) and _above(its, was))):
        return None
    if _above(its, mine):
        return True
    return False if _above(mine, its) else None


def _bounds(pin: _Pin) -> list[_Version]:
    """Return the versions that a pin excludes, and those that it stays below or above where it asks for none."""
    operators = [part.rstrip(".*") for part in pin.shape[len(pin.shape) - len(pin.versions) :]]
    raised = any(operator not in _BOUNDS for operator in operators)
    return [
        version
        for operator, version in zip(operators, pin.versions, strict=True)
        if operator == "!=" or (operator in _BOUNDS and not raised)
    ]


_BOUNDS = ("!=", "<", "<=", ">")


def is_version_note(note: str) -> bool:
    """Say whether a comment only names the version of what stands before it (`# v4.1.2`)."""
    return bool(_NOTE.fullmatch(note))


def without_version(uses: str) -> str:
    """Return what a workflow step uses, whatever its version."""
    return uses.partition("@")[0]


def _unpinned(base: Atom, ours: Atom) -> bool:
    """A requirement that base has without any version was raised by whoever asked for one."""
    was, mine = requirement(base.text), requirement(ours.text)
    return bool(
        was
        and mine
        and not was.asked
        and (was.name, was.extras, was.marker) == (mine.name, mine.extras, mine.marker)
    )


def _pin(key: str, scalar: Scalar) -> _Pin | None:
    text = scalar.value.text.strip()
    if scalar.value.kind != "str" and not (scalar.value.kind == "plain" and _PIN_KEYS.search(key)):
        return None
    if uses := _USES.fullmatch(text):
        return _used(uses, scalar.note)
    if re.fullmatch(r"[0-9a-f]{40}", text) and (note := _NOTE.fullmatch(scalar.note)):
        return _Pin(("hash",), (_version(note["version"]),))
    if _PLAIN.fullmatch(text) or (_PIN_KEYS.search(key) and _VERSION.fullmatch(text)):
        return _Pin(("v" if text[0] in "vV" else "",), (_version(text),))
    asked = requirement(text)
    if asked and asked.asked:
        return _clauses((asked.name, asked.extras, asked.marker), asked.asked)
    return _clauses(("",), re.sub(r"\s+", "", text))


def _used(uses: re.Match[str], note: str) -> _Pin | None:
    if len(uses["version"]) < 40:
        return _Pin((uses["what"],), (_version(uses["version"]),))
    named = _NOTE.fullmatch(note)
    return _Pin((uses["what"], "hash"), (_version(named["version"]),)) if named else None


def _clauses(about: tuple[str, ...], asked: str) -> _Pin | None:
    clauses = [_CLAUSE.fullmatch(clause) for clause in asked.strip("()").split(",")]
    shape, versions = list(about), []
    for clause in sorted((clause for clause in clauses if clause), key=lambda clause: clause["operator"]):
        shape.append(clause["operator"] + (clause["star"] or ""))
        versions.append(_version(clause["version"]))
    return _Pin(tuple(shape), tuple(versions)) if all(clauses) else None


def _version(text: str) -> _Version:
    found = _VERSION.fullmatch(text.strip())
    if not found:  # every caller has matched the same pattern before
        return ((), 0, 0)
    numbers = [int(part) for part in found[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), _STAGE[found[2] or ""], int(found[3] or 0)


def _above(pin: _Pin, other: _Pin) -> bool:
    """Higher in at least one version and lower in none; other pins of another shape compare by their first."""
    if pin.shape != other.shape:
        return bool(pin.versions and other.versions) and pin.versions[0] > other.versions[0]
    pairs = list(zip(pin.versions, other.versions, strict=True))
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)
