"""A template's text as patterns: literal pieces, the variables between them, and the answers a line depends on.

Lines are matched piece by piece and never by a regular expression, so that a hostile line costs no more than its length.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlscaffold.core.variables import Variable

LONGEST_LINE = 2000
LONGEST_VALUE = 200
_TOKEN = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
_NAME = r"cookiecutter(?:\.(\w+)|\[\s*['\"](\w+)['\"]\s*\])"
_PLAIN = re.compile(_NAME)
_EQUALS = re.compile(rf"{_NAME}(\s*\|\s*lower|\.lower\(\))?\s*(==|!=)\s*['\"]([^'\"]*)['\"]")
_AMONG = re.compile(rf"{_NAME}\s+(not\s+in|in)\s*[\[(]([^\])]*)[\])]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Guard:
    """What must be answered for a line or a file to be there: one of `allowed`."""

    variable: str
    allowed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of a template, or one name in a path.

    pieces: the literal text around and between the holes, one more than there are holes.
    holes: the variable in each, "" for an expression that is no plain variable.
    guards: the answers that it is there with.
    certain: False if something that is not understood decides whether it is there.
    """

    pieces: tuple[str, ...]
    holes: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    certain: bool = True

    @property
    def literal(self) -> str | None:
        """The text itself if nothing in it varies."""
        return None if self.holes else self.pieces[0]

    def match(self, text: str) -> dict[str, str] | None:
        """Return what stands in the variables' places, None if the text is another one."""
        if not self.holes:
            return {} if text == self.pieces[0] else None
        first, *middle, last = self.pieces
        if len(text) > LONGEST_LINE or len(text) < len(first) + len(last):
            return None
        if not text.startswith(first) or not text.endswith(last):
            return None
        at, end = len(first), len(text) - len(last)
        values: dict[str, str] = {}
        for hole, piece in zip(self.holes, [*middle, None], strict=True):
            until = end if piece is None else text.find(piece, at, end)
            if until < at or not _put(values, hole, text[at:until]):
                return None
            at = until + len(piece or "")
        return values


def _put(values: dict[str, str], hole: str, value: str) -> bool:
    if not hole:
        return True
    sound = value.strip() == value and 0 < len(value) <= LONGEST_VALUE and not _CONTROL.search(value)
    return sound and values.setdefault(hole, value) == value


Condition = tuple[Guard, ...] | None
"""What an `if` asks: guards that must all hold, None if it is not understood."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """A piece of a line, or (`hole`) what an expression gives, with the conditions it stands under."""

    text: str
    hole: bool
    under: tuple[Condition, ...]


def lines(
    text: str, variables: Mapping[str, Variable], stand_ins: Iterable[str] = (), *, copied: bool = False
) -> list[Pattern]:
    """Return the lines of a template's text that are not blank, stripped.

    stand_ins: variables whose bare name stands for their value, for templates that put it in with a hook.
    copied: the text is copied as it is, and what looks like tags is none.
    """
    found: list[Pattern] = []
    line: list[_Segment] = []
    blocks: list[_Block] = []
    words = sorted(stand_ins)
    stands = re.compile(rf"\b({'|'.join(map(re.escape, words))})\b") if words else None
    for token in [text] if copied else _tokens(text):
        under = tuple(block.now for block in blocks)
        if not copied and token.startswith("{%"):
            _enter(token.strip("{}%-+ \t\n"), blocks, variables)
        elif not copied and token.startswith("{{"):
            line.append(_Segment(_plain(token), True, under))
        elif copied or not token.startswith("{#"):
            for number, part in enumerate(token.split("\n")):
                if number:
                    found += _line(line)
                    line = []
                line += _segments(part, stands, under)
    return [*found, *_line(line)]


def _tokens(text: str) -> Iterable[str]:
    """Yield text and tags; what stands between `raw` and `endraw` is text."""
    raw = False
    for token in _TOKEN.split(text):
        word = token.strip("{}%-+ \t\n") if token.startswith("{%") else ""
        if word in ("raw", "endraw"):
            raw = word == "raw"
        elif raw and token.startswith("{"):
            yield from (token[:1], token[1:])  # split, so that it is no longer taken for a tag
        elif token:
            yield token


def _segments(text: str, stands: re.Pattern[str] | None, under: tuple[Condition, ...]) -> Iterable[_Segment]:
    for number, part in enumerate(stands.split(text) if stands else [text]):
        if part:
            yield _Segment(part, number % 2 == 1, under)


def _plain(token: str) -> str:
    match = _PLAIN.fullmatch(token.strip("{}-+ \t\n"))
    return (match[1] or match[2]) if match else ""


@dataclass(slots=True)
class _Block:
    """An open `if` (its condition now, and those of the branches before) or another block, which nobody understands."""

    now: Condition
    before: list[Condition]


def _enter(tag: str, blocks: list[_Block], variables: Mapping[str, Variable]) -> None:
    word, _, rest = tag.partition(" ")
    if word == "if":
        blocks.append(_Block(_condition(rest, variables), []))
    elif word in ("for", "macro", "filter", "call", "block") or (word == "set" and "=" not in rest):
        blocks.append(_Block(None, []))
    elif word in ("elif", "else") and blocks:
        block = blocks[-1]
        block.before.append(block.now)
        own = _condition(rest, variables) if word == "elif" else ()
        block.now = _without(own, block.before, variables)
    elif word.startswith("end") and blocks:
        blocks.pop()


def _without(own: Condition, before: Sequence[Condition], variables: Mapping[str, Variable]) -> Condition:
    """Return a branch's condition with those of the branches before it ruled out, where they ask for one variable."""
    asked = {guard.variable for each in (own, *before) for guard in each or ()}
    if own is None or len(asked) != 1 or any(each is None or len(each) != 1 for each in before):
        return None
    variable = asked.pop()
    ruled_out = {choice for each in before for guard in each or () for choice in guard.allowed}
    left = frozenset(variables[variable].choices) - ruled_out
    for guard in own:
        left &= guard.allowed
    return (Guard(variable, left),)


