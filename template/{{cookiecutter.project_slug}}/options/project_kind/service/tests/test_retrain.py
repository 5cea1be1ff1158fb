"""Every retraining is recorded, compared and explained."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from package_name import run
from package_name.config import load_config
from package_name.interfaces import ModelRecord, TrainingData, open_data
from package_name.retrainer import WORST, ProjectRetrainer
from package_name.settings import TrainSettings
from package_name.tasks.evaluate import METRIC

CONF = Path(__file__).parents[1] / "conf"
TRAIN = str(CONF / "train_smoke.toml")
BETTER = ModelRecord("new", "new.pkl", "rows", "2", None, {METRIC: 0.95, WORST: 0.90})


class Handed(TrainingData):
    """Rows that the server side hands over."""

    def fetch(self) -> pd.DataFrame:
        """Give rows that no other source has."""
        rows = pd.DataFrame({"id": range(40), "label": [0, 1] * 20})
        noisy = rows["label"] * 2.0 + rows["id"] % 3
        return rows.assign(one=noisy, two=rows["id"] % 7, three=1.0, four=rows["label"])


def test_rows_that_are_not_there_are_named() -> None:
    with pytest.raises(run.TaskFailedError, match="ships no data set nothing"):
        run.retrain(TRAIN, ['data.ref="nothing"'])


def test_a_weaker_model_is_recorded_but_not_selected() -> None:
    first = run.retrain(TRAIN)
    data = load_config(TRAIN, TrainSettings).data
    few = list(open_data(data.source, data.ref).fetch().drop(columns=["id", "label"]).columns[:4])
    second = run.retrain(TRAIN, [f"features.columns={few}"])
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
    settings = load_config(CONF / "train.toml", TrainSettings, ['data.ref="handed"', "folds=2"])
    record = run.start("retrain", settings)
    retrainer = ProjectRetrainer(settings, None, lambda task: run.build(task, record))
    trained = retrainer.train(Handed("handed"), str(workspace))
    assert trained.data_ref == "handed"
    requests = [{"one": label * 2.0 + 1, "two": 1, "three": 1.0, "four": label} for label in (0, 1)]
    answers = run.load_predictor(trained).predict_batch(requests)
    assert [answer > 0.5 for answer in answers] == [False, True]


@pytest.mark.parametrize(
    ("metric", "worst", "better"), [(0.94, 0.90, True), (0.94, 0.91, False), (0.9499, 0.8, False), (0.96, 0.8, False)]
)
def test_a_model_replaces_another_only_with_a_gain_and_no_weaker_worst_fold(
    metric: float, worst: float, better: bool
) -> None:
    incumbent = dataclasses.replace(BETTER, metrics={METRIC: metric, WORST: worst})
    settings = load_config(TRAIN, TrainSettings)
    assert ProjectRetrainer(settings, None, lambda _: {}).compare(BETTER, incumbent).better is better
