"""How this project trains anew, and when a new model replaces the old one."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from gokart.target import make_target

from package_name import pipeline
from package_name.base import Task
from package_name.interfaces import ModelRecord, Retrainer, TrainingData, Verdict
from package_name.settings import TrainSettings
from package_name.storage import SafeTarget

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
        training = pipeline.training(self._settings)
        metrics = self._build(training)["metrics"]
        artifact = f"{out}/{training.ensemble.make_unique_id()}.pkl"
        SafeTarget.of(make_target(artifact)).dump(training.load(training.ensemble))
        return ModelRecord(
            model_id=training.ensemble.make_unique_id(),
            artifact=artifact,
            data_ref=data.ref,
            created=datetime.now(UTC).isoformat(),
            commit=self._commit,
            metrics={"auc": metrics["auc"], "auc_of_worst_fold": min(metrics["auc_of_folds"])},
            config=dataclasses.asdict(self._settings),
        )

    def compare(self, candidate: ModelRecord, incumbent: ModelRecord) -> Verdict:
        """Ask for a higher AUC without a weaker worst fold: the mean alone would hide a model that fails for some."""
        gain = candidate.metrics["auc"] - incumbent.metrics["auc"]
        worst = candidate.metrics["auc_of_worst_fold"] - incumbent.metrics["auc_of_worst_fold"]
        numbers = f"AUC {gain:+.4f}, worst fold {worst:+.4f}"
        if gain < MARGIN:
            return Verdict(False, f"the candidate gains too little ({numbers}).")
        if worst < -MARGIN:
            return Verdict(False, f"the candidate is weaker in its worst fold ({numbers}).")
        return Verdict(True, f"the candidate is better ({numbers}).")