def _condition(text: str, variables: Mapping[str, Variable]) -> Condition:
    guards: list[Guard] = []
    for part in re.split(r"\s+and\s+", text.strip()):
        options = [_asked(option.strip(), variables) for option in re.split(r"\s+or\s+", part)]
        named = {option.variable for option in options if option is not None}
        if None in options or len(named) != 1:
            return None
        guards.append(
            Guard(named.pop(), frozenset().union(*(option.allowed for option in options if option)))
        )
    return tuple(guards)


def _asked(text: str, variables: Mapping[str, Variable]) -> Guard | None:
    """Read one comparison of a variable with choices of its own."""
    if text.startswith("not "):
        inner = _asked(text[4:].strip().strip("()"), variables)
        return inner and Guard(inner.variable, frozenset(variables[inner.variable].choices) - inner.allowed)
    if match := _EQUALS.fullmatch(text):
        name, lower, sign, value = match[1] or match[2], match[3], match[4], match[5]
        wanted = {
            choice for choice in _known(name, variables) if (choice.lower() if lower else choice) == value
        }
        negated = sign == "!="
    elif match := _AMONG.fullmatch(text):
        name, negated = match[1] or match[2], match[3] != "in"
        wanted = {item.strip().strip("'\"") for item in match[4].split(",")}
    elif match := _PLAIN.fullmatch(text):
        name, negated = match[1] or match[2], False
        wanted = {choice for choice in _known(name, variables) if choice not in ("", "False")}
    else:
        return None
    choices = frozenset(_known(name, variables))
    return Guard(name, choices - wanted if negated else choices & wanted) if choices else None


def _known(name: str, variables: Mapping[str, Variable]) -> tuple[str, ...]:
    return variables[name].choices if name in variables else ()


def _line(segments: list[_Segment]) -> Iterable[Pattern]:
    """Make one pattern of a line; what stands under a condition of its own within the line is a hole."""
    said = [segment for segment in segments if segment.hole or segment.text.strip()]
    if not said:
        return
    shallow = min((segment.under for segment in said), key=len)
    pieces, holes = [""], []
    for segment in segments:
        if segment.hole or (segment.under != shallow and segment in said):
            holes.append(segment.text if segment.hole and segment.under == shallow else "")
            pieces.append("")
        else:
            pieces[-1] += segment.text
    pieces[0], pieces[-1] = pieces[0].lstrip(), pieces[-1].rstrip()
    if not holes:
        pieces[0] = pieces[0].strip()
    guards = tuple(guard for condition in shallow for guard in condition or ())
    yield Pattern(tuple(pieces), tuple(holes), guards, None not in shallow)
