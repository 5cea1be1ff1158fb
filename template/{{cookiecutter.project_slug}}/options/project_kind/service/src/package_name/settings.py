"""What a run can be told: one dataclass per table of the files in conf/."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from package_name.commit import Require

Number = int | float | str | bool


@dataclass(frozen=True, slots=True)
class Data:
    """Where the labelled rows come from."""

    dataset: Literal["breast_cancer"] = "breast_cancer"


@dataclass(frozen=True, slots=True)
class Features:
    """Which columns are used; none named means all."""

    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """One member of the ensemble."""

    kind: Literal["linear", "boosted"]
    params: Mapping[str, Number] = field(default_factory=dict)
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """conf/train.toml."""

    seed: int
    folds: int
    models: Mapping[str, Model]
    data: Data = field(default_factory=Data)
    features: Features = field(default_factory=Features)
    minimum: Mapping[str, float] = field(default_factory=dict)
    require: Require = field(default_factory=Require)

    def __post_init__(self) -> None:
        """Refuse what no run could use."""
        if self.folds < 2:
            raise ValueError(f"folds is {self.folds}, but must be 2 or more.")
        if not self.models:
            raise ValueError("models names no model: write at least one table [models.NAME].")
        if sum(model.weight for model in self.models.values()) <= 0:
            raise ValueError("models: the weights add up to nothing.")


@dataclass(frozen=True, slots=True)
class PredictSettings:
    """conf/predict.toml."""

    model: str
    shards: int
    data: Data = field(default_factory=Data)
    require: Require = field(default_factory=Require)

    def __post_init__(self) -> None:
        """Refuse what no run could use."""
        if self.shards < 1:
            raise ValueError(f"shards is {self.shards}, but must be 1 or more.")
