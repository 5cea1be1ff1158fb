"""Ten promises that gokart does not keep, and that the template's base class does.

Each test shows the gap with plain gokart first. When gokart closes one, its test fails here, and the template may
drop its own remedy.
"""

import json
import random
import resource
import sys
import types
from importlib import import_module, metadata
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import gokart
import luigi.local_target
import pytest
from gokart.build import GokartBuildError
from luigi.task_register import Register

from tests.template.conftest import run
from tests.template.race import failures

WORK = '''
import json, sys
import gokart
from {package} import helper
from {package}.base import Task

def double(number):
    """Double it."""
    return 2 * number

class Plain(gokart.TaskOnKart[int]):
    def run(self):
        self.dump(helper.factor() * 3)

class Checked(Plain):
    pass

class Ours(Task[int]):
    def run(self):
        self.dump(helper.factor() * 3)

tasks = [Plain(), Checked(serialized_task_definition_check=True), Ours()]
print(json.dumps([task.make_unique_id() for task in tasks]))
'''


class Base:
    """The two base classes that are compared."""

    plain: Any = gokart.TaskOnKart

    @staticmethod
    def ours() -> Any:
        """Take the created project's base class."""
        return import_module("ml_service.base").Task


@pytest.fixture(autouse=True)
def sources(service: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let a created project's package be imported, and keep every result in a temporary folder."""
    monkeypatch.syspath_prepend(service / "src")
    monkeypatch.setenv("TASK_WORKSPACE_DIRECTORY", str(tmp_path / "ours"))
    Register.clear_instance_cache()  # type: ignore[no-untyped-call]


def task(base: Any, folder: Path, run: Any = None, **members: Any) -> Any:
    """Make a task of a base class, with a workspace of its own."""
    body = {"__module__": "gaps", "run": run or (lambda self: self.dump(1)), **members}
    return type(base)("Work", (base,), body)(workspace_directory=str(folder))


def made(work: Any) -> Any:
    """Build a task and give its result."""
    return gokart.build(work)


@pytest.fixture
def package(service: Path, tmp_path: Path) -> Path:
    """A package with a task, a helper and the template's base class."""
    folder = tmp_path / "gapped"
    folder.mkdir()
    for module in ("__init__", "base", "fingerprint", "storage"):
        text = (service / "src" / "ml_service" / f"{module}.py").read_text()
        (folder / f"{module}.py").write_text(text.replace("ml_service", "gapped"))
    (folder / "helper.py").write_text("def factor():\n    return 1\n")
    (folder / "work.py").write_text(WORK.replace("{package}", "gapped"))
    return folder


def keys(package: Path) -> list[str]:
    """Give the keys of the three tasks, as a new process sees them."""
    done = run(package.parent, "python", "-m", "gapped.work")
    assert done.returncode == 0, done.stderr
    return [str(key) for key in json.loads(done.stdout)]


def test_1_2_3_the_key_covers_code_and_helpers_but_no_comments(package: Path) -> None:
    plain, checked, ours = keys(package)

    helper = package / "helper.py"
    helper.write_text("def factor():\n    return 2\n")
    helped = keys(package)
    assert helped[:2] == [plain, checked], "gokart sees an edited helper"
    assert helped[2] != ours
    helper.write_text('# A comment.\ndef factor():\n    """A docstring."""\n\n    return (1)\n')
    assert keys(package)[2] == ours

    work = package / "work.py"
    text = work.read_text()
    work.write_text(text.replace("    def run(self):\n", "    def run(self):\n        # a comment\n"))
    commented = keys(package)
    assert commented[1] != checked, "gokart no longer counts comments"
    assert commented[2] == ours
    work.write_text(text.replace("* 3", "* 4"))
    edited = keys(package)
    assert edited[0] == plain, "gokart sees edited code without being asked"
    assert edited[2] != ours


def test_4_two_processes_never_share_a_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    original = luigi.local_target.atomic_file.generate_tmp_path

    def noted(self: Any, path: str) -> str:
        name = str(original(self, path))  # type: ignore[no-untyped-call]
        names.append(name)
        return name

    monkeypatch.setattr(luigi.local_target.atomic_file, "generate_tmp_path", noted)

    def temporary(base: Any, folder: Path) -> list[str]:
        """Make a result as another process would, and name the temporary files of the result itself."""
        random.seed()
        Register.clear_instance_cache()  # type: ignore[no-untyped-call]
        work: Any = task(base, folder)
        work.output().remove()
        names.clear()
        made(work)
        return [name for name in names if "/log/" not in name]

    plain = [temporary(Base.plain, tmp_path) for _ in range(2)]
    assert plain[0] == plain[1], "gokart no longer seeds the names of temporary files"
    ours = [temporary(Base.ours(), tmp_path) for _ in range(2)]
    assert not set(ours[0]) & set(ours[1])


def test_4_cold_processes_share_a_workspace_without_a_failure(service: Path) -> None:
    assert list(failures(service, "ours", processes=3, rounds=1)) == []


def test_5_module_versions_are_recorded(tmp_path: Path) -> None:
    contents = {}
    for base in (Base.plain, Base.ours()):
        made(task(base, tmp_path / base.__name__))
        [log] = (tmp_path / base.__name__ / "log" / "module_versions").iterdir()
        contents[base.__name__] = log.read_text()
    assert contents["TaskOnKart"] == "", "gokart records module versions"
    assert f"gokart=={metadata.version('gokart')}" in contents["Task"].splitlines()


def test_6_recorded_parameters_can_be_read(tmp_path: Path) -> None:
    members = {"number": luigi.IntParameter(default=3)}
    plain, ours = (task(base, tmp_path / base.__name__, **members) for base in (Base.plain, Base.ours()))
    made(plain)
    made(ours)
    assert "number" not in plain.get_task_params(), "gokart gives the recorded parameters"
    assert ours.get_task_params() == {"number": "3"}


def models(base: Any, folder: Path, saved_by: Any = None) -> Any:
    """Make a task that keeps a model by a function that takes a path."""

    def output(self: Any) -> Any:
        return self.make_model_target("model.zip", saved_by or save, load)

    members = {"local_temporary_directory": luigi.Parameter(default=str(folder / "tmp")), "output": output}
    return task(base, folder, **members)


def save(model: Any, path: str) -> None:
    """Write a model and something big beside it."""
    Path(path).write_text(json.dumps(model))
    (Path(path).parent / "weights").write_bytes(random.Random(0).randbytes(200_000))


def load(path: str) -> Any:
    """Read the model."""
    return json.loads(Path(path).read_text())


def test_7_a_damaged_model_does_not_stay_in_the_way(tmp_path: Path) -> None:
    plain, ours = models(Base.plain, tmp_path / "plain"), models(Base.ours(), tmp_path / "ours")
    for work in (plain, ours):
        assert made(work) == 1
        archive = Path(work.output().path())
        archive.write_bytes(archive.read_bytes()[:100_000])

    assert plain.complete()
    with pytest.raises(BadZipFile):
        plain.output().load()
    plain.output().remove()
    assert plain.complete(), "gokart can remove a model"

    with pytest.raises(import_module("ml_service.storage").UnreadableResultError, match="run again"):
        ours.output().load()
    assert not ours.complete()
    assert made(ours) == 1


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # luigi leaves a failed file open
def test_7_a_model_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill_disk(model: Any, path: str) -> None:
        """Save, and let every file that is written from now on end after 60 kB, as on a full disk."""
        save(model, path)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, unlimited[1]))

    left = {}
    for base in (Base.plain, Base.ours()):
        work = models(base, tmp_path / base.__name__, saved_by=fill_disk)
        try:
            with pytest.raises(OSError, match="File too large"):
                work.output().dump(1)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        left[base.__name__] = work.complete()
    assert left["TaskOnKart"], "gokart writes models whole"
    assert not left["Task"]


