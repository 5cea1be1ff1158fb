"""The end of a training: a model, and how good it is."""

from typing import Any

import gokart
from gokart.target import TargetOnKart

from package_name.base import Task


class Training(Task[dict[str, Any]]):
    """The name of a trained ensemble and its metrics."""

    ensemble: gokart.TaskInstanceParameter[gokart.TaskOnKart[dict[str, Any]]] = gokart.TaskInstanceParameter()
    evaluation: gokart.TaskInstanceParameter[gokart.TaskOnKart[dict[str, Any]]] = gokart.TaskInstanceParameter()

    def output(self) -> TargetOnKart:
        """Keep the summary as JSON."""
        return self.make_target("models/training.json")

    def run(self) -> None:
        """Name the model and its metrics."""
        self.dump({"model": self.ensemble.make_unique_id(), "metrics": self.load(self.evaluation)})
