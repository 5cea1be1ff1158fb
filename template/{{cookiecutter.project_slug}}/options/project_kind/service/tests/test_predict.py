"""A recorded model answers the same by shards, from a queue and over HTTP."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pandas as pd
import pytest

from package_name import run
from package_name.config import ConfigError
from package_name.interfaces import Predictor
from package_name.server.batch import drain
from package_name.server.http import server

CONF = Path(__file__).parents[1] / "conf"
TRAIN, PREDICT = str(CONF / "train_smoke.toml"), str(CONF / "predict.toml")


class Multiplier(Predictor[Mapping[str, Any], float]):
    """Answers with a multiple of the number."""

    def __init__(self, factor: float) -> None:
        self._factor = factor

    @classmethod
    def load(cls, artifact: str) -> Self:
        """Take the factor for the model."""
        return cls(float(artifact))

    def preprocess(self, requests: Sequence[Mapping[str, Any]]) -> list[float]:
        """Take the number."""
        if not all("x" in request for request in requests):
            raise ValueError("The request lacks x.")
        return [request["x"] for request in requests]

    def infer(self, features: list[float]) -> list[float]:
        """Multiply."""
        return [self._factor * feature for feature in features]

    def postprocess(self, outputs: list[float]) -> list[float]:
        """Give it."""
        return outputs


def test_merged_shards_equal_one_prediction_of_all_rows_to_the_bit() -> None:
    with pytest.raises(ConfigError, match=r"run `python main.py retrain"):
        run.predict(PREDICT)
    run.retrain(TRAIN)
    whole = pd.read_parquet(run.predict(PREDICT, ["shards=1"])["result"])
    parts = [pd.read_parquet(run.predict(PREDICT, [], f"{index}/3")["result"]) for index in range(3)]
    assert min(len(part) for part in parts) > 0
    pd.testing.assert_frame_equal(
        pd.concat(parts).sort_values("id").reset_index(drop=True), whole, check_exact=True, check_freq=False
    )


@pytest.mark.parametrize("shard", ["3", "-1", "two", "", "env"])
def test_a_shard_that_is_not_there_is_a_sentence(shard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "4")
    with pytest.raises(ConfigError, match="must be a whole number from 0 to 2"):
        run.position(shard, 3, "shard")


def test_a_queue_is_emptied_and_what_is_wrong_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text('[{"x": 1}, {"x": 2}]')
    (tmp_path / "bad.json").write_text('[{"y": 1}]')
    (tmp_path / "broken.json").write_text("[{")
    outcome = drain(tmp_path, Multiplier.load("2"))
    assert (outcome.done, outcome.failed) == (1, 2)
    assert json.loads((tmp_path / "done" / "good.json").read_text()) == [2, 4]
    assert json.loads((tmp_path / "failed" / "bad.json").read_text())["error"] == "The request lacks x."
    assert not list(tmp_path.glob("*.json"))


def test_a_server_answers_and_refuses_with_a_sentence() -> None:
    with server(Multiplier.load("2"), "127.0.0.1", 0) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{serving.server_port}"
        try:
            with urllib.request.urlopen(address, data=b'[{"x": 3}]') as answer:
                assert json.load(answer) == [6]
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(address, data=b'[{"y": 3}]')
            with refused.value as answer:
                assert json.load(answer) == {"error": "The request lacks x."}
        finally:
            serving.shutdown()
            thread.join()
