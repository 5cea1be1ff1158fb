"""The tasks of this project, each run for real in a temporary workspace."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import gokart
import numpy as np
import pandas as pd
import pytest
import torch

from package_name import pipeline
from package_name.config import load_config
from package_name.models import Model
from package_name.predictor import ProjectPredictor
from package_name.run import walk
from package_name.settings import Data, TrainSettings
from package_name.tasks.features import select
from package_name.tasks.folds import held_out
from package_name.tasks.networks import make_network, probabilities
from package_name.tasks.train import split

ROOT = Path(__file__).parents[1]
TRAIN = ROOT / "conf" / "train.toml"

DATA = Data("package_name.server.data:ShippedData", "digits")
AFTER_MODELS = {"Fold", "CrossValidate", "Ensemble", "Evaluate", "Training"}
MODELS = {
    "dense": Model("mlp", {"hidden": 8}, epochs=1, batch_size=256),
    "convolutional": Model("cnn", {"channels": 2}, epochs=1, batch_size=256, weight=2),
}
SETTINGS = TrainSettings(seed=1, folds=3, data=DATA, models=MODELS)


def test_downloaded_rows_have_an_id_and_a_label() -> None:
    rows = gokart.build(pipeline.rows(DATA), reset_register=False)
    assert rows["id"].is_unique
    assert set(rows["label"]) == set(range(10))


def test_features_are_the_named_columns_in_the_order_of_ids() -> None:
    rows = pd.DataFrame({"id": [2, 1], "label": [0, 1], "a": [5, 6], "b": [7, 8]})
    assert select(rows, ["b"]).to_dict("list") == {"id": [1, 2], "label": [1, 0], "b": [8, 7]}


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(ValueError, match="no column ages"):
        select(pd.DataFrame({"id": [1], "label": [0], "age": [1]}), ["ages"])


def test_every_row_is_predicted_once_by_models_that_have_not_seen_it() -> None:
    predictions = gokart.build(pipeline.evaluation(SETTINGS).predictions, reset_register=False)
    features = gokart.build(pipeline.features(SETTINGS), reset_register=False)
    assert len(predictions) == predictions["id"].nunique() == len(features)
    for name in MODELS:
        assert np.allclose(predictions[[f"{name}_{digit}" for digit in range(10)]].sum(axis=1), 1)
    for fold, rows in predictions.groupby("fold"):
        seen = features[~held_out(features, int(str(fold)), 3, 1)]
        assert not set(seen["id"]) & set(rows["id"])
        learning, checked = split(seen, 0.1, 1)
        assert sorted([*learning["id"], *checked["id"]]) == list(seen["id"])


def test_a_model_leaves_its_best_and_its_last_weights_for_torch_alone(workspace: Path) -> None:
    model = pipeline.models(SETTINGS, pipeline.features(SETTINGS), 0)[1]
    made = gokart.build(model, reset_register=False)
    for name in ("best", "last"):
        [path] = workspace.glob(f"models/{name}_*.pt")
        weights = torch.load(path, weights_only=True)
        assert weights.keys() == made[name].keys()
        make_network("cnn", {"channels": 2}, 64, 10).load_state_dict(weights)


def test_the_ensemble_is_the_weighted_mean_of_its_members() -> None:
    ensemble = pipeline.ensemble(SETTINGS)
    gokart.build(ensemble, reset_register=False)
    predictor = ProjectPredictor.load(ensemble.output().path())
    rows: Any = gokart.build(pipeline.rows(DATA), reset_register=False).head(3).to_dict("records")
    features = predictor.preprocess(rows)
    dense, convolutional = (probabilities(member, features) for member in predictor._members)
    assert predictor.infer(features) == pytest.approx((dense + 2 * convolutional) / 3)
    assert predictor.predict_batch(rows) == list(np.argmax(dense + 2 * convolutional, axis=1))


def test_a_picture_that_is_not_square_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="63 columns: use 4, 9, 16"):
        make_network("cnn", {}, 63, 10)


@pytest.mark.parametrize(
    ("values", "sentence"), [({"epochs": 0}, "epochs is 0"), ({"validation": 1.0}, "must be between 0 and 1")]
)
def test_a_training_that_cannot_be_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Model("mlp", **values)


@pytest.mark.parametrize(("ref", "code"), [("digits", 0), ("nothing", 40)])
def test_any_task_runs_from_gokarts_own_command_line(workspace: Path, ref: str, code: int) -> None:
    command = ["task", "package_name.DownloadData", "--ref", ref, "--source", DATA.source]
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert len(list(workspace.glob("data/*.parquet"))) == (code == 0)


@pytest.mark.parametrize(
    ("override", "made", "kept"),
    [
        ("models.dense.weight=3", {"Ensemble", "Evaluate", "Training"}, 12),
        ("models.dense.epochs=3", {"TrainModel", *AFTER_MODELS}, 6),
        ("models.dense.accelerator=cpu", set(), 12),
        ("features.columns=['pixel_0_0']", {"MakeFeature", "TrainModel", *AFTER_MODELS}, 0),
    ],
)
def test_a_changed_setting_makes_only_what_depends_on_it(override: str, made: set[str], kept: int) -> None:
    before = {repr(task) for task in walk(pipeline.training(load_config(TRAIN, TrainSettings)))}
    after = {repr(task) for task in walk(pipeline.training(load_config(TRAIN, TrainSettings, [override])))}
    assert {name.partition("_")[0] for name in after - before} == made
    assert len([name for name in before & after if name.startswith("TrainModel")]) == kept
