"""The record of all models: one JSON file per model, so that nobody needs a lock."""

import dataclasses
from collections.abc import Sequence

from package_name.interfaces import ModelHistory, ModelRecord, Selection
from package_name.storage import json_target, listed


class ProjectHistory(ModelHistory):
    """Records below a folder or an s3:// or gs:// address; a table in a database is a class of the same size."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def record(self, model: ModelRecord) -> None:
        """Write the record, unless this model was recorded before."""
        target = json_target(f"{self._folder}/records/{model.model_id}.json")
        if not target.exists():
            target.dump(dataclasses.asdict(model))

    def records(self) -> Sequence[ModelRecord]:
        """Read all records, oldest first."""
        found = [path for path in listed(f"{self._folder}/records") if path.endswith(".json")]
        records = [ModelRecord(**json_target(path).load()) for path in found]
        return sorted(records, key=lambda record: (record.created, record.model_id))

    def select(self, selection: Selection) -> None:
        """Write the selection in one piece, so that a predictor reads the old one or the new one."""
        json_target(f"{self._folder}/selected.json").dump(dataclasses.asdict(selection))

    def selected(self) -> Selection | None:
        """Read the selection."""
        target = json_target(f"{self._folder}/selected.json")
        if not target.exists():
            return None
        found = target.load()
        return Selection(ModelRecord(**found["model"]), tuple(found["reasons"]))
