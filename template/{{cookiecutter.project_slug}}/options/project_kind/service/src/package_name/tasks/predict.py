"""Prediction of many rows, in shards that run side by side."""

import zlib
from typing import Any

import gokart
import luigi
import pandas as pd
from gokart.target import TargetOnKart

from package_name.base import Task
from package_name.predictor import ANSWER, TYPE, ProjectPredictor


def in_shard(ids: pd.Series, shard: int, shards: int) -> pd.Series:
    """Mark the rows of a shard: a row stays in its shard whatever other rows there are."""
    return ids.map(lambda key: zlib.crc32(str(key).encode()) % shards == shard)


class PredictShard(Task[pd.DataFrame]):
    """The predictions for one shard of the rows."""

    data: gokart.TaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.TaskInstanceParameter()
    model: luigi.Parameter[str] = luigi.Parameter()
    artifact: luigi.Parameter[str] = luigi.Parameter(significant=False)
    shard: luigi.IntParameter = luigi.IntParameter()
    shards: luigi.IntParameter = luigi.IntParameter()

    def output(self) -> TargetOnKart:
        """Keep predictions as parquet."""
        return self.make_target("predictions/shard.parquet")

    def run(self) -> None:
        """Predict."""
        rows = self.load(self.data)
        rows = rows[in_shard(rows["id"], self.shard, self.shards)]
        predictor = ProjectPredictor.load(self.artifact)
        requests: Any = rows.to_dict("records")
        answers = predictor.predict_batch(requests)
        self.dump(pd.DataFrame({"id": rows["id"].to_numpy(), ANSWER: pd.Series(answers, dtype=TYPE)}))


class Predict(Task[pd.DataFrame]):
    """The predictions for all rows."""

    shards: gokart.ListTaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.ListTaskInstanceParameter()

    def output(self) -> TargetOnKart:
        """Keep predictions as parquet."""
        return self.make_target("predictions/all.parquet")

    def run(self) -> None:
        """Put the shards together."""
        self.dump(pd.concat(self.load("shards")).sort_values("id").reset_index(drop=True))
