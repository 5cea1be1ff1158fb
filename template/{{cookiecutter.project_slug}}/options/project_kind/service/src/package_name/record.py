"""The run record: one JSON file per run that says what ran, with what, on which code, and what came out."""

import dataclasses
import hashlib
import json
import logging
import platform
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gokart
import luigi

from package_name.base import name_of, workspace
from package_name.commit import ROOT, Code
from package_name.storage import json_target

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """What happened to the tasks of a run."""

    ran: list[str] = field(default_factory=list)
    reused: list[str] = field(default_factory=list)
    failed: dict[str, Exception] = field(default_factory=dict)

    def add_ran(self, task: gokart.TaskOnKart[Any]) -> None:
        """Note a task that ran."""
        self.ran.append(name_of(task))
        logger.info("%s made", name_of(task))

    def add_reused(self, task: gokart.TaskOnKart[Any]) -> None:
        """Note a task whose result was there."""
        if name_of(task) not in self.reused:
            self.reused.append(name_of(task))

    def add_failed(self, task: gokart.TaskOnKart[Any], error: Exception) -> None:
        """Note a task that failed."""
        self.failed[name_of(task)] = error


@contextmanager
def tallied() -> Generator[Tally]:
    """Listen to what happens to tasks."""
    tally = Tally()
    handlers = {
        luigi.Event.SUCCESS: tally.add_ran,
        luigi.Event.DEPENDENCY_PRESENT: tally.add_reused,
        luigi.Event.FAILURE: tally.add_failed,
    }
    for event, handler in handlers.items():
        gokart.TaskOnKart.event_handler(event)(handler)
    try:
        yield tally
    finally:
        for event, handler in handlers.items():
            gokart.TaskOnKart.remove_event_handler(event, handler)


@dataclass(slots=True)
class RunRecord:
    """What is known of a run; `write` leaves it in the workspace."""

    verb: str
    config: dict[str, Any]
    code: Code
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float = field(default_factory=time.perf_counter)

    def write(self, name: str, tally: Tally, metrics: Any = None) -> str:
        """Write the record under the name of its result, and say where; one file per run needs no lock."""
        config = json.dumps(self.config, sort_keys=True)
        record = {
            "verb": self.verb,
            "config": self.config,
            "config_sha256": hashlib.sha256(config.encode()).hexdigest(),
            **dataclasses.asdict(self.code),
            "lock_sha256": _lock_hash(),
            "versions": _versions(),
            "python": platform.python_version(),
            "host": platform.node(),
            "started": self.started.isoformat(),
            "seconds": round(time.perf_counter() - self.clock, 3),
            "task": name,
            "ran": sorted(tally.ran),
            "reused": sorted(tally.reused),
            "failed": {name: f"{type(error).__name__}: {error}" for name, error in tally.failed.items()},
            "metrics": metrics,
        }
        path = f"{workspace()}/runs/{self.started:%Y%m%dT%H%M%S.%fZ}-{name}.json"
        json_target(path).dump(record)
        return path


def _lock_hash() -> str | None:
    lock = ROOT / "uv.lock"
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else None


def _versions() -> dict[str, str]:
    """List every installed distribution, by the names of their folders: reading them all costs 50 ms."""
    found = (info.name.removesuffix(".dist-info") for place in sys.path for info in Path(place).glob("*.dist-info"))
    return dict(sorted(name.split("-", 1) for name in found))
