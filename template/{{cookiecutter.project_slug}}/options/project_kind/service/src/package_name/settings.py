"""What a run can be told: one dataclass per table of the files in conf/."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from package_name.commit import Require
from package_name.interfaces import open_data
from package_name.models import Model


@dataclass(frozen=True, slots=True)
class Data:
    """Which rows, and which class of the server side gets them."""

    source: str
    ref: str

    def __post_init__(self) -> None:
        """Refuse a source that is not there."""
        open_data(self.source, self.ref)


@dataclass(frozen=True, slots=True)
class Features:
    """Which columns are used; none named means all."""

    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """conf/train.toml."""

    seed: int
    folds: int
    data: Data
    models: Mapping[str, Model]
    features: Features = field(default_factory=Features)
    minimum: Mapping[str, float] = field(default_factory=dict)
    require: Require = field(default_factory=Require)

    def __post_init__(self) -> None:
        """Refuse what no run could use."""
        if self.folds < 2:
            raise ValueError(f"folds is {self.folds}, but must be 2 or more.")
        if not self.models:
            raise ValueError("models names no model: write at least one table [models.NAME].")
        weights = [model.weight for model in self.models.values()]
        if min(weights) < 0 or max(weights) == 0:
            raise ValueError("models: each weight must be 0 or more, and one of them more than 0.")


@dataclass(frozen=True, slots=True)
class PredictSettings:
    """conf/predict.toml."""

    model: str
    shards: int
    data: Data
    require: Require = field(default_factory=Require)

    def __post_init__(self) -> None:
        """Refuse what no run could use."""
        if self.shards < 1:
            raise ValueError(f"shards is {self.shards}, but must be 1 or more.")
