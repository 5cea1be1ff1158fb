"""The seam between server side and modelling side is real."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import package_name
from package_name import interfaces
from package_name.interfaces import (
    ModelHistory,
    ModelRecord,
    Retrainer,
    Selection,
    TrainingData,
    Verdict,
)

PACKAGE = Path(package_name.__file__ or "").parent
SEAM = [interfaces.Predictor, interfaces.Retrainer, interfaces.TrainingData, interfaces.ModelHistory]
ENTRY = "run"  # the one module that joins both sides


class Kept(ModelHistory):
    """A history in memory."""

    def __init__(self, records: Sequence[ModelRecord]) -> None:
        self._records = records

    def record(self, model: ModelRecord) -> None:
        """Not used here."""

    def records(self) -> Sequence[ModelRecord]:
        """Give what was given."""
        return self._records

    def select(self, selection: Selection) -> None:
        """Not used here."""

    def selected(self) -> Selection | None:
        """Not used here."""


class Careful(Retrainer):
    """Takes a better model only if it is not much slower."""

    def train(self, data: TrainingData, out: str) -> ModelRecord:
        """Not used here."""
        raise NotImplementedError

    def compare(self, candidate: ModelRecord, incumbent: ModelRecord) -> Verdict:
        """Look at two numbers."""
        new, old = candidate.metrics, incumbent.metrics
        if new["ms"] > 2 * old["ms"]:
            return Verdict(False, "too slow.")
        return Verdict(new["auc"] > old["auc"] + 0.002, "compared by AUC.")


def model(name: str, metrics: Mapping[str, float]) -> ModelRecord:
    """Make a record."""
    return ModelRecord(name, f"{name}.pkl", "rows", name, None, metrics)


def test_a_better_model_that_breaks_another_bound_is_not_selected() -> None:
    first, slow, good = (
        model("1", {"auc": 0.90, "ms": 1.0}),
        model("2", {"auc": 0.95, "ms": 9.0}),
        model("3", {"auc": 0.92, "ms": 1.5}),
    )
    selection = Careful().select(Kept([first, slow, good]))
    assert selection.model == good
    assert selection.reasons == ("1 is the first model.", "1 over 2: too slow.", "3 over 1: compared by AUC.")


def test_a_class_that_lacks_methods_fails_when_it_is_made() -> None:
    class Half(TrainingData):
        pass

    half: Any = Half
    with pytest.raises(TypeError, match="fetch"):
        half("rows")


def test_every_implementation_has_all_methods() -> None:
    for found in pkgutil.walk_packages([str(PACKAGE)], f"{PACKAGE.name}."):
        importlib.import_module(found.name)
    for interface in SEAM:
        known: list[type] = interface.__subclasses__()
        own = [one for one in known if one.__module__.startswith(f"{PACKAGE.name}.")]
        assert own, interface
        for implementation in own:
            assert not inspect.isabstract(implementation), implementation


def test_neither_side_imports_the_other() -> None:
    frame = {"base", "commit", "config", "fingerprint", "interfaces", "record", "settings", "storage"}
    for path in PACKAGE.rglob("*.py"):
        module = path.relative_to(PACKAGE).with_suffix("").parts
        imported = {name.split(".")[0] for name in imports(path)}
        if module[0] == "server":
            assert imported <= {"server", *frame}, path
        elif module[0] != ENTRY:
            assert "server" not in imported, path


def imports(path: Path) -> list[str]:
    """Name the modules of this package that a file imports, wherever in the file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE.name:
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE.name}."):
            found.append((node.module or "").removeprefix(f"{PACKAGE.name}."))
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            found += [name.removeprefix(f"{PACKAGE.name}.") for name in names if name.startswith(f"{PACKAGE.name}.")]
    return found
