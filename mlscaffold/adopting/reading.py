"""What a repo shows of a template's answers: in its paths, in its files' lines, and in which of the template's parts are there."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlscaffold.adopting.history import History, Match, Version
from mlscaffold.adopting.repository import Repository, Snapshot
from mlscaffold.core import signs
from mlscaffold.core.answers import Evidence, Inferred, infer
from mlscaffold.core.likeness import Text
from mlscaffold.core.pattern import Guard, Pattern
from mlscaffold.core.signs import Facts
from mlscaffold.core.variables import Variable

SHORT = 4
FILE_WEIGHT, LINE_WEIGHT = 1.0, 0.5
GUESSED = 3
"""Rounds of inference, each of which knows the answers of the one before."""


@dataclass(frozen=True, slots=True)
class Part:
    """A line or file of the template that only some answers bring, and how sure it is that it is there (1) or not (-1)."""

    guards: tuple[Guard, ...]
    there: float
    where: str


def read_answers(
    history: History,
    version: Version,
    repository: Repository,
    snapshot: Snapshot,
    matches: Mapping[tuple[str, str], Match],
    known: Facts,
    given: Mapping[str, object],
) -> dict[str, Inferred]:
    """Infer the answers to what a version asks for."""
    asked = history.asked(version)
    mine = {raw: match for raw, entry in version.files.items() if (match := matches.get((raw, entry.oid)))}
    seen = [
        *signs.evidence(known, asked),
        *_from_names(repository, version, asked),
        *_from_paths(mine.values()),
        *_from_lines(history, repository, snapshot, mine.values()),
    ]
    parts = [
        *_parts_of_files(history, version, mine),
        *_parts_of_lines(history, repository, snapshot, mine.values()),
    ]
    found = infer(asked, seen, given)
    for _ in range(GUESSED):
        found = infer(asked, [*seen, *_from_parts(parts, found)], given)
    return found


def facts(repository: Repository) -> Facts:
    """Read what the repo's own files, its log and its remote say, at its last commit and at its first ones."""
    found: Facts = []
    for snapshot in repository.snapshots:
        names = signs.READ if snapshot is repository.head else signs.EVIDENCE
        files = repository.files(snapshot, names)
        paths = snapshot.places.paths if snapshot is repository.head else frozenset[str]()
        found += [
            (what, value, weight, _dated(where, snapshot, repository))
            for what, value, weight, where in signs.facts(files, paths)
        ]
    name, email = repository.main_author()
    found += [("author", name, 0.3, "the log"), ("email", email, 0.3, "the log")]
    folder = repository.root.resolve().name
    found += [("name", folder, 0.25, "the folder's name"), ("title", folder, 0.1, "the folder's name")]
    if repository.origin and not repository.prefix:
        *_, owner, name = [
            "",
            *repository.origin.replace(":", "/").rstrip("/").removesuffix(".git").split("/"),
        ]
        found += [
            ("name", name, 0.4, "the remote"),
            ("title", name, 0.15, "the remote"),
            ("owner", owner, 0.5, "the remote"),
        ]
    return found


def _dated(where: str, snapshot: Snapshot, repository: Repository) -> str:
    return where if snapshot is repository.head else f"{where} in {snapshot.name}"


def _from_names(
    repository: Repository, version: Version, asked: Mapping[str, Variable]
) -> Iterator[Evidence]:
    """The folder that becomes the project is named for a variable, and so is the repo."""
    named = version.name.strip("{} ").removeprefix("cookiecutter.").strip()
    if named in asked:
        yield Evidence(named, repository.root.resolve().name, 0.2, "the folder's name")


def _from_paths(matches: Iterable[Match]) -> Iterator[Evidence]:
    for match in matches:
        for fit, values in ((match.fit, match.values), *match.others):
            for variable, value in values.items():
                yield Evidence(variable, value, FILE_WEIGHT * (0.3 + 0.7 * fit), match.path)


