"""An overview as the JSON that the page draws itself from: texts made safe, names said once, links that are links."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from mlscaffold import __version__
from mlscaffold.core.finding import WORDS
from mlscaffold.core.outcome import MEANING, Outcome, Standing
from mlscaffold.core.overview import Overview, Point, Pull, Seen
from mlscaffold.core.text import printable
from mlscaffold.core.trust import without_password

MOST_POINTS = 1000
"""So many runs are drawn, the last ones; their number is told."""
LONGEST_NAME = 300
LONGEST_TEXT = 500
_STATES = {state: place for place, state in enumerate(Standing)}
_WORDS = {word: place for place, word in enumerate(WORDS)}


def data(overview: Overview, made: datetime) -> dict[str, Any]:
    """Return all that the page shows; `made` is when it is made."""
    files, templates = _Names(), _Names()
    return {
        "schema": 1,
        "version": __version__,
        "made": int(made.timestamp()),
        "step": overview.step,
        "at": _seconds(overview.at),
        "runs": len(overview.points),
        "unread": overview.unread,
        "cut": overview.cut_after,
        "states": [[str(state), MEANING[state]] for state in Standing],
        "words": list(map(list, WORDS.items())),
        "points": [_point(point) for point in overview.points[-MOST_POINTS:]],
        "repos": [_repo(seen, files, templates) for seen in overview.repos],
        "files": files.all,
        "templates": templates.all,
    }


def link(url: str) -> str:
    """Return an address that a browser may follow, "" for anything else, as one with a password in it."""
    try:
        found = urlsplit(url)
        sound = found.scheme in ("http", "https") and found.hostname and "@" not in found.netloc
    except ValueError:
        return ""
    return url if sound and url.isascii() and url.isprintable() and " " not in url else ""


class _Names:
    """Texts by number: a file that differs in a thousand repos is named once."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def place(self, name: str) -> int:
        return self._places.setdefault(_cut(name, LONGEST_NAME), len(self._places))

    @property
    def all(self) -> list[str]:
        return list(self._places)


def _repo(seen: Seen, files: _Names, templates: _Names) -> dict[str, Any]:
    outcome = seen.outcome
    found = {
        "name": _cut(outcome.repo, LONGEST_NAME),
        "page": link(outcome.page),
        "state": _STATES[outcome.state],
        "why": _cut(outcome.why, LONGEST_TEXT),
        "at": _seconds(seen.at),
        "template": templates.place(_template(outcome)) if outcome.template else None,
        "recorded": _cut(outcome.recorded[:7], LONGEST_NAME),
        "target": _cut(outcome.target[:7], LONGEST_NAME),
        "days": outcome.days,
        "found": sum(outcome.words.values()),
        "waits": outcome.waits,
        "files": [
            [files.place(path), _WORDS[word]] for path, word in outcome.files.items() if word in _WORDS
        ],
        "waivers": [
            [_cut(each.path, LONGEST_NAME), _cut(each.until, LONGEST_NAME), _cut(each.reason, LONGEST_TEXT)]
            for each in outcome.waivers
        ],
        "pull": _pull(seen.pull) if seen.pull else None,
    }
    return {
        name: value
        for name, value in found.items()
        if value is not None and value is not False and value not in ("", [])
    }


def _pull(pull: Pull) -> dict[str, Any]:
    return {
        "state": _STATES[pull.outcome.state],
        "url": link(pull.outcome.url),
        "why": _cut(pull.outcome.why, LONGEST_TEXT),
        "since": _seconds(pull.since),
        "at": _seconds(pull.at),
    }


def _point(point: Point) -> list[Any]:
    return [_seconds(point.at), [point.counts.get(state, 0) for state in Standing], point.files]


def _template(outcome: Outcome) -> str:
    address = without_password(outcome.template)
    return f"{address} {outcome.directory}".rstrip()


def _seconds(at: str) -> int | None:
    """Return a moment in seconds since 1970, None for what is none."""
    try:
        found = datetime.fromisoformat(at)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def _cut(text: str, most: int) -> str:
    shown = printable(text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
