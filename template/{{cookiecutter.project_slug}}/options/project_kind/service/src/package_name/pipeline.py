"""From settings to the task that gives the result: the only place where tasks are wired together."""

from typing import Any

import gokart
import pandas as pd

from package_name.settings import TrainSettings
from package_name.tasks.data import DownloadData
from package_name.tasks.evaluate import CrossValidate, Evaluate
from package_name.tasks.features import MakeFeature
from package_name.tasks.train import Fold, TrainModel


def features(settings: TrainSettings) -> MakeFeature:
    """Wire data into features."""
    data = DownloadData(dataset=settings.data.dataset)
    return MakeFeature(data=data, columns=settings.features.columns)


def fold(settings: TrainSettings, index: int) -> Fold:
    """Wire the models of one fold, and what they say of the rows held out of it."""
    rows = features(settings)
    folds, seed = settings.folds, settings.seed
    members: list[gokart.TaskOnKart[Any]] = [
        TrainModel(features=rows, kind=model.kind, params=dict(model.params), fold=index, folds=folds, seed=seed)
        for model in settings.models.values()
    ]
    return Fold(features=rows, members=members, names=tuple(settings.models), fold=index, folds=folds, seed=seed)


def evaluation(settings: TrainSettings) -> Evaluate:
    """Wire all folds into the metrics of the ensemble."""
    folds: list[gokart.TaskOnKart[pd.DataFrame]] = [fold(settings, index) for index in range(settings.folds)]
    weights = {name: model.weight for name, model in settings.models.items()}
    return Evaluate(predictions=CrossValidate(folds=folds), weights=weights)
