"""The verbs of main.py: configuration in, tasks built, one record left, a value out."""

import dataclasses
import logging
import os
from collections.abc import Sequence
from typing import Any, TypeVar

import gokart
from gokart.build import GokartBuildError
from gokart.utils import flatten

from package_name import pipeline
from package_name.base import Task
from package_name.commit import running_code
from package_name.config import ConfigError, load_config, nearest
from package_name.record import RunRecord, tallied
from package_name.settings import TrainSettings

T = TypeVar("T")


class TaskFailedError(Exception):
    """A task failed; the message has one sentence per failed task."""


def train(config: str, overrides: Sequence[str] = (), fold: str | None = None, rerun: str | None = None) -> Any:
    """Train and evaluate the models, or do one fold's part of it."""
    settings = load_config(config, TrainSettings, overrides)
    record = start("train", settings)
    if fold is not None:
        return build(pipeline.fold(settings, position(fold, settings.folds, "fold")), record, rerun)
    return build(pipeline.evaluation(settings), record, rerun)


def tree(config: str, overrides: Sequence[str] = ()) -> str:
    """Show the tasks of a training and whether their results are there."""
    return gokart.make_tree_info(pipeline.evaluation(load_config(config, TrainSettings, overrides)))


def start(verb: str, settings: Any) -> RunRecord:
    """Check that the code is the one the configuration requires, and begin the record."""
    code = running_code()
    settings.require.check(code)
    return RunRecord(verb, dataclasses.asdict(settings), code)


def build(task: Task[T], record: RunRecord, rerun: str | None = None) -> T:
    """Make the result of a task, and leave a record of how."""
    if rerun is not None:
        forget(task, rerun)
    with tallied() as tally:
        try:
            value = gokart.build(task, reset_register=False, log_level=logging.WARNING)
        except GokartBuildError:
            record.write(task, tally)
            sentences = [f"{name} failed: {error}" for name, error in tally.failed.items()]
            raise TaskFailedError("\n".join(sentences) or "The tasks could not be scheduled.") from None
    record.write(task, tally, value if isinstance(value, dict) else None)
    return value


def forget(task: Task[Any], name: str) -> None:
    """Remove the results of the tasks called `name` and of all that depend on them."""
    families: set[str] = set()

    def stale(task: gokart.TaskOnKart[Any]) -> bool:
        families.add(type(task).__name__)
        below = [stale(upstream) for upstream in flatten(task.requires())]
        if any(below) or type(task).__name__ == name:
            for target in flatten(task.output()):
                target.remove()
            return True
        return False

    if not stale(task):
        raise ConfigError(f"--rerun {name}: there is no such task in this run.{nearest(name, families)}")


def position(text: str, count: int, what: str) -> int:
    """Read a place among `count`, counted from 0; `env` takes it from the Kubernetes job."""
    given = os.environ.get("JOB_COMPLETION_INDEX", "") if text == "env" else text
    if not given.isdecimal():
        source = "JOB_COMPLETION_INDEX" if text == "env" else f"--{what}"
        raise ConfigError(f"{source} is {given!r}, but must be a whole number from 0 to {count - 1}.")
    if int(given) >= count:
        raise ConfigError(f"There is no {what} {given}: the configuration has {count}, counted from 0.")
    return int(given)


def task(arguments: list[str]) -> None:
    """Hand over to gokart's own command line, whose exit codes agree with ours."""
    gokart.run(arguments)
