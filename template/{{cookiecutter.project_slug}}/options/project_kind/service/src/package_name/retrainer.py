"""How this project trains anew, and when a new model replaces the old one."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from package_name import pipeline
from package_name.base import Task
from package_name.interfaces import ModelRecord, Retrainer, TrainingData, Verdict
from package_name.settings import TrainSettings
from package_name.tasks.ensemble import stored
from package_name.tasks.evaluate import METRIC

WORST = f"{METRIC}_of_worst_fold"
MARGIN = 0.0005


class ProjectRetrainer(Retrainer):
    """Trains with the pipeline; folds that were trained before, on other machines too, are not trained again."""

    def __init__(self, settings: TrainSettings, commit: str | None, build: Callable[[Task[Any]], Any]) -> None:
        self._settings = settings
        self._commit = commit
        self._build = build

    def train(self, data: TrainingData, out: str) -> ModelRecord:
        """Take the rows as they are given, train, and put a copy of the model below `out`."""
        rows = pipeline.rows(self._settings.data)
        if rows.ref != data.ref:
            raise ValueError(f"The configuration names the rows {rows.ref}, but {data.ref} were given.")
        if rows.source != f"{type(data).__module__}:{type(data).__name__}" and not rows.complete():
            rows.dump(data.fetch())  # else the task asks the same source itself
        metrics = self._build(pipeline.training(self._settings))["metrics"]
        made = pipeline.ensemble(self._settings)
        kept = f"{out}/{made.make_unique_id()}{PurePath(made.output().path()).suffix}"
        stored(kept).dump(made.output().load())
        return ModelRecord(
            model_id=made.make_unique_id(),
            artifact=kept,
            data_ref=data.ref,
            created=datetime.now(UTC).isoformat(),
            commit=self._commit,
            metrics={METRIC: metrics[METRIC], WORST: min(metrics[f"{METRIC}_of_folds"])},
            config=dataclasses.asdict(self._settings),
        )

    def compare(self, candidate: ModelRecord, incumbent: ModelRecord) -> Verdict:
        """Ask for a better metric without a weaker worst fold: the mean alone would hide a model that fails for some."""
        gain = candidate.metrics[METRIC] - incumbent.metrics[METRIC]
        worst = candidate.metrics[WORST] - incumbent.metrics[WORST]
        numbers = f"{METRIC} {gain:+.4f}, worst fold {worst:+.4f}"
        if gain < MARGIN:
            return Verdict(False, f"the candidate gains too little ({numbers}).")
        if worst < -MARGIN:
            return Verdict(False, f"the candidate is weaker in its worst fold ({numbers}).")
        return Verdict(True, f"the candidate is better ({numbers}).")
