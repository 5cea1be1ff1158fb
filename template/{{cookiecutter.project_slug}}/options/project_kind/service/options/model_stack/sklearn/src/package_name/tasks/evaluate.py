"""How good the models are, alone and together, on rows that they have not seen."""

from typing import Any

import gokart
import luigi
import pandas as pd
from gokart.target import TargetOnKart

from package_name.base import Task

METRIC = "auc"


class Evaluate(Task[dict[str, Any]]):
    """The metrics of each model and of their weighted mean."""

    predictions: gokart.TaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.TaskInstanceParameter()
    weights: luigi.Parameter[dict[str, float]] = luigi.DictParameter()

    def output(self) -> TargetOnKart:
        """Keep metrics as JSON."""
        return self.make_target("metrics/metrics.json")

    def run(self) -> None:
        """Score."""
        from sklearn.metrics import roc_auc_score

        rows = self.load(self.predictions)
        weights = pd.Series(dict(self.weights))
        rows["ensemble"] = rows[list(weights.index)].mul(weights).sum(axis=1) / weights.sum()
        folds = [float(roc_auc_score(part["label"], part["ensemble"])) for _, part in rows.groupby("fold")]
        models = {name: float(roc_auc_score(rows["label"], rows[name])) for name in weights.index}
        auc = float(roc_auc_score(rows["label"], rows["ensemble"]))
        self.dump({METRIC: auc, f"{METRIC}_of_models": models, f"{METRIC}_of_folds": folds})
