"""GitHub's published description of its API: fills answers in, and holds requests and answers to itself."""

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator

Json = Any
_UNDESCRIBED = {401, 403, 404, 429}
"""What any operation may answer without saying so."""


@cache
def document() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(
        gzip.decompress((Path(__file__).parent / "github-openapi.json.gz").read_bytes())
    )
    return data


def operation(method: str, path: str) -> dict[str, Any]:
    """Return the operation that a path without the API's address belongs to."""
    for template, methods in document()["paths"].items():
        pattern = re.sub(r"\{(ref|basehead|branch)\}", "(.+)", template)
        if re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", pattern), path) and method.lower() in methods:
            found: dict[str, Any] = methods[method.lower()]
            return found
    raise LookupError(f"{method} {path} is no operation of the description")


def filled(method: str, path: str, status: int, ours: Json) -> Json:
    """Return our part of an answer, with everything else that the description requires."""
    return _fill(_answer_schema(operation(method, path), status) or {}, ours)


def violations(
    method: str, path: str, query: dict[str, str], body: Json, status: int, answer: Json
) -> list[str]:
    """Return how a request and its answer are not as described."""
    described = operation(method, path)
    known = {parameter["name"] for parameter in map(_resolved, described.get("parameters", []))}
    found = [f"no parameter {name}" for name in query if name not in known]
    if body is not None and status < 300:
        schema = described["requestBody"]["content"]["application/json"]["schema"]
        found += _errors(schema, body)
        found += [f"no field {name} to write" for name in body if name not in _properties(schema)]
    if str(status) not in described["responses"]:
        found += [] if status in _UNDESCRIBED else [f"status {status} is not described"]
    else:
        schema = _answer_schema(described, status)
        found += _errors(schema, answer) if schema else []
    return [f"{method} {path}: {error}" for error in found]


def _errors(schema: dict[str, Any], value: Json) -> list[str]:
    validator = OAS30Validator({"components": document()["components"], **_resolved(schema)})
    return [
        f"{'/'.join(map(str, error.path))}: {error.message[:300]}" for error in validator.iter_errors(value)
    ]


def _answer_schema(described: dict[str, Any], status: int) -> dict[str, Any] | None:
    answer = _resolved(described["responses"][str(status)])
    schema: dict[str, Any] | None = answer.get("content", {}).get("application/json", {}).get("schema")
    return schema


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference refers to, and of several shapes the first."""
    while True:
        if "$ref" in schema:
            _, _, kind, name = schema["$ref"].split("/")
            schema = document()["components"][kind][name]
        elif "oneOf" in schema or "anyOf" in schema:
            first = (schema.get("oneOf") or schema["anyOf"])[0]
            schema = {**{k: v for k, v in schema.items() if k not in {"oneOf", "anyOf"}}, **_resolved(first)}
        elif "allOf" in schema:
            parts = [_resolved(part) for part in schema["allOf"]]
            schema = {
                "type": "object",
                "properties": {k: v for part in parts for k, v in part.get("properties", {}).items()},
                "required": [name for part in parts for name in part.get("required", [])],
            }
        else:
            return schema


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = _resolved(schema).get("properties", {})
    return properties


def _fill(schema: dict[str, Any], ours: Json) -> Json:
    schema = _resolved(schema)
    if isinstance(ours, list):
        return [_fill(schema.get("items", {}), member) for member in ours]
    if not isinstance(ours, dict) or "properties" not in schema:
        return ours
    unknown = ours.keys() - schema["properties"].keys()
    assert not unknown, f"{unknown} are no fields of {sorted(schema['properties'])}"
    required = {
        name: _least(schema["properties"][name]) for name in schema.get("required", []) if name not in ours
    }
    return {**required, **{name: _fill(schema["properties"][name], value) for name, value in ours.items()}}


def _least(schema: dict[str, Any]) -> Json:
    """Return the smallest value of a schema."""
    nullable = schema.get("nullable")
    schema = _resolved(schema)
    if nullable or schema.get("nullable"):
        return None
    if "enum" in schema:
        return schema["enum"][0]
    text = {"date-time": "2026-01-01T00:00:00Z", "uri": "https://forge.invalid/", "email": "a@forge.invalid"}
    match schema.get("type"):
        case "string":
            return text.get(schema.get("format", ""), "text")
        case "integer" | "number":
            return 1
        case "boolean":
            return False
        case "array":
            return []
    return _fill(schema, {})
