"""The model is as good as conf/train.toml asks."""

from pathlib import Path

import pytest

from package_name import run

TRAIN = str(Path(__file__).parents[1] / "conf" / "train.toml")


@pytest.mark.accuracy
def test_the_ensemble_reaches_its_minimum_and_no_more() -> None:
    assert run.evaluate(TRAIN)["auc"] < 1
    with pytest.raises(run.NotGoodEnoughError, match="asks for 1"):
        run.evaluate(TRAIN, ["minimum.auc=1.0"])
