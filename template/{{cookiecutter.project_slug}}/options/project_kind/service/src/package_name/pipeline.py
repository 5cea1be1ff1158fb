"""From settings to the task that gives the result: the only place where tasks are wired together."""

import gokart
import pandas as pd

from package_name.base import Task
from package_name.interfaces import ModelRecord
from package_name.settings import Data, PredictSettings, TrainSettings
from package_name.tasks.data import DownloadData
from package_name.tasks.ensemble import Ensemble
from package_name.tasks.evaluate import Evaluate
from package_name.tasks.features import MakeFeature
from package_name.tasks.folds import CrossValidate
from package_name.tasks.predict import Predict, PredictShard
from package_name.tasks.train import Fold, TrainModel
from package_name.tasks.training import Training

ALL_ROWS = -1


def rows(data: Data) -> DownloadData:
    """Name the rows."""
    return DownloadData(ref=data.ref, source=data.source)


def features(settings: TrainSettings) -> MakeFeature:
    """Wire rows into features."""
    return MakeFeature(data=rows(settings.data), columns=settings.features.columns)


def models(settings: TrainSettings, features: MakeFeature, fold: int) -> list[TrainModel]:
    """Wire features into one model of each kind, trained without the rows of a fold."""
    folds, seed = settings.folds, settings.seed
    return [
        TrainModel(features=features, fold=fold, folds=folds, seed=seed, **model.parameters())
        for model in settings.models.values()
    ]


def fold(settings: TrainSettings, index: int) -> Fold:
    """Wire the models of one fold into what they say of the rows held out of it."""
    used = features(settings)
    members = models(settings, used, index)
    folds, seed = settings.folds, settings.seed
    return Fold(features=used, members=members, names=tuple(settings.models), fold=index, folds=folds, seed=seed)


def evaluation(settings: TrainSettings) -> Evaluate:
    """Wire all folds into the metrics of the ensemble."""
    folds: list[gokart.TaskOnKart[pd.DataFrame]] = [fold(settings, index) for index in range(settings.folds)]
    weights = {name: model.weight for name, model in settings.models.items()}
    return Evaluate(predictions=CrossValidate(folds=folds), weights=weights)


def ensemble(settings: TrainSettings) -> Ensemble:
    """Wire the models that learned from all rows into one."""
    weights = tuple(model.weight for model in settings.models.values())
    used = features(settings)
    return Ensemble(features=used, members=models(settings, used, ALL_ROWS), weights=weights)


def training(settings: TrainSettings) -> Training:
    """Wire the model and its metrics."""
    return Training(ensemble=ensemble(settings), evaluation=evaluation(settings))


def shard(settings: PredictSettings, model: ModelRecord, index: int) -> PredictShard:
    """Wire rows and a recorded model into the predictions of one shard."""
    return PredictShard(
        data=rows(settings.data),
        model=model.model_id,
        artifact=model.artifact,
        shard=index,
        shards=settings.shards,
    )


def prediction(settings: PredictSettings, model: ModelRecord) -> Task[pd.DataFrame]:
    """Wire all shards into all predictions."""
    shards: list[gokart.TaskOnKart[pd.DataFrame]] = [shard(settings, model, index) for index in range(settings.shards)]
    return Predict(shards=shards)
