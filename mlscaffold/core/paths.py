"""A template's own paths as patterns, and the paths of a repo that they could have become."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mlscaffold.core.pattern import Guard, Pattern, lines
from mlscaffold.core.variables import Variable


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A path of the template, below the folder that becomes the project.

    parts: its names. guards: the answers that it is there with.
    """

    raw: str
    parts: tuple[Pattern, ...]
    guards: tuple[Guard, ...] = ()
    certain: bool = True

    def match(self, path: str) -> dict[str, str] | None:
        """Return what stands in the variables' places, None if the path is another one."""
        names = path.split("/")
        if len(names) != len(self.parts):
            return None
        values: dict[str, str] = {}
        for part, name in zip(self.parts, names, strict=True):
            found = part.match(name)
            if found is None or any(values.setdefault(key, value) != value for key, value in found.items()):
                return None
        return values


def path_pattern(raw: str, variables: Mapping[str, Variable]) -> PathPattern | None:
    """Read a path of the template; None if nothing of it can be matched.

    A folder named for a question with a folder named for an answer in it (`options/ci/github/`) holds what that
    answer brings: hooks lay it over the project. A name that is a variable's stands for its value.
    """
    names, guards = _laid_over(raw.split("/"), variables)
    parts: list[Pattern] = []
    for name in names:
        read = lines(name, variables, [name] if name in variables else ())
        if len(read) != 1:
            return None
        parts.append(read[0])
    inner = tuple(guard for part in parts for guard in part.guards)
    return PathPattern(raw, tuple(parts), (*guards, *inner), all(part.certain for part in parts))


def stand_ins(raws: Iterable[str], variables: Mapping[str, Variable]) -> frozenset[str]:
    """Return the variables whose bare name is a folder of the template, and so stands for their value."""
    return frozenset(
        name
        for raw in raws
        for name in _laid_over(raw.split("/"), variables)[0][:-1]
        if name in variables and not variables[name].choices
    )


def _laid_over(names: list[str], variables: Mapping[str, Variable]) -> tuple[list[str], tuple[Guard, ...]]:
    guards: list[Guard] = []
    start = 0
    for at in range(len(names) - 2):
        question, answer = names[at], names[at + 1]
        if question in variables and answer in variables[question].choices:
            guards.append(Guard(question, frozenset({answer})))
            start = at + 2
    return names[start:], tuple(guards)


@dataclass(slots=True)
class Places:
    """The paths of a repo, found again by their depth and last name, or by their folder."""

    paths: frozenset[str]
    _by_name: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    _by_depth: dict[int, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the paths in."""
        for path in sorted(self.paths):
            depth, name = path.count("/") + 1, path.rpartition("/")[2]
            self._by_name.setdefault((depth, name), []).append(path)
            self._by_depth.setdefault(depth, []).append(path)

    def matches(self, pattern: PathPattern) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield the paths that a template's path could have become, and the values that say so."""
        names = [part.literal for part in pattern.parts]
        if None not in names:
            path = "/".join(name or "" for name in names)
            if path in self.paths:
                yield path, {}
            return
        depth, last = len(names), names[-1]
        near = self._by_depth.get(depth, []) if last is None else self._by_name.get((depth, last), [])
        for path in near:
            if self._inside_package(pattern, path):
                continue
            values = pattern.match(path)
            if values is not None:
                yield path, values

    def _inside_package(self, pattern: PathPattern, path: str) -> bool:
        """Return whether a folder that the pattern leaves open lies in a package, and so is a part of it and no package."""
        names = path.split("/")
        first = next((at for at, part in enumerate(pattern.parts) if part.literal is None), len(names))
        above = "/".join(names[:first])
        return first > 0 and first < len(names) - 1 and f"{above}/__init__.py" in self.paths
