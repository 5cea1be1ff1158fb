"""The verbs of main.py: configuration in, tasks built, one record left, a value out.

This is the one module that knows both sides. It asks the team's modules for `pipeline.rows`, `fold`, `training`,
`evaluation`, `shard` and `prediction`, for `ProjectPredictor`, `ProjectRetrainer` and `ProjectHistory`.
"""

import dataclasses
import logging
import os
import re
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import gokart
from gokart.build import GokartBuildError
from gokart.utils import flatten

from package_name import pipeline
from package_name.base import Task, name_of, workspace
from package_name.commit import running_code
from package_name.config import ConfigError, load_config, nearest
from package_name.interfaces import ModelHistory, ModelRecord, Predictor, open_data
from package_name.record import RunRecord, Tally, tallied
from package_name.settings import PredictSettings, TrainSettings
from package_name.storage import UnreadableResultError

logger = logging.getLogger(__name__)
T = TypeVar("T")
FRAMEWORK = re.compile(r"[/\\](gokart|luigi)[/\\]")
Overrides = Sequence[str]


class TaskFailedError(Exception):
    """A task failed; the message has one sentence per failed task."""


class NotGoodEnoughError(Exception):
    """The metrics do not reach what the configuration asks."""


def train(
    config: str, sets: Overrides = (), fold: str | None = None, until: str | None = None, rerun: str | None = None
) -> Any:
    """Train and evaluate the models; or only one fold of it; or only up to the tasks of one name."""
    settings = load_config(config, TrainSettings, sets)
    record = start("train", settings)
    if fold is not None:
        return make(pipeline.fold(settings, position(fold, settings.folds, "fold")), record, rerun)
    training = pipeline.training(settings)
    if until is not None:
        return [make(task, record, rerun) for task in named(training, until, "--until")]
    return build(training, record, rerun)


def evaluate(config: str, sets: Overrides = ()) -> Any:
    """Give the metrics, and refuse them if they are below the configuration's minimum."""
    settings = load_config(config, TrainSettings, sets)
    metrics: Any = build(pipeline.evaluation(settings), start("evaluate", settings))
    for name, minimum in settings.minimum.items():
        if name not in metrics:
            raise ConfigError(f"{config}: minimum.{name}: there is no such metric.{nearest(name, metrics)}")
        if metrics[name] < minimum:
            raise NotGoodEnoughError(f"{name} is {metrics[name]:.4f}, but {config} asks for {minimum} or more.")
    return metrics


def predict(config: str, sets: Overrides = (), shard: str | None = None) -> Any:
    """Predict all rows, or one shard of them, with a recorded model."""
    settings = load_config(config, PredictSettings, sets)
    record = start("predict", settings)
    model = recorded_model(settings)
    if shard is None:
        return make(pipeline.prediction(settings, model), record)
    index, slash, shards = shard.partition("/")
    if slash:
        settings = dataclasses.replace(settings, shards=position(shards, 10**6, "number of shards"))
    return make(pipeline.shard(settings, model, position(index, settings.shards, "shard")), record)


def answer_queue(config: str, sets: Overrides, queue: str) -> Any:
    """Answer the requests that lie in a folder."""
    from package_name.server.batch import drain

    if not Path(queue).is_dir():
        raise ConfigError(f"There is no folder {queue}.")
    settings = load_config(config, PredictSettings, sets)
    record = start("predict", settings)
    model = recorded_model(settings)
    outcome = dataclasses.asdict(drain(Path(queue), load_predictor(model)))
    record.write(f"Queue_{model.model_id}", Tally(), outcome)
    return outcome


def serve(config: str, sets: Overrides, port: int) -> None:
    """Answer requests over HTTP until interrupted."""
    from package_name.server.http import server

    if not 0 <= port < 2**16:
        raise ConfigError(f"The port is {port}, but must be a whole number from 0 to {2**16 - 1}.")
    settings = load_config(config, PredictSettings, sets)
    record = start("predict", settings)
    model = recorded_model(settings)
    with server(load_predictor(model), "127.0.0.1", port) as serving:
        record.write(f"Serve_{model.model_id}", Tally())
        logger.info("Answering on http://127.0.0.1:%d until interrupted", serving.server_port)
        serving.serve_forever()


def retrain(config: str, sets: Overrides = ()) -> Any:
    """Train on the server's rows, record the model, compare all recorded models and select one."""
    from package_name.retrainer import ProjectRetrainer

    settings = load_config(config, TrainSettings, sets)
    record = start("retrain", settings)
    retrainer = ProjectRetrainer(settings, record.code.commit, lambda task: build(task, record))
    trained = retrainer.train(open_data(settings.data.source, settings.data.ref), f"{workspace()}/models/kept")
    history = model_history()
    history.record(trained)
    selection = retrainer.select(history)
    history.select(selection)
    return {"trained": trained.model_id, "selected": selection.model.model_id, "why": list(selection.reasons)}


