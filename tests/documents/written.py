"""Random documents: a value, and a text that says it in one of the many ways people write TOML, YAML and JSON."""

import json
import re
from random import Random
from typing import TypeAlias

from hypothesis import strategies as st

from mlscaffold.documents.formats import Format

Plain: TypeAlias = str | int | bool | list["Plain"] | dict[str, "Plain"] | None

KEYS = ["a", "b", "c", "repo", "id", "name", "uses", "dependencies", "x.y", "x y", "é", "8080"]
TEXTS = [
    "one", "two", "v1.2", "v1.10", "ruff>=0.1", "ruff>=0.2", "numpy", "a b", "it's", 'say "hi"', "# no comment", "k: v",
    "two\nlines", "", "3.11", "true", "null", "é", "back\\slash", "actions/checkout@v3", "actions/checkout@v4", "- x", "[z]",
]  # fmt: skip
COMMENTS = ["# one", "# two: why", "# {three}", "# fo'ur", '# "five', "# [six]"]

_scalars = st.sampled_from(TEXTS) | st.integers(-3, 30) | st.booleans()


def values(*, nulls: bool) -> st.SearchStrategy[dict[str, Plain]]:
    """Return mappings of mappings, lists and scalars, with keys few enough to meet in two of them."""
    leaves: st.SearchStrategy[Plain] = _scalars | st.none() if nulls else _scalars
    nodes = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
        max_leaves=10,
    )
    return st.dictionaries(st.sampled_from(KEYS), nodes, max_size=5)


def write(value: dict[str, Plain], kind: Format, random: Random) -> str:
    """Write a value in a random style."""
    if kind is Format.JSON:
        indent = random.choice([None, 2, 4, "\t"])
        return json.dumps(value, indent=indent, ensure_ascii=random.random() < 0.5) + random.choice(
            ["", "\n"]
        )
    if kind is Format.YAML:
        return _Yaml(random).document(value)
    return _Toml(random).document(value)


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random

    def often(self, chance: float) -> bool:
        return self.random.random() < chance

    def comment(self) -> str:
        return self.random.choice(COMMENTS)

    def lead(self, margin: str) -> str:
        """Return nothing, an empty line or comments, to stand above an entry."""
        blank = "\n" if self.often(0.2) else ""
        return blank + "".join(
            f"{margin}{self.comment()}\n" for _ in range(self.random.choice([0, 0, 0, 1, 2]))
        )

    def note(self) -> str:
        return f"  {self.comment()}" if self.often(0.15) else ""


class _Yaml(_Writer):
    def document(self, value: dict[str, Plain]) -> str:
        start = self.random.choice(["", "", "---\n", "# head\n\n"])
        text = start + (self.block(value, "") if value else "{}\n")
        return text if self.often(0.8) else text.rstrip("\n")

    def block(self, value: Plain, margin: str) -> str:
        if isinstance(value, dict):
            return "".join(
                f"{self.lead(margin)}{margin}{self.key(key)}:{self.behind(item, margin)}"
                for key, item in value.items()
            )
        assert isinstance(value, list)
        return "".join(
            f"{self.lead(margin)}{margin}-{self.behind(item, margin, dash=True)}" for item in value
        )

    def behind(self, value: Plain, margin: str, *, dash: bool = False) -> str:
        """Return what stands behind a colon or a dash."""
        if isinstance(value, str) and "\n" in value and self.often(0.6):
            head, *_ = ("|-", 0) if not value.endswith("\n") else ("|", 0)
            return f" {head}\n" + "".join(f"{margin}  {line}\n" for line in value.split("\n"))
        if not isinstance(value, dict | list) or not value or self.often(0.25):
            return f" {self.flow(value)}{self.note()}\n"
        if dash and self.often(0.8):
            inner = self.block(value, margin + "  ")
            return " " + inner.lstrip() if not inner.lstrip().startswith("#") else "\n" + inner
        deeper = (
            margin
            if isinstance(value, list) and not dash and self.often(0.4)
            else margin + self.random.choice(["  ", "    "])
        )
        return f"{self.note()}\n{self.block(value, deeper)}"

    def flow(self, value: Plain) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.key(key)}: {self.flow(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(item) for item in value) + "]"
        return self.scalar(value)

    def key(self, key: str) -> str:
        return key if not key.isdigit() and self.often(0.9) else json.dumps(key, ensure_ascii=False)

    def scalar(self, value: str | bool | int | None) -> str:
        if value is None:
            return "null"
        if not isinstance(value, str):
            return json.dumps(value)
        if (
            re.fullmatch(r"[a-z][a-z ]*|v[\d.]+|[a-z]+>=[\d.]+|[a-z/]+@v\d", value)
            and value not in ("true", "null")
            and self.often(0.7)
        ):
            return value
        if "\n" not in value and self.often(0.5):
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value, ensure_ascii=False)


class _Toml(_Writer):
    def document(self, value: dict[str, Plain]) -> str:
        text = self.table(value, [])
        return text if self.often(0.8) else text.rstrip("\n")

    def table(self, value: dict[str, Plain], path: list[str]) -> str:
        """Return a table's own lines, then the tables below it."""
        lines, tables = "", ""
        for key, item in value.items():
            where = [*path, key]
            if isinstance(item, dict) and self.often(0.7):
                below = self.table(item, where)
                own = not below.lstrip().startswith("[") or not below
                tables += (
                    f"\n{self.lead('')}[{self.dotted(where)}]{self.note()}\n{below}"
                    if own or self.often(0.5)
                    else below
                )
            elif isinstance(item, dict) and item and self.often(0.4):
                lines += "".join(
                    f"{self.lead('')}{self.dotted([key, inner])} = {self.inline(deep)}{self.note()}\n"
                    for inner, deep in item.items()
                )
            elif (
                isinstance(item, list)
                and item
                and all(isinstance(one, dict) for one in item)
                and self.often(0.7)
            ):
                for one in item:
                    assert isinstance(one, dict)
                    tables += f"\n[[{self.dotted(where)}]]\n{self.table(one, where)}"
            else:
                lines += f"{self.lead('')}{self.dotted([key])} = {self.inline(item, lines_allowed=True)}{self.note()}\n"
        return lines + tables

    def inline(self, value: Plain, *, lines_allowed: bool = False) -> str:
        if isinstance(value, dict):
            return (
                "{"
                + ", ".join(f"{self.dotted([key])} = {self.inline(item)}" for key, item in value.items())
                + "}"
            )
        if isinstance(value, list):
            items = [self.inline(item) for item in value]
            if not lines_allowed or not items or self.often(0.5):
                return "[" + ", ".join(items) + ("," if items and self.often(0.2) else "") + "]"
            last = self.often(0.7)
            lines = [
                f"    {item}{',' if last or at < len(items) - 1 else ''}{self.note()}\n"
                for at, item in enumerate(items)
            ]
            return "[\n" + "".join(self.lead("    ").lstrip("\n") + line for line in lines) + "]"
        return self.scalar(value)

    def dotted(self, path: list[str]) -> str:
        return ".".join(
            key
            if re.fullmatch(r"[a-z0-9]+", key) and self.often(0.9)
            else json.dumps(key, ensure_ascii=False)
            for key in path
        )

    def scalar(self, value: str | bool | int | None) -> str:
        if isinstance(value, str) and "'" not in value and "\n" not in value and self.often(0.3):
            return f"'{value}'"
        if isinstance(value, str) and "\n" in value and self.often(0.5):
            return f'"""\n{value}"""'
        return json.dumps(value, ensure_ascii=False)
