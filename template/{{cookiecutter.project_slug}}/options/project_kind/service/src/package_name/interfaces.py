"""The seam between the people who serve and the people who model: four abstract classes, and nothing else is shared.

The server side implements `TrainingData` and `ModelHistory` in server/ and calls `Predictor.predict_batch` and
`Retrainer`; the modelling side implements `Predictor` and `Retrainer` and never asks where rows or records live.
A class that lacks a method fails when it is made, not when it is called.
"""

import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar, final

import pandas as pd

Request = TypeVar("Request")
Response = TypeVar("Response")


class Predictor(ABC, Generic[Request, Response]):
    """Answers requests with one model. Written by the modelling side; the server calls `predict_batch` only."""

    @classmethod
    @abstractmethod
    def load(cls, artifact: str) -> Self:
        """Make a predictor from a stored model."""

    @abstractmethod
    def preprocess(self, requests: Sequence[Request]) -> Any:
        """Turn requests into what the model takes; raise ValueError with a sentence for a request that is wrong."""

    @abstractmethod
    def infer(self, features: Any) -> Any:
        """Ask the model."""

    @abstractmethod
    def postprocess(self, outputs: Any) -> Sequence[Response]:
        """Turn what the model says into responses, in the order of the requests."""

    @final
    def predict_batch(self, requests: Sequence[Request]) -> Sequence[Response]:
        """Answer each request."""
        if not isinstance(requests, Sequence):
            raise ValueError("Requests come as a list.")  # noqa: TRY004  # what a caller sent is no error of the code
        if not requests:
            return []
        responses = self.postprocess(self.infer(self.preprocess(requests)))
        if len(responses) != len(requests):
            raise RuntimeError(f"{type(self).__name__} gave {len(responses)} responses to {len(requests)} requests.")
        return responses


class TrainingData(ABC):
    """Rows to learn from or to predict. Written by the server side."""

    def __init__(self, ref: str) -> None:
        self._ref = ref

    @property
    @final
    def ref(self) -> str:
        """Name exactly these rows: other rows have another name."""
        return self._ref

    @abstractmethod
    def fetch(self) -> pd.DataFrame:
        """Get the rows."""


def open_data(source: str, ref: str) -> TrainingData:
    """Make the class that `source` names as `package.module:Class`: so a configuration, and no import, joins the sides."""
    try:
        found = pkgutil.resolve_name(source)
    except (ValueError, ImportError, AttributeError):
        found = None
    if isinstance(found, type) and issubclass(found, TrainingData):
        return found(ref)
    raise ValueError(f"source is {source!r}, but must name a class of TrainingData, as package.module:Class.")


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """What is known of a trained model."""

    model_id: str
    artifact: str
    data_ref: str
    created: str
    commit: str | None
    metrics: Mapping[str, float]
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a candidate replaces the incumbent, and why."""

    better: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The model to use, and the sentence that each comparison gave."""

    model: ModelRecord
    reasons: tuple[str, ...]


class ModelHistory(ABC):
    """The record of all models. Written by the server side."""

    @abstractmethod
    def record(self, model: ModelRecord) -> None:
        """Keep a record; one that is there already stays as it is."""

    @abstractmethod
    def records(self) -> Sequence[ModelRecord]:
        """Give all records, oldest first."""

    @abstractmethod
    def select(self, selection: Selection) -> None:
        """Make this the model that is used."""

    @abstractmethod
    def selected(self) -> Selection | None:
        """Give the model that is used, if one was selected yet."""


class Retrainer(ABC):
    """Trains a new model and says which of all models to use. Written by the modelling side."""

    @abstractmethod
    def train(self, data: TrainingData, out: str) -> ModelRecord:
        """Train on the rows and leave the model below `out`."""

    @abstractmethod
    def compare(self, candidate: ModelRecord, incumbent: ModelRecord) -> Verdict:
        """Say whether the candidate is better; a single number is seldom enough."""

    @final
    def select(self, history: ModelHistory) -> Selection:
        """Compare all recorded models in turn, the oldest first."""
        selected, *candidates = history.records()
        reasons = [f"{selected.model_id} is the first model."]
        for candidate in candidates:
            verdict = self.compare(candidate, selected)
            winner, loser = (candidate, selected) if verdict.better else (selected, candidate)
            reasons.append(f"{winner.model_id} over {loser.model_id}: {verdict.reason}")
            selected = winner
        return Selection(selected, tuple(reasons))