def _from_lines(
    history: History, repository: Repository, snapshot: Snapshot, matches: Iterable[Match]
) -> Iterator[Evidence]:
    """Values that stand in a repo's lines where the template's lines have variables."""
    for match in matches:
        patterns, text = history.patterns(match.oid), repository.text(snapshot.tree[match.path].oid)
        if patterns is None or text is None:
            continue
        for at, line in enumerate(patterns.lines):
            if any(line.holes):
                for values, weight in _best(patterns.lines, at, text):
                    scaled = weight * (0.3 + 0.7 * match.fit)
                    yield from (Evidence(name, value, scaled, match.path) for name, value in values.items())


def _best(lines: tuple[Pattern, ...], at: int, text: Text) -> Iterator[tuple[dict[str, str], float]]:
    """Yield what the best matching line says, if it is no coincidence: by its neighbours, or by what is literal in it."""
    pattern = lines[at]
    literal = sum(len(piece.strip()) for piece in pattern.pieces)
    before = lines[at - 1] if at else None
    after = lines[at + 1] if at + 1 < len(lines) else None
    best: tuple[float, dict[str, str]] | None = None
    for number, line in enumerate(text.lines):
        values = pattern.match(line)
        if not values:
            continue
        above = _fits(before, text.lines[number - 1] if number else None)
        below = _fits(after, text.lines[number + 1] if number + 1 < len(text.lines) else None)
        weight = 0.25 * (literal >= SHORT) + 0.15 * (literal > 0) + 0.3 * (above + below)
        if best is None or weight > best[0]:
            best = weight, values
    if best is not None and best[0] >= 0.3:
        yield best[1], best[0]


def _fits(pattern: Pattern | None, line: str | None) -> bool:
    if pattern is None or line is None:
        return pattern is None and line is None
    return pattern.match(line) is not None


def _parts_of_files(history: History, version: Version, mine: Mapping[str, Match]) -> Iterator[Part]:
    for raw in version.files:
        path = history.paths.get(raw)
        if path is not None and path.guards:
            match = mine.get(raw)
            there = 2 * match.fit - 1 if match is not None else -1.0
            yield Part(path.guards, FILE_WEIGHT * there, match.path if match is not None else f"no {raw}")


def _parts_of_lines(
    history: History, repository: Repository, snapshot: Snapshot, matches: Iterable[Match]
) -> Iterator[Part]:
    """Yield the lines that only some answers bring, but for those that stand elsewhere in the file too."""
    for match in matches:
        patterns, text = history.patterns(match.oid), repository.text(snapshot.tree[match.path].oid)
        if patterns is None or text is None:
            continue
        counted = Counter(line.pieces for line in patterns.lines)
        for line in patterns.lines:
            telling = sum(len(piece) for piece in line.pieces) >= SHORT or not line.holes
            if line.guards and line.certain and counted[line.pieces] == 1 and telling:
                there = (
                    line.literal in text.known
                    if line.literal is not None
                    else any(line.match(each) is not None for each in text.lines)
                )
                sure = LINE_WEIGHT * match.fit
                yield Part(
                    (*history.paths[match.raw].guards, *line.guards), sure if there else -sure, match.path
                )


def _from_parts(parts: Iterable[Part], known: Mapping[str, Inferred]) -> Iterator[Evidence]:
    """What is there speaks for each answer that brings it; what is not speaks against the one answer that is in doubt."""
    for part in parts:
        for guard in part.guards:
            others = [other for other in part.guards if other is not guard]
            held = all(_held(other, known) for other in others)
            if (part.there > 0 or held) and guard.variable in known:
                for choice in guard.allowed:
                    yield Evidence(guard.variable, choice, part.there / len(guard.allowed), part.where)


def _held(guard: Guard, known: Mapping[str, Inferred]) -> bool:
    answer = known.get(guard.variable)
    return answer is not None and answer.value is not None and str(answer.value) in guard.allowed
