"""How alike two texts are, by the lines they share, and a text and a template's patterns."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlscaffold.core.pattern import Pattern

LARGEST = 512 << 10
"""Files beyond this are compared by their id only."""
TRIVIAL_LINES = 3
TRIVIAL_WEIGHT = 0.25
PLACE = 0.25


@dataclass(frozen=True, slots=True)
class Text:
    """A file's lines that are not blank, stripped, in order and as a set."""

    lines: tuple[str, ...]
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Patterns:
    """A template file's patterns: the literal lines that must be there, those that may, and those with holes."""

    lines: tuple[Pattern, ...]
    required: frozenset[str]
    possible: frozenset[str]
    varying: tuple[Pattern, ...]

    @property
    def weight(self) -> float:
        """How much the file counts: next to nothing if nearly every project has the like of it."""
        return weight(len(self.required) + len(self.varying))


def text_of(content: bytes) -> Text | None:
    """Take a file's lines; None if it is binary or very large."""
    if len(content) > LARGEST or b"\0" in content[:8000]:
        return None
    stripped = (line.strip() for line in content.decode("utf-8", "surrogateescape").split("\n"))
    lines = tuple(line for line in stripped if line)
    return Text(lines, frozenset(lines))


def patterns_of(lines: Sequence[Pattern]) -> Patterns:
    """Sort a template file's lines."""
    literal = [(line, line.literal) for line in lines]
    return Patterns(
        tuple(lines),
        frozenset(text for line, text in literal if text is not None and line.certain and not line.guards),
        frozenset(text for _, text in literal if text is not None),
        tuple(line for line, text in literal if text is None),
    )


def weight(count: int) -> float:
    """Return how much a file of so many lines counts."""
    return TRIVIAL_WEIGHT if count < TRIVIAL_LINES else 1.0


def present(likeness: float) -> float:
    """Return what a file counts that is there: something for its place, the rest for its lines."""
    return PLACE + (1 - PLACE) * likeness


def alike(one: Text, other: Text) -> float:
    """Return the share of lines that two texts have in common, 0 to 1."""
    total = len(one.known) + len(other.known)
    return 2 * len(one.known & other.known) / total if total else 1.0


def fit(patterns: Patterns, text: Text) -> float:
    """Return how well a text could be a rendering of a template's file, 0 to 1."""
    varying = [line for line in patterns.varying if line.certain and not line.guards]
    explained = text.known & patterns.possible
    unexplained = text.known - explained
    matched = {
        line for line in unexplained if any(pattern.match(line) is not None for pattern in patterns.varying)
    }
    met = sum(any(pattern.match(line) is not None for line in matched) for pattern in varying)
    total = len(patterns.required) + len(varying) + len(text.known)
    got = len(patterns.required & text.known) + met + len(explained) + len(matched)
    return got / total if total else 1.0


_WORDS = frozenset(
    ("", ".md", ".rst", ".txt", ".toml", ".yml", ".yaml", ".json", ".cfg", ".ini", ".lock", ".csv", ".env", ".gitkeep")
)  # fmt: skip
_KIN = {".py": (".py", ".ipynb"), ".ipynb": (".ipynb", ".py"), ".ts": (".ts", ".js"), ".js": (".js", ".ts")}


def code_suffix(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the ending of most files with code in them, and the endings that are as good; () if there is none."""
    endings = Counter(
        "." + name.rpartition(".")[2] for path in paths if "." in (name := path.rpartition("/")[2])[1:]
    )
    common = next((ending for ending, _ in endings.most_common() if ending not in _WORDS), "")
    return _KIN.get(common, (common,)) if common else ()
