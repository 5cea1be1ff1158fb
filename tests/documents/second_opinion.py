"""Readers that have nothing to do with ours, asked what a result means."""

import json
import tomllib
from typing import Any

import tomlkit
import yaml
from ruamel.yaml import YAML

from mlscaffold.documents.formats import Format


def loaded(content: bytes, kind: Format) -> Any:
    """Read a document without our code; two readers must agree where there are two."""
    text = content.decode("utf-8-sig")
    if kind is Format.TOML:
        found = tomllib.loads(text)
        assert tomlkit.parse(text).unwrap() == found
        return found
    if kind is Format.JSON:
        return json.loads(text)
    found = YAML(typ="safe", pure=True).load(text)
    assert _as_yaml_1_1(found) == yaml.safe_load(text)
    return {} if found is None else found


def _as_yaml_1_1(value: Any) -> Any:
    """Read `on` and `yes` as PyYAML does."""
    if isinstance(value, dict):
        return {_as_yaml_1_1(key): _as_yaml_1_1(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_yaml_1_1(item) for item in value]
    return yaml.safe_load(value) if value in ("on", "yes", "off", "no") else value