def test_8_a_dict_stays_a_dict_in_json(tmp_path: Path) -> None:
    def output(self: Any) -> Any:
        return self.make_target("metrics.json")

    def scalars(self: Any) -> None:
        self.dump({"auc": 0.5})

    def lists(self: Any) -> None:
        self.dump({"auc": [0.5]})

    with pytest.raises(GokartBuildError):
        made(task(Base.plain, tmp_path / "plain", scalars, output=output))
    assert not isinstance(made(task(Base.plain, tmp_path / "lists", lists, output=output)), dict)
    assert made(task(Base.ours(), tmp_path / "ours", scalars, output=output)) == {"auc": 0.5}


def test_9_seeds_are_set_without_the_logs(tmp_path: Path) -> None:
    def draw(self: Any) -> None:
        self.dump(random.random())

    def drawn(base: Any, folder: str) -> Any:
        random.seed()
        quiet = gokart.ExplicitBoolParameter(default=False, significant=False)  # type: ignore[no-untyped-call]
        return made(task(base, tmp_path / folder, draw, should_dump_supplementary_log_files=quiet))

    assert drawn(Base.plain, "a") != drawn(Base.plain, "b"), "gokart seeds without logs"
    assert drawn(Base.ours(), "c") == drawn(Base.ours(), "d")


def test_10_torch_is_seeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []
    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(manual_seed=seeds.append))
    made(task(Base.plain, tmp_path / "plain"))
    assert not seeds, "gokart seeds torch"
    made(task(Base.ours(), tmp_path / "ours"))
    assert len(set(seeds)) == 1
