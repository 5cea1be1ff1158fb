"""The model is as good as conf/train.toml asks."""

from pathlib import Path

import pytest

from package_name import run
from package_name.config import load_config
from package_name.settings import TrainSettings

TRAIN = Path(__file__).parents[1] / "conf" / "train.toml"


@pytest.mark.accuracy
def test_the_ensemble_reaches_its_minimum() -> None:
    metrics = run.train(str(TRAIN))
    for name, minimum in load_config(TRAIN, TrainSettings).minimum.items():
        assert metrics[name] >= minimum
