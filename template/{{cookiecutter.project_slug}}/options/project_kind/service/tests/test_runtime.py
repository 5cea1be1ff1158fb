"""A prediction is fast enough, measured in loops of plain Python: seconds say little on a shared machine."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gokart
import pytest

from package_name import pipeline
from package_name.config import load_config
from package_name.predictor import ProjectPredictor
from package_name.settings import TrainSettings

TRAIN = Path(__file__).parents[1] / "conf" / "train.toml"
BUDGET = 5.0  # reference loops per prediction; about 3 times what it took when this was written


def ratio(action: Callable[[], object], reference: Callable[[], object]) -> float:
    """Compare the luckiest runs of both, taken in turns, in CPU time: noise only adds, and other processes do not count."""
    taken: dict[Callable[[], object], list[float]] = {action: [], reference: []}
    for _ in range(60):
        for timed, times in taken.items():
            start = time.process_time()
            timed()
            times.append(time.process_time() - start)
    return min(taken[action]) / min(taken[reference])


@pytest.mark.runtime
def test_a_single_prediction_stays_within_its_budget() -> None:
    settings = load_config(TRAIN, TrainSettings)
    ensemble = pipeline.ensemble(settings)
    gokart.build(ensemble, reset_register=False)
    predictor = ProjectPredictor.load(ensemble.output().path())
    row: Any = gokart.build(pipeline.rows(settings.data), reset_register=False).head(1).to_dict("records")
    assert (
        ratio(lambda: predictor.predict_batch(row), lambda: sum(number * number for number in range(50_000))) < BUDGET
    )
