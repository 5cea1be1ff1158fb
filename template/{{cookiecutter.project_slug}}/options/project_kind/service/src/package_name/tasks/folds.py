"""Folds: which rows each of them holds out, and all of them put together."""

import gokart
import numpy as np
import pandas as pd
from gokart.target import TargetOnKart

from package_name.base import Task


def held_out(features: pd.DataFrame, fold: int, folds: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Mark the rows that a fold keeps for validation; no row for fold -1, which trains on all."""
    from sklearn.model_selection import StratifiedKFold

    mask = np.zeros(len(features), dtype=bool)
    if fold >= 0:
        splits = StratifiedKFold(folds, shuffle=True, random_state=seed).split(features, features["label"])
        mask[list(splits)[fold][1]] = True
    return mask


class CrossValidate(Task[pd.DataFrame]):
    """The predictions of all folds: one for every row."""

    folds: gokart.ListTaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.ListTaskInstanceParameter()

    def output(self) -> TargetOnKart:
        """Keep predictions as parquet."""
        return self.make_target("validation/all.parquet")

    def run(self) -> None:
        """Put the folds together."""
        self.dump(pd.concat(self.load("folds")).sort_values("id").reset_index(drop=True))
