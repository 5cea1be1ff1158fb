"""The tasks of this project, each run for real in a temporary workspace."""

import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import gokart
import pandas as pd
import pytest

from package_name import pipeline
from package_name.config import load_config
from package_name.models import Model
from package_name.predictor import ProjectPredictor
from package_name.run import walk
from package_name.settings import Data, TrainSettings
from package_name.tasks.features import select
from package_name.tasks.folds import held_out
from package_name.tasks.train import make_model

ROOT = Path(__file__).parents[1]
TRAIN = ROOT / "conf" / "train.toml"

DATA = Data("package_name.server.data:ShippedData", "breast_cancer")
AFTER_MODELS = {"Fold", "CrossValidate", "Ensemble", "Evaluate", "Training"}
MODELS = {"linear": Model("linear"), "boosted": Model("boosted", {"max_iter": 5}, weight=2)}
SETTINGS = TrainSettings(seed=1, folds=3, data=DATA, models=MODELS)


def test_downloaded_rows_have_an_id_and_a_label() -> None:
    rows = gokart.build(pipeline.rows(DATA), reset_register=False)
    assert rows["id"].is_unique
    assert set(rows["label"]) == {0, 1}


def test_features_are_the_named_columns_in_the_order_of_ids() -> None:
    rows = pd.DataFrame({"id": [2, 1], "label": [0, 1], "a": [5, 6], "b": [7, 8]})
    assert select(rows, ["b"]).to_dict("list") == {"id": [1, 2], "label": [1, 0], "b": [8, 7]}


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(ValueError, match="no column ages"):
        select(pd.DataFrame({"id": [1], "label": [0], "age": [1]}), ["ages"])


def test_a_kind_of_model_that_nobody_makes_is_named() -> None:
    for kind in typing.get_args(typing.get_type_hints(Model)["kind"]):
        make_model(kind, {}, seed=1)
    with pytest.raises(ValueError, match="does not know the kind forest"):
        make_model("forest", {}, seed=1)


def test_every_row_is_predicted_once_by_models_that_have_not_seen_it() -> None:
    predictions = gokart.build(pipeline.evaluation(SETTINGS).predictions, reset_register=False)
    features = gokart.build(pipeline.features(SETTINGS), reset_register=False)
    assert len(predictions) == predictions["id"].nunique() == len(features)
    for fold, rows in predictions.groupby("fold"):
        seen = features[~held_out(features, int(str(fold)), 3, 1)]
        assert not set(seen["id"]) & set(rows["id"])


def test_the_ensemble_is_the_weighted_mean_of_its_members() -> None:
    ensemble = pipeline.ensemble(SETTINGS)
    gokart.build(ensemble, reset_register=False)
    predictor = ProjectPredictor.load(ensemble.output().path())
    rows: Any = gokart.build(pipeline.rows(DATA), reset_register=False).head(3).to_dict("records")
    together = predictor.predict_batch(rows)
    features = predictor.preprocess(rows)
    linear, boosted = (member.predict_proba(features)[:, 1] for member in predictor._members)
    assert together == pytest.approx((linear + 2 * boosted) / 3)


@pytest.mark.parametrize(("ref", "code"), [("breast_cancer", 0), ("nothing", 40)])
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
        ("models.linear.weight=3", {"Ensemble", "Evaluate", "Training"}, 12),
        ("models.linear.params.C=0.1", {"TrainModel", *AFTER_MODELS}, 6),
        ("features.columns=['mean_area']", {"MakeFeature", "TrainModel", *AFTER_MODELS}, 0),
    ],
)
def test_a_changed_setting_makes_only_what_depends_on_it(override: str, made: set[str], kept: int) -> None:
    before = {repr(task) for task in walk(pipeline.training(load_config(TRAIN, TrainSettings)))}
    after = {repr(task) for task in walk(pipeline.training(load_config(TRAIN, TrainSettings, [override])))}
    assert {name.partition("_")[0] for name in after - before} == made
    assert len([name for name in before & after if name.startswith("TrainModel")]) == kept
