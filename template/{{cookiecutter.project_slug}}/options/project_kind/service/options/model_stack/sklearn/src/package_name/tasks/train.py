"""Models: how each kind is made, and how it is trained on a fold."""

from typing import Any

import gokart
import luigi
import pandas as pd
from gokart.target import TargetOnKart

from package_name.base import Task
from package_name.tasks.features import KEYS
from package_name.tasks.folds import held_out


def make_model(kind: str, params: dict[str, Any], seed: int) -> Any:
    """Make an untrained classifier; a new kind is one more branch here, and a name in models.py."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == "linear":
        return make_pipeline(StandardScaler(), LogisticRegression(random_state=seed, **params))
    if kind == "boosted":
        return HistGradientBoostingClassifier(random_state=seed, **params)
    raise ValueError(f"make_model does not know the kind {kind}: write a branch for it in tasks/train.py.")


class TrainModel(Task[Any]):
    """One model, trained on the rows that its fold does not hold out."""

    features: gokart.TaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.TaskInstanceParameter()
    kind: luigi.Parameter[str] = luigi.Parameter()
    params: luigi.Parameter[dict[str, Any]] = luigi.DictParameter()
    fold: luigi.IntParameter = luigi.IntParameter()
    folds: luigi.IntParameter = luigi.IntParameter()
    seed: luigi.IntParameter = luigi.IntParameter()

    def output(self) -> TargetOnKart:
        """Keep the model as a pickle."""
        return self.make_target("models/model.pkl")

    def run(self) -> None:
        """Train."""
        features = self.load(self.features)
        rows = features[~held_out(features, self.fold, self.folds, self.seed)]
        model = make_model(self.kind, dict(self.params), self.seed)
        self.dump(model.fit(rows.drop(columns=KEYS), rows["label"]))


class Fold(Task[pd.DataFrame]):
    """What each model says of the rows that it has not seen."""

    features: gokart.TaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.TaskInstanceParameter()
    members: gokart.ListTaskInstanceParameter[TrainModel] = gokart.ListTaskInstanceParameter()
    names: luigi.Parameter[tuple[str, ...]] = luigi.ListParameter()
    fold: luigi.IntParameter = luigi.IntParameter()
    folds: luigi.IntParameter = luigi.IntParameter()
    seed: luigi.IntParameter = luigi.IntParameter()

    def output(self) -> TargetOnKart:
        """Keep predictions as parquet."""
        return self.make_target("validation/fold.parquet")

    def run(self) -> None:
        """Predict."""
        features = self.load(self.features)
        rows = features[held_out(features, self.fold, self.folds, self.seed)]
        predictions = rows[KEYS].assign(fold=self.fold)
        for name, model in zip(self.names, self.load("members"), strict=True):
            predictions[name] = model.predict_proba(rows.drop(columns=KEYS))[:, 1]
        self.dump(predictions)
