"""What a configuration can say of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Value = int | float | str | bool


@dataclass(frozen=True, slots=True)
class Model:
    """One member of the ensemble: a table [models.NAME]."""

    kind: Literal["linear", "boosted"]
    params: Mapping[str, Value] = field(default_factory=dict)
    weight: float = 1.0

    def parameters(self) -> dict[str, Any]:
        """Give what the task TrainModel takes: all that makes it another model."""
        return {"kind": self.kind, "params": dict(self.params)}
