"""TOML files into frozen dataclasses: an unknown key, a missing key or a wrong type is an error with a sentence."""

import dataclasses
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

S = TypeVar("S")

NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


class ConfigError(Exception):
    """The configuration cannot be used; the message says what to change."""


def load_config(path: str | Path, settings: type[S], overrides: Sequence[str] = ()) -> S:
    """Read a file, put `--set` values over it, and make the settings from it."""
    values = read_toml(path)
    for override in overrides:
        _put(values, override)
    made: S = _convert(values, settings, "", str(path))
    return made


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read a TOML file."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        near = nearest(str(path), (str(found) for found in Path("conf").glob("*.toml")))
        raise ConfigError(f"There is no file {path}.{near}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None


def _put(values: dict[str, Any], override: str) -> None:
    """Set one value given as `a.b=c`, where c is TOML or plain text."""
    name, equals, text = override.partition("=")
    *tables, key = name.strip().split(".")
    if not equals or not key or not all(tables):
        raise ConfigError(f"--set {override}: write it as table.key=value.")
    for depth, table in enumerate(tables):
        values = values.setdefault(table, {})
        if not isinstance(values, dict):
            raise ConfigError(f"--set {override}: {'.'.join(tables[: depth + 1])} is a value, not a table.")
    try:
        values[key] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        values[key] = text.strip()


def _convert(value: Any, kind: Any, name: str, source: str) -> Any:
    """Turn a TOML value into a value of type `kind`, or say where it does not fit."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _convert_table(value, kind, name, source)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _convert_union(value, arguments, name, source)
    if origin is typing.Literal:
        if value not in arguments:
            choices = ", ".join(map(str, arguments))
            near = nearest(str(value), map(str, arguments))
            raise ConfigError(f"{source}: {name} is {value!r}, but must be one of {choices}.{near}")
        return value
    if origin is tuple:
        items = _expect(value, list, "a list", name, source)
        return tuple(_convert(item, arguments[0], f"{name}[{place}]", source) for place, item in enumerate(items))
    if origin in (dict, Mapping):
        table = _expect(value, dict, "a table", name, source)
        return {key: _convert(item, arguments[1], _join(name, key), source) for key, item in table.items()}
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ConfigError(f"{source}: {name} is {value!r}, but must be {NAMES[kind]}.")
    return value


def _convert_table(value: Any, kind: Any, name: str, source: str) -> Any:
    """Turn a table into a dataclass whose fields it names."""
    table = _expect(value, dict, "a table", name, source)
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    known = [field.name for field in fields]
    for key in table:
        if key not in known:
            near = nearest(key, known)
            raise ConfigError(f"{source}: there is no setting {_join(name, key)}.{near}")
    for field in fields:
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and field.name not in table:
            raise ConfigError(f"{source}: {_join(name, field.name)} is missing.")
    converted = {key: _convert(item, hints[key], _join(name, key), source) for key, item in table.items()}
    try:
        return kind(**converted)
    except ValueError as error:
        raise ConfigError(f"{source}: {name or 'the file'}: {error}") from None


def _convert_union(value: Any, kinds: Sequence[Any], name: str, source: str) -> Any:
    """Take the first type that fits; if none does, say all."""
    for kind in kinds:
        try:
            return _convert(value, kind, name, source)
        except (ConfigError, KeyError):
            continue
    wanted = " or ".join(NAMES[kind] for kind in kinds if kind in NAMES)
    raise ConfigError(f"{source}: {name} is {value!r}, but must be {wanted}.")


def _expect(value: Any, kind: type[S], wanted: str, name: str, source: str) -> S:
    if not isinstance(value, kind):
        raise ConfigError(f"{source}: {name} is {value!r}, but must be {wanted}.")
    return value


def _join(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest what may have been meant."""
    import difflib  # only a wrong word pays for it

    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean {close[0]}?" if close else ""
