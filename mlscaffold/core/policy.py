"""What the template asks of each path: `policy.toml`, read into rules of which the last match wins."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.evolution import Migration
from mlscaffold.core.globs import Matcher, gitignore, is_pattern
from mlscaffold.core.places import error_line, key_line, section_line, table_lines
from mlscaffold.core.span import days

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
        return gitignore(*self.paths)(path)


DEFAULT = Rule()


class Policy(NamedTuple):
    """A template's rules, in the order in which they are written, and what `[check]` says.

    grace_days: how long a project may be behind before that is a fault.
    ruff: whether what `check --ruff` finds is a fault.
    renamed: old names of variables to new ones. replaced: variable to withdrawn choice to the one in its place.
    migrations: what versions move and delete.
    """

    rules: tuple[Rule, ...] = ()
    grace_days: int = 0
    ruff: bool = False
    renamed: Mapping[str, str] = {}
    replaced: Mapping[str, Mapping[str, str]] = {}
    migrations: tuple[Migration, ...] = ()

    def rule_for(self, path: str) -> Rule:
        """Return the last rule that names the path, `merge` if none does."""
        return next((rule for rule in reversed(self.rules) if rule.matches(path)), DEFAULT)

    def merging(self, paths: Iterable[str]) -> "Policy":
        """Return the policy under which these paths are merged, whatever their rules say."""
        literal = tuple("/" + re.sub(r"([*?\[\]\\])", r"\\\1", path) for path in paths)
        return self._replace(rules=(*self.rules, Rule(paths=literal)))

    @property
    def absent_patterns(self) -> tuple[str, ...]:
        """The patterns of all `absent` rules."""
        return tuple(pattern for rule in self.rules if rule.kind is Kind.ABSENT for pattern in rule.paths)

    def forbids(self) -> Matcher:
        """Return whether a path must not exist: an `absent` rule names it, and no later rule does."""
        named = gitignore(*self.absent_patterns)
        return lambda path: named(path) and self.rule_for(path).kind is Kind.ABSENT


class PolicyError(MlscaffoldError):
    """The template's policy.toml cannot be used; the template's author has to mend it."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"{where}: {why}.",
            "This is the template's to mend (`mlscaffold policy` tries it); its projects cannot be checked until then.",
        )


def from_plain(values: Any) -> Policy:
    """Return the policy whose JSON these values are: a cache keeps it so, since reading TOML takes 4 ms of a check.

    Raises TypeError or ValueError for what is no such JSON.
    """
    rules, grace_days, ruff, renamed, replaced, migrations = values
    return Policy(
        rules=tuple(Rule(Kind(kind), *map(_tupled, others)) for kind, *others in rules),
        grace_days=grace_days,
        ruff=ruff,
        renamed=renamed,
        replaced=replaced,
        migrations=tuple(Migration(*map(_tupled, each)) for each in migrations),
    )


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def parse(content: bytes, name: str = NAME) -> Policy:
    """Read a policy.

    Raises PolicyError with file and line for what it does not understand: an unknown key is an error,
    since a misspelt rule would silently ask nothing.
    """
    text, document = _document(content, name)
    tables, check = document.pop("rule", []), document.pop("check", {})
    answers, migrations = document.pop("answers", {}), document.pop("migrations", [])
    for key in document:
        raise PolicyError(f"{name}:{section_line(text, key)}", f"unknown key {key!r}")
    lines = table_lines(text, "rule")
    if not isinstance(tables, list) or len(lines) != len(tables):
        raise PolicyError(f"{name}:{section_line(text, 'rule')}", "rules are written as [[rule]] tables")
    rules = tuple(
        _rule(_Table(table, text, line, name), line) for table, line in zip(tables, lines, strict=True)
    )
    grace_days, ruff = _check(check, text, name)
    renamed, replaced = _answers(answers, text, name)
    return Policy(rules, grace_days, ruff, renamed, replaced, _migrations(migrations, text, name))


class _Table(NamedTuple):
    """One table of a policy, and where it stands: enough to say file and line of any key."""

    values: Mapping[str, Any]
    text: str
    line: int
    name: str

    def wrong(self, key: str, why: str) -> PolicyError:
        return PolicyError(f"{self.name}:{key_line(self.text, key, self.line)}", why)

    def only(self, known: tuple[str, ...], what: str) -> None:
        for key in self.values:
            if key not in known:
                raise self.wrong(key, f"unknown key {key!r}; {what} has {', '.join(known)}")

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.wrong(key, f"`{key}` is a list of texts")
        return tuple(value)


def _document(content: bytes, name: str) -> tuple[str, dict[str, Any]]:
    import tomllib  # 2 ms, and many templates have no policy

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PolicyError(f"{name}:{line}", "it is not UTF-8 text") from error
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}:{error_line(str(error), text)}", f"it is not TOML: {error}") from error


_KNOWN = ("path", "paths", "rule", "keys", "forbidden", "waivable", "reason")


