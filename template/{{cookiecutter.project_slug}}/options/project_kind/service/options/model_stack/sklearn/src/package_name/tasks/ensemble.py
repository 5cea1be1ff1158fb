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


def weighted_mean(probabilities: list[Any], weights: list[float]) -> Any:
    """Average what the members say."""
    return np.average(np.stack(probabilities), axis=0, weights=weights)


def stored(path: str) -> SafeTarget:
    """Open a stored ensemble."""
    return SafeTarget.of(make_target(path))


class Ensemble(Task[dict[str, Any]]):
    """What a predictor needs: columns, weights and trained members."""

    features: gokart.TaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.TaskInstanceParameter()
    members: gokart.ListTaskInstanceParameter[TrainModel] = gokart.ListTaskInstanceParameter()
    weights: luigi.Parameter[tuple[float, ...]] = luigi.ListParameter()

    def output(self) -> TargetOnKart:
        """Keep the members as a pickle."""
        return self.make_target("models/ensemble.pkl")

    def run(self) -> None:
        """Put the members together."""
        columns = [column for column in self.load(self.features).columns if column not in KEYS]
        self.dump({"columns": columns, "weights": list(self.weights), "members": list(self.load("members"))})
