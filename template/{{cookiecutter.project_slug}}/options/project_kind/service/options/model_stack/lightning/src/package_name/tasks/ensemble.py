"""Several models as one."""

from typing import Any

import gokart
import luigi
import numpy as np
import pandas as pd
from gokart.target import TargetOnKart, make_target

from package_name.base import Task
from package_name.storage import SafeTarget
from package_name.tasks.features import KEYS
from package_name.tasks.train import TrainModel
from package_name.weights import WeightsProcessor


def weighted_mean(probabilities: list[Any], weights: list[float]) -> Any:
    """Average what the members say."""
    return np.average(np.stack(probabilities), axis=0, weights=weights)


def stored(path: str) -> SafeTarget:
    """Open a stored ensemble."""
    return SafeTarget.of(make_target(path, processor=WeightsProcessor()))


class Ensemble(Task[dict[str, Any]]):
    """What a predictor needs: columns, classes, and the kind, weight and best weights of each member."""

    features: gokart.TaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.TaskInstanceParameter()
    members: gokart.ListTaskInstanceParameter[TrainModel] = gokart.ListTaskInstanceParameter()
    weights: luigi.Parameter[tuple[float, ...]] = luigi.ListParameter()

    def output(self) -> TargetOnKart:
        """Keep tensors and plain values."""
        return self.make_target("models/ensemble.pt", processor=WeightsProcessor())

    def run(self) -> None:
        """Put the members together."""
        features = self.load(self.features)
        members = [
            {"kind": task.kind, "params": dict(task.params), "weights": weights["best"]}
            for task, weights in zip(self.members, self.load("members"), strict=True)
        ]
        self.dump(
            {
                "columns": [column for column in features.columns if column not in KEYS],
                "classes": [int(label) for label in np.unique(features["label"])],
                "weights": list(self.weights),
                "members": members,
            }
        )
