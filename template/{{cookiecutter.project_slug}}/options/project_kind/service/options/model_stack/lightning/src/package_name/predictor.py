"""How this project's model answers requests: a request is a row of pixels, an answer is a digit."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from package_name.interfaces import Predictor
from package_name.tasks.ensemble import stored, weighted_mean

ANSWER, TYPE = "digit", int


class ProjectPredictor(Predictor[Mapping[str, Any], int]):
    """Answers with the class that the weighted mean of the members of an ensemble finds most probable."""

    def __init__(
        self, columns: list[str], classes: list[int], weights: list[float], members: list[Mapping[str, Any]]
    ) -> None:
        from package_name.tasks.networks import restored

        self._columns = columns
        self._classes = classes
        self._weights = weights
        self._members = [restored(member, len(columns), len(classes)) for member in members]

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
        from package_name.tasks.networks import probabilities

        return weighted_mean([probabilities(member, features) for member in self._members], self._weights)

    def postprocess(self, outputs: Any) -> list[int]:
        """Give plain numbers."""
        return [self._classes[place] for place in np.argmax(outputs, axis=1)]
