"""The promises of the base class."""

import random
from importlib import metadata
from pathlib import Path
from typing import Any

import gokart
import luigi
import numpy as np
import pytest
from gokart.target import TargetOnKart

from package_name import fingerprint
from package_name.base import Task
from package_name.storage import UnreadableResultError


class Draw(Task[Any]):
    """Random numbers of the generators that gokart seeds."""

    def output(self) -> TargetOnKart:
        """Keep JSON."""
        return self.make_target("draw.json")

    def run(self) -> None:
        """Draw."""
        legacy = np.random.random()  # noqa: NPY002
        self.dump({"random": random.random(), "numpy": legacy})  # noqa: S311


class Number(Task[int]):
    """A number."""

    value: luigi.IntParameter = luigi.IntParameter()

    def output(self) -> TargetOnKart:
        """Keep a pickle."""
        return self.make_target()

    def run(self) -> None:
        """Give it."""
        self.dump(self.value)


def test_a_dict_stays_a_dict_in_json() -> None:
    made = gokart.build(Draw(), reset_register=False)
    assert set(made) == {"random", "numpy"}


def test_seeds_do_not_depend_on_the_logs(workspace: Path) -> None:
    made = []
    for logs in (True, False):
        task = Draw(should_dump_supplementary_log_files=logs, workspace_directory=str(workspace / str(logs)))
        made.append(gokart.build(task, reset_register=False))
    assert made[0] == made[1]


def test_dumping_leaves_the_random_state_alone() -> None:
    task = Number(value=1)
    random.seed(0)
    task.dump(1)
    drawn = random.random()  # noqa: S311
    random.seed(0)
    assert drawn == random.random()  # noqa: S311


def test_a_damaged_result_is_set_aside_and_made_again() -> None:
    task = Number(value=1)
    gokart.build(task, reset_register=False)
    path = Path(task.output().path())
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(UnreadableResultError, match="run again"):
        task.output().load()
    assert not task.complete()
    assert gokart.build(task, reset_register=False) == 1


def test_parameters_and_versions_are_recorded(workspace: Path) -> None:
    task = Number(value=7)
    gokart.build(task, reset_register=False)
    assert task.get_task_params() == {"value": "7"}
    [versions] = (workspace / "log" / "module_versions").iterdir()
    assert f"gokart=={metadata.version('gokart')}" in versions.read_text().splitlines()


@pytest.mark.parametrize(
    ("module", "text", "same"),
    [
        ("helper", "def factor():\n    return 2\n", False),
        ("helper", '# comment\ndef factor():\n    """Docstring."""\n    return (1)\n', True),
        ("unrelated", "x = 2\n", True),
    ],
)
def test_the_key_of_a_result_covers_helpers_but_not_comments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, text: str, same: bool
) -> None:
    package = tmp_path / "copied"
    package.mkdir()
    sources = {
        "__init__": "",
        "fingerprint": "",
        "helper": "def factor():\n    return 1\n",
        "unrelated": "x = 1\n",
        "work": "def run():\n    from . import helper\n    return helper.factor()\n",
    }
    for name, source in sources.items():
        (package / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    before = fresh_fingerprint("copied.work")
    (package / f"{module}.py").write_text(text)
    assert (fresh_fingerprint("copied.work") == before) is same


def fresh_fingerprint(module: str) -> str:
    """Take the fingerprint that a new process would take."""
    for cached in (fingerprint.code_fingerprint, fingerprint._code_of, fingerprint._file_of, fingerprint._root_of):
        cached.cache_clear()
    return fingerprint.code_fingerprint(module)
