"""The tasks of this project, each run for real in a temporary workspace."""

import gokart
import pandas as pd
import pytest

from package_name import pipeline
from package_name.settings import Model, TrainSettings
from package_name.tasks.data import DownloadData
from package_name.tasks.features import select

SETTINGS = TrainSettings(seed=1, folds=3, models={"linear": Model("linear"), "again": Model("linear", {"C": 0.1})})


def test_downloaded_rows_have_an_id_and_a_label() -> None:
    rows = gokart.build(DownloadData(dataset="breast_cancer"), reset_register=False)
    assert rows["id"].is_unique
    assert set(rows["label"]) == {0, 1}


def test_features_are_the_named_columns_in_the_order_of_ids() -> None:
    rows = pd.DataFrame({"id": [2, 1], "label": [0, 1], "a": [5, 6], "b": [7, 8]})
    assert select(rows, ["b"]).to_dict("list") == {"id": [1, 2], "label": [1, 0], "b": [8, 7]}


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(ValueError, match="no column ages"):
        select(pd.DataFrame({"id": [1], "label": [0], "age": [1]}), ["ages"])


def test_every_row_is_predicted_once_by_models_that_have_not_seen_it() -> None:
    evaluate = pipeline.evaluation(SETTINGS)
    gokart.build(evaluate, reset_register=False)
    predictions = gokart.build(evaluate.predictions, reset_register=False)
    assert len(predictions) == predictions["id"].nunique() == 569
    assert {"linear", "again", "fold"} <= set(predictions.columns)
