"""What a configuration can say of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Value = int | float | str | bool


@dataclass(frozen=True, slots=True)
class Model:
    """One member of the ensemble: a table [models.NAME]."""

    kind: Literal["mlp", "cnn"]
    params: Mapping[str, Value] = field(default_factory=dict)
    weight: float = 1.0
    epochs: int = 20
    patience: int = 5  # epochs without a better validation loss before training stops early
    batch_size: int = 64
    accumulate: int = 1  # batches whose gradients are added up before a step
    learning_rate: float = 0.003
    validation: float = 0.1  # share of the training rows that chooses the best epoch and the end
    accelerator: str = "auto"  # cpu, gpu, mps, ...: what Lightning's Trainer takes

    def __post_init__(self) -> None:
        """Refuse what no training could use."""
        for name in ("epochs", "patience", "batch_size", "accumulate"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be 1 or more.")
        if not 0 < self.validation < 1:
            raise ValueError(f"validation is {self.validation}, but must be between 0 and 1.")

    def parameters(self) -> dict[str, Any]:
        """Give what the task TrainModel takes: all that makes it another model, and where it is trained."""
        names = ("epochs", "patience", "batch_size", "accumulate", "learning_rate", "validation")
        fitting = {name: getattr(self, name) for name in names}
        return {"kind": self.kind, "params": dict(self.params), "fitting": fitting, "accelerator": self.accelerator}
