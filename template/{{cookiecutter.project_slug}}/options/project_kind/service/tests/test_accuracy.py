"""The model is as good as conf/train.toml asks."""

from pathlib import Path

import pytest

from package_name import run
from package_name.config import load_config
from package_name.settings import TrainSettings

TRAIN = str(Path(__file__).parents[1] / "conf" / "train.toml")


@pytest.mark.accuracy
def test_the_ensemble_reaches_its_minimum_and_no_more() -> None:
    metrics = run.evaluate(TRAIN)
    [name] = load_config(TRAIN, TrainSettings).minimum
    assert metrics[name] < 1
    with pytest.raises(run.NotGoodEnoughError, match=f"{name} is 0.*asks for 1"):
        run.evaluate(TRAIN, [f"minimum.{name}=1.0"])
