"""How good the models are, alone and together, on rows that they have not seen."""

from typing import Any

import gokart
import luigi
import numpy as np
import pandas as pd
from gokart.target import TargetOnKart

from package_name.base import Task
from package_name.tasks.ensemble import weighted_mean

METRIC = "accuracy"


class Evaluate(Task[dict[str, Any]]):
    """The metrics of each model and of their weighted mean."""

    predictions: gokart.TaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.TaskInstanceParameter()
    weights: luigi.Parameter[dict[str, float]] = luigi.DictParameter()

    def output(self) -> TargetOnKart:
        """Keep metrics as JSON."""
        return self.make_target("metrics/metrics.json")

    def run(self) -> None:
        """Score."""
        rows = self.load(self.predictions)
        classes = np.unique(rows["label"])
        said = {name: rows[[f"{name}_{label}" for label in classes]].to_numpy() for name in self.weights}
        together = weighted_mean(list(said.values()), list(self.weights.values()))
        right = {name: classes[said[name].argmax(axis=1)] == rows["label"] for name in said}
        rows["right"] = classes[together.argmax(axis=1)] == rows["label"]
        folds = [float(part["right"].mean()) for _, part in rows.groupby("fold")]
        models = {name: float(values.mean()) for name, values in right.items()}
        accuracy = float(rows["right"].mean())
        self.dump({METRIC: accuracy, f"{METRIC}_of_models": models, f"{METRIC}_of_folds": folds})
