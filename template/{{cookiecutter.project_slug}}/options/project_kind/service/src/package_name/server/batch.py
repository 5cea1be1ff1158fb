"""Prediction from a queue: a folder of requests that any number of workers empty.

A request is a file `NAME.json` with a list of rows. Its answer is written whole to done/NAME.json before the request
is removed, so a worker that is killed leaves nothing half done and two workers at the same request agree.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from package_name.interfaces import Predictor


@dataclass(frozen=True, slots=True)
class Drained:
    """How many requests were answered, and how many could not be."""

    done: int
    failed: int


def drain(queue: Path, predictor: Predictor[Mapping[str, Any], Any]) -> Drained:
    """Answer every request that lies in the folder now."""
    outcomes = [answer(request, predictor) for request in sorted(queue.glob("*.json"))]
    return Drained(outcomes.count("done"), outcomes.count("failed"))


def answer(request: Path, predictor: Predictor[Mapping[str, Any], Any]) -> str:
    """Answer one request; what is wrong with it is written to failed/ together with the request."""
    try:
        text = request.read_text(encoding="utf-8")
    except FileNotFoundError:
        return "gone"  # another worker was faster
    try:
        outcome, content = "done", json.dumps(list(predictor.predict_batch(json.loads(text))))
    except ValueError as error:
        outcome, content = "failed", json.dumps({"error": str(error), "request": text})
    write_whole(request.parent / outcome / request.name, content)
    with contextlib.suppress(FileNotFoundError):
        request.unlink()
    return outcome


def write_whole(path: Path, content: str) -> None:
    """Let the file appear at once, with all its content."""
    path.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False, encoding="utf-8") as file:
        file.write(content)
    os.replace(file.name, path)  # noqa: PTH105