def tree(config: str, sets: Overrides = ()) -> str:
    """Show the tasks of a training and whether their results are there."""
    return gokart.make_tree_info(pipeline.training(load_config(config, TrainSettings, sets)))


def run_task(arguments: list[str]) -> None:
    """Hand over to gokart's own command line, whose exit codes agree with ours."""
    gokart.run(arguments)


def start(verb: str, settings: Any) -> RunRecord:
    """Check that the code is the one the configuration requires, and begin the record."""
    code = running_code()
    settings.require.check(code)
    if "://" not in workspace():
        try:
            Path(workspace()).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"Results cannot be kept in {workspace()}: {error.strerror}.") from None
    return RunRecord(verb, dataclasses.asdict(settings), code)


def make(task: Task[Any], record: RunRecord, rerun: str | None = None) -> dict[str, Any]:
    """Make a result and say where it is, or where its parts are."""
    build(task, record, rerun)
    targets: list[Any] = flatten(task.output())
    paths = [target.path() for target in targets]
    return {"task": name_of(task), "result": paths[0] if len(paths) == 1 else paths}


def build(task: Task[T], record: RunRecord, rerun: str | None = None) -> T:
    """Make a result and give it, and leave a record of how."""
    if rerun is not None:
        forget(task, rerun)
    with tallied() as tally:
        try:
            value = gokart.build(task, reset_register=False, log_level=logging.INFO)
        except GokartBuildError:
            record.write(name_of(task), tally)
            raise TaskFailedError(failures(tally)) from None
    path = record.write(name_of(task), tally, value if isinstance(value, dict) else None)
    logger.info("%d made, %d reused, recorded in %s", len(tally.ran), len(tally.reused), path)
    return value


def failures(tally: Tally) -> str:
    """Say what failed and where, without the frames of gokart and luigi, and without what failed because of it."""
    lines = []
    causes = {name: error for name, error in tally.failed.items() if "Unfulfilled dependency" not in str(error)}
    for name, error in (causes or tally.failed).items():
        if not isinstance(error, UnreadableResultError):
            frames = traceback.extract_tb(error.__traceback__)
            lines += traceback.format_list([frame for frame in frames if not FRAMEWORK.search(frame.filename)])
        lines.append(f"{name} failed: {type(error).__name__}: {error}\n")
    return "".join(lines).rstrip() or "The tasks could not be scheduled; LOG_LEVEL=INFO shows why."


def walk(task: Any) -> Iterator[Any]:
    """Give a task and all that it depends on, upstream first."""
    seen: dict[str, Any] = {}

    def visit(task: Any) -> None:
        if task.task_id not in seen:
            for upstream in flatten(task.requires()):
                visit(upstream)
            seen[task.task_id] = task

    visit(task)
    return iter(seen.values())


def named(task: Task[Any], name: str, option: str) -> list[Task[Any]]:
    """Find the tasks of one name."""
    tasks = list(walk(task))
    found = [upstream for upstream in tasks if type(upstream).__name__ == name]
    if not found:
        near = nearest(name, {type(upstream).__name__ for upstream in tasks})
        raise ConfigError(f"{option} {name}: there is no such task in this run.{near}")
    return found


def forget(task: Task[Any], name: str) -> None:
    """Remove the results of the tasks of one name and of all that depend on them."""
    stale = {upstream.task_id for upstream in named(task, name, "--rerun")}
    for upstream in walk(task):
        if upstream.task_id in stale or any(below.task_id in stale for below in flatten(upstream.requires())):
            stale.add(upstream.task_id)
            for target in flatten(upstream.output()):
                target.remove()


def position(text: str, count: int, what: str) -> int:
    """Read a place among `count`, counted from 0; `env` takes it from the Kubernetes job."""
    source = "JOB_COMPLETION_INDEX" if text == "env" else f"The {what}"
    given = os.environ.get("JOB_COMPLETION_INDEX", "") if text == "env" else text
    if not given.isdecimal() or int(given) >= count:
        raise ConfigError(f"{source} is {given!r}, but must be a whole number from 0 to {count - 1}.")
    return int(given)


def model_history() -> ModelHistory:
    """Open the server's record of models."""
    from package_name.server.history import ProjectHistory

    return ProjectHistory(f"{workspace()}/models")


def load_predictor(model: ModelRecord) -> Predictor[Any, Any]:
    """Load the modelling side's predictor."""
    from package_name.predictor import ProjectPredictor

    return ProjectPredictor.load(model.artifact)


def recorded_model(settings: PredictSettings) -> ModelRecord:
    """Find the model that the configuration names."""
    history = model_history()
    if settings.model == "selected":
        if selected := history.selected():
            return selected.model
        raise ConfigError("No model was selected yet: run `python main.py retrain --config conf/train.toml` first.")
    known = {record.model_id: record for record in history.records()}
    if settings.model not in known:
        raise ConfigError(f"There is no recorded model {settings.model}.{nearest(settings.model, known)}")
    return known[settings.model]
