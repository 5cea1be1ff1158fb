"""Every retraining is recorded, compared and explained."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from package_name import run
from package_name.config import load_config
from package_name.interfaces import ModelRecord, TrainingData
from package_name.retrainer import ProjectRetrainer
from package_name.settings import TrainSettings

TRAIN = str(Path(__file__).parents[1] / "conf" / "train_smoke.toml")
BETTER = ModelRecord("new", "new.pkl", "rows", "2", None, {"auc": 0.95, "auc_of_worst_fold": 0.90})


class Handed(TrainingData):
    """Rows that the server side hands over."""

    def fetch(self) -> pd.DataFrame:
        """Give rows that no other source has."""
        rows = pd.DataFrame({"id": range(40), "label": [0, 1] * 20})
        return rows.assign(first=rows["label"] * 2.0 + rows["id"] % 3, second=rows["id"] % 7)


def test_rows_that_are_not_there_are_named() -> None:
    with pytest.raises(run.TaskFailedError, match="ships no data set nothing"):
        run.retrain(TRAIN, ['data.ref="nothing"'])


def test_a_weaker_model_is_recorded_but_not_selected() -> None:
    first = run.retrain(TRAIN)
    second = run.retrain(TRAIN, ["features.columns=['mean_smoothness']"])
    assert second["trained"] != first["trained"]
    assert second["selected"] == first["trained"]
    assert "gains too little" in second["why"][-1]
    history = run.model_history()
    assert [record.model_id for record in history.records()] == [first["trained"], second["trained"]]
    selected = history.selected()
    assert selected is not None
    assert selected.model.model_id == first["selected"]
    assert Path(selected.model.artifact).is_file()


def test_the_rows_that_the_server_hands_over_are_what_the_model_learns_from(workspace: Path) -> None:
    settings = load_config(TRAIN, TrainSettings, ['data.ref="handed"'])
    record = run.start("retrain", settings)
    retrainer = ProjectRetrainer(settings, None, lambda task: run.build(task, record))
    trained = retrainer.train(Handed("handed"), str(workspace))
    assert trained.data_ref == "handed"
    assert run.load_predictor(trained).predict_batch([{"first": 0.0, "second": 1}])[0] < 0.5


@pytest.mark.parametrize(
    ("auc", "worst", "better"), [(0.94, 0.90, True), (0.94, 0.91, False), (0.9499, 0.8, False), (0.96, 0.8, False)]
)
def test_a_model_replaces_another_only_with_a_gain_and_no_weaker_worst_fold(
    auc: float, worst: float, better: bool
) -> None:
    incumbent = dataclasses.replace(BETTER, metrics={"auc": auc, "auc_of_worst_fold": worst})
    settings = load_config(TRAIN, TrainSettings)
    assert ProjectRetrainer(settings, None, lambda _: {}).compare(BETTER, incumbent).better is better
