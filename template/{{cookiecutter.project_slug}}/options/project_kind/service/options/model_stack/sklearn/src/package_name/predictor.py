"""How this project's model answers requests: a request is a row, an answer is a probability."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import pandas as pd

from package_name.interfaces import Predictor
from package_name.tasks.ensemble import stored, weighted_mean

ANSWER, TYPE = "probability", float


class ProjectPredictor(Predictor[Mapping[str, Any], float]):
    """Answers with the weighted mean of the members of an ensemble."""

    def __init__(self, columns: list[str], weights: list[float], members: list[Any]) -> None:
        self._columns = columns
        self._weights = weights
        self._members = members

    @classmethod
    def load(cls, artifact: str) -> Self:
        """Load what the task Ensemble wrote."""
        return cls(**stored(artifact).load())

    def preprocess(self, requests: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
        """Put the columns in the model's order."""
        if not all(isinstance(request, Mapping) for request in requests):
            raise ValueError("A request is a list of rows, each an object with a number per column.")
        rows = pd.DataFrame(list(requests))
        missing = [column for column in self._columns if column not in rows.columns]
        if missing:
            raise ValueError(f"The request lacks {', '.join(missing)}.")
        return rows[self._columns].astype(float)

    def infer(self, features: pd.DataFrame) -> Any:
        """Ask every member."""
        return weighted_mean([member.predict_proba(features)[:, 1] for member in self._members], self._weights)

    def postprocess(self, outputs: Any) -> list[float]:
        """Give plain numbers."""
        return [float(output) for output in outputs]
