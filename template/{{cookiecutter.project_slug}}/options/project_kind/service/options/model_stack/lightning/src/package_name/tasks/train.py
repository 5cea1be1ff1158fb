"""Models: how each is trained on a fold, and what it says of the rows held out."""

from typing import Any

import gokart
import luigi
import numpy as np
import pandas as pd
from gokart.target import TargetOnKart
from gokart.utils import FlattenableItems

from package_name.base import Task, name_of, workspace
from package_name.tasks.features import KEYS
from package_name.tasks.folds import held_out
from package_name.weights import BytesProcessor, WeightsProcessor


class TrainModel(Task[dict[str, Any]]):
    """The best and the last weights of one network, trained on the rows that its fold does not hold out."""

    features: gokart.TaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.TaskInstanceParameter()
    kind: luigi.Parameter[str] = luigi.Parameter()
    params: luigi.Parameter[dict[str, Any]] = luigi.DictParameter()
    fitting: luigi.Parameter[dict[str, Any]] = luigi.DictParameter()
    accelerator: luigi.Parameter[str] = luigi.Parameter(default="auto", significant=False)
    fold: luigi.IntParameter = luigi.IntParameter()
    folds: luigi.IntParameter = luigi.IntParameter()
    seed: luigi.IntParameter = luigi.IntParameter()

    def output(self) -> FlattenableItems[TargetOnKart]:
        """Keep state_dicts."""
        return {name: self.make_target(f"models/{name}.pt", processor=WeightsProcessor()) for name in ("best", "last")}

    def checkpoint(self) -> TargetOnKart:
        """Keep what a killed training needs to go on, until the training is done."""
        return self.make_target("checkpoints/training.ckpt", processor=BytesProcessor())

    def run(self) -> None:
        """Train."""
        import torch

        from package_name.fitting import Plan, fit
        from package_name.tasks.learner import Classifier
        from package_name.tasks.networks import make_network, tensor

        features = self.load(self.features)
        classes = np.unique(features["label"])
        rows = features[~held_out(features, self.fold, self.folds, self.seed)]
        how = dict(self.fitting)
        learning, checked = split(rows, how.pop("validation"), self.seed)
        torch.manual_seed(self.seed)
        network = make_network(self.kind, dict(self.params), rows.shape[1] - len(KEYS), len(classes))
        network.standard.learn(tensor(learning.drop(columns=KEYS)))
        module = Classifier(network, how.pop("learning_rate"))
        tensors = [
            (tensor(part.drop(columns=KEYS)), torch.tensor(np.searchsorted(classes, part["label"])))
            for part in (learning, checked)
        ]
        plan = Plan(name=name_of(self), seed=self.seed, accelerator=self.accelerator, **how)
        logs = f"{workspace()}/log/tensorboard/{name_of(self)}"
        fitted = fit(module, network, (tensors[0], tensors[1]), plan, self.checkpoint(), logs)
        self.dump(fitted.last, "last")
        self.dump(fitted.best, "best")
        self.checkpoint().remove()


def split(rows: pd.DataFrame, share: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set rows aside that choose the best epoch: rows held out by a fold must not."""
    from sklearn.model_selection import train_test_split

    learning, checked = train_test_split(rows, test_size=share, random_state=seed, stratify=rows["label"])
    return learning, checked


class Fold(Task[pd.DataFrame]):
    """What each model says of the rows that it has not seen: a column per model and class."""

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
        from package_name.tasks.networks import probabilities, restored

        features = self.load(self.features)
        classes = np.unique(features["label"])
        rows = features[held_out(features, self.fold, self.folds, self.seed)]
        pixels = rows.drop(columns=KEYS)
        predictions = [rows[KEYS].assign(fold=self.fold)]
        for name, task, weights in zip(self.names, self.members, self.load("members"), strict=True):
            member = {"kind": task.kind, "params": dict(task.params), "weights": weights["best"]}
            said = probabilities(restored(member, pixels.shape[1], len(classes)), pixels)
            columns = [f"{name}_{label}" for label in classes]
            predictions.append(pd.DataFrame(said, index=rows.index, columns=columns))
        self.dump(pd.concat(predictions, axis=1))
