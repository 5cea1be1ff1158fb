"""What the template asks of each path: `policy.toml`, read into rules of which the last match wins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.globs import gitignore

NAME = "policy.toml"


class Kind(StrEnum):
    """How far a path is the template's."""

    MERGE = "merge"
    EXACT = "exact"
    KEYS = "keys"
    LINES = "lines"
    ONCE = "once"
    ABSENT = "absent"


class Rule(NamedTuple):
    """One `[[rule]]` of a policy.

    paths: gitignore-style patterns, of which one must match.
    keys, forbidden: for `keys`, the key paths that are the template's and those that must not be there.
    waivable: whether a project may be excused.
    reason: shown beside each finding.
    line: where it stands in policy.toml, 0 for the default rule.
    """

    kind: Kind = Kind.MERGE
    paths: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    waivable: bool = True
    reason: str = ""
    line: int = 0

    def matches(self, path: str) -> bool:
        """Return whether one of the patterns names the path."""
        return any(gitignore(pattern)(path) for pattern in self.paths)


DEFAULT = Rule()


@dataclass(frozen=True, slots=True)
class Policy:
    """A template's rules, in the order in which they are written."""

    rules: tuple[Rule, ...] = ()
    _found: dict[str, Rule] = field(default_factory=dict, repr=False, compare=False)

    def rule_for(self, path: str) -> Rule:
        """Return the last rule that names the path, `merge` if none does."""
        if path not in self._found:
            self._found[path] = next((rule for rule in reversed(self.rules) if rule.matches(path)), DEFAULT)
        return self._found[path]


class PolicyError(MlscaffoldError):
    """The template's policy.toml cannot be used; the template's author has to mend it."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"{where}: {why}.", "This is the template's to mend; its projects cannot be checked until then."
        )


def parse(content: bytes, name: str = NAME) -> Policy:
    """Read a policy.

    Raises PolicyError with file and line for what it does not understand: an unknown key is an error,
    since a misspelt rule would silently ask nothing.
    """
    import tomllib  # 2 ms, and many templates have no policy

    try:
        text = content.decode("utf-8-sig")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise PolicyError(name, "it is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(name, f"it is not TOML: {error}") from error
    lines = [
        number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith("[[rule]]")
    ]
    tables = document.pop("rule", [])
    if document:
        raise PolicyError(name, f"unknown key {next(iter(document))!r}")
    if not isinstance(tables, list) or len(lines) != len(tables):
        raise PolicyError(name, "rules are written as [[rule]] tables")
    return Policy(
        tuple(_rule(table, f"{name}:{line}", line) for table, line in zip(tables, lines, strict=True))
    )


def _rule(table: Mapping[str, Any], where: str, line: int) -> Rule:
    known = {"path", "paths", "rule", "keys", "forbidden", "waivable", "reason"}
    for key in table:
        if key not in known:
            raise PolicyError(where, f"unknown key {key!r}; a rule has {', '.join(sorted(known))}")
    paths = _texts(table, "paths", where) + ((table["path"],) if isinstance(table.get("path"), str) else ())
    if not paths:
        raise PolicyError(where, "a rule needs `path` or `paths`")
    if table.get("rule") not in set(Kind):
        raise PolicyError(where, f"`rule` is {table.get('rule')!r}; it can be {', '.join(Kind)}")
    kind = Kind(table["rule"])
    keys, forbidden = _texts(table, "keys", where), _texts(table, "forbidden", where)
    if (kind is Kind.KEYS) != bool(keys or forbidden):
        raise PolicyError(where, "`keys` and `forbidden` go with the rule `keys`, which needs one of them")
    waivable, reason = table.get("waivable", True), table.get("reason", "")
    if not isinstance(waivable, bool) or not isinstance(reason, str):
        raise PolicyError(where, "`waivable` is true or false, and `reason` is text")
    return Rule(kind, paths, keys, forbidden, waivable, reason, line)


def _texts(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise PolicyError(where, f"`{key}` is a list of texts")
    return tuple(value)