def _rule(table: _Table, line: int) -> Rule:
    if not isinstance(table.values, Mapping):
        raise PolicyError(f"{table.name}:{line}", "rules are written as [[rule]] tables")
    table.only(_KNOWN, "a rule")
    paths = _paths(table)
    if table.values.get("rule") not in set(Kind):
        raise table.wrong("rule", f"`rule` is {table.values.get('rule')!r}; it can be {', '.join(Kind)}")
    kind = Kind(table.values["rule"])
    keys, forbidden = table.texts("keys"), table.texts("forbidden")
    if (kind is Kind.KEYS) != bool(keys or forbidden):
        raise table.wrong(
            "keys" if keys or not forbidden else "forbidden",
            "`keys` and `forbidden` go with the rule `keys`, which needs one of them",
        )
    for name, texts in (("keys", keys), ("forbidden", forbidden)):
        _refuse_bad_key_paths(table, name, texts)
    waivable, reason = table.values.get("waivable", True), table.values.get("reason", "")
    if not isinstance(waivable, bool):
        raise table.wrong("waivable", "`waivable` is true or false")
    if not isinstance(reason, str):
        raise table.wrong("reason", "`reason` is text")
    return Rule(kind, paths, keys, forbidden, waivable, reason, line)


def _refuse_bad_key_paths(table: _Table, name: str, texts: tuple[str, ...]) -> None:
    if not texts:
        return
    from mlscaffold.core.keypath import BadKeyPath, parse_key_path

    for text in texts:
        found = parse_key_path(text)
        if isinstance(found, BadKeyPath):
            raise table.wrong(name, f"{text!r} is no key path: {found.why}")


def _paths(table: _Table) -> tuple[str, ...]:
    path = table.values.get("path")
    if path is not None and not (isinstance(path, str) and path):
        raise table.wrong("path", "`path` is text")
    paths = table.texts("paths") + ((path,) if path else ())
    if not paths:
        raise table.wrong("path", "a rule needs `path` or `paths`")
    for pattern in paths:
        where = "path" if pattern == path else "paths"
        if pattern.startswith("!"):
            raise table.wrong(where, f"the pattern {pattern!r} excludes; write a later rule instead")
        if not pattern.strip("/") or {"..", "."} & set(pattern.split("/")):
            raise table.wrong(where, f"the pattern {pattern!r} names nothing inside a project")
        if not is_pattern(pattern):
            raise table.wrong(where, f"the pattern {pattern!r} is none: nothing is between its brackets")
    return paths


def _check(values: Any, text: str, name: str) -> tuple[int, bool]:
    line = section_line(text, "check")
    if not isinstance(values, Mapping):
        raise PolicyError(f"{name}:{line}", "[check] is a table")
    table = _Table(values, text, line, name)
    table.only(("grace", "ruff"), "[check]")
    grace = values.get("grace", "0d")
    long = days(grace) if isinstance(grace, str) else None
    if long is None:
        raise table.wrong("grace", f"`grace` is {grace!r}; write it as '30d' or '4w'")
    ruff = values.get("ruff", "count")
    if ruff not in ("count", "fault"):
        raise table.wrong("ruff", f"`ruff` is {ruff!r}; it can be count, fault")
    return long, ruff == "fault"


def _answers(values: Any, text: str, name: str) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Read [answers.renamed] and [answers.replaced.VARIABLE]."""
    line = section_line(text, "answers")
    if not isinstance(values, Mapping):
        raise PolicyError(f"{name}:{line}", "[answers] is a table")
    table = _Table(values, text, line, name)
    table.only(("renamed", "replaced"), "[answers]")
    replaced = values.get("replaced", {})
    if not isinstance(replaced, Mapping):
        raise table.wrong("replaced", "[answers.replaced] has a table for each variable")
    return (
        _pairs(table, "renamed", values.get("renamed", {})),
        {variable: _pairs(table, variable, pairs) for variable, pairs in replaced.items()},
    )


def _migrations(tables: Any, text: str, name: str) -> tuple[Migration, ...]:
    lines = table_lines(text, "migrations")
    if not isinstance(tables, list) or len(lines) != len(tables):
        raise PolicyError(
            f"{name}:{section_line(text, 'migrations')}", "migrations are written as [[migrations]] tables"
        )
    return tuple(
        _migration(_Table(table, text, line, name)) for table, line in zip(tables, lines, strict=True)
    )


def _migration(table: _Table) -> Migration:
    table.only(("version", "rename", "delete"), "a migration")
    version = table.values.get("version")
    if not isinstance(version, str) or not version:
        raise table.wrong("version", "a migration needs the `version` that it comes with")
    rename, delete = _pairs(table, "rename", table.values.get("rename", {})), table.texts("delete")
    for path in (*rename, *rename.values(), *delete):
        if path.startswith("/") or {"", ".", "..", ".git"} & set(path.split("/")):
            key = "delete" if path in delete else "rename"
            raise table.wrong(key, f"{path!r} is no path inside a project")
    return Migration(version, rename, delete)


def _pairs(table: _Table, key: str, values: Any) -> dict[str, str]:
    if not isinstance(values, Mapping) or not all(isinstance(each, str) for each in values.values()):
        raise table.wrong(key, f"`{key}` is a table of texts")
    return dict(values)
