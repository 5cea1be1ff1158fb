"""The base class of every task: gokart, made to keep its promises.

What it changes, each with a test in tests/test_base.py: the key of a result covers the code behind it, helpers
included; results are written whole and from many processes at once; seeds are always set, torch's too; JSON
stays JSON; the logs that gokart keeps beside each result say what they should.
"""

import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import Any, Generic, TypeVar

import gokart
import gokart.target
import luigi
from gokart.file_processor import FileProcessor
from gokart.target import LargeDataFrameProcessor, TargetOnKart

from package_name.fingerprint import code_fingerprint
from package_name.storage import ArchiveProcessor, JsonProcessor, SafeTarget

T = TypeVar("T")


def workspace() -> str:
    """Where results are kept: a folder, or an s3:// or gs:// address."""
    return os.environ.get("TASK_WORKSPACE_DIRECTORY") or "resources"


def name_of(task: gokart.TaskOnKart[Any]) -> str:
    """Name a task as its files are named."""
    return f"{type(task).__name__}_{task.make_unique_id()}"


class Task(gokart.TaskOnKart[T], Generic[T]):
    """Subclass it, declare parameters and upstream tasks, and write `run()` with `self.load()` and `self.dump()`."""

    serialized_task_definition_check: luigi.BoolParameter = luigi.BoolParameter(default=True, significant=False)
    fix_random_seed_methods: luigi.Parameter[tuple[str, ...]] = luigi.ListParameter(
        default=("random.seed", "numpy.random.seed", "torch.manual_seed"), significant=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("workspace_directory", workspace())
        super().__init__(*args, **kwargs)

    @classmethod
    @cache
    def get_params(cls) -> list[tuple[str, luigi.Parameter[Any]]]:
        """Look parameters up once per class; luigi does it anew a dozen times per task."""
        return list(super().get_params())

    @classmethod
    def get_task_namespace(cls) -> str:
        """Let tasks of several packages share a class name; on the command line it is `package.Class`."""
        return cls.__module__.partition(".")[0]

    def __repr__(self) -> str:
        """Stay short: luigi asks for this often."""
        return name_of(self)

    def get_own_code(self) -> str:
        """Let the key of the result depend on all code of ours that the task can reach."""
        return code_fingerprint(type(self).__module__)

    def make_target(
        self, relative_file_path: str | None = None, use_unique_id: bool = True, processor: FileProcessor | None = None
    ) -> TargetOnKart:
        """Make a target that is safe to write from many processes; `.json` is plain JSON."""
        if processor is None and str(relative_file_path).endswith(".json"):
            processor = JsonProcessor()
        return SafeTarget.of(super().make_target(relative_file_path, use_unique_id, processor))

    def make_model_target(
        self, relative_file_path: str, save_function: Any, load_function: Any, use_unique_id: bool = True
    ) -> TargetOnKart:
        """Keep several files in one zip that is written whole, which gokart's own is not."""
        processor = ArchiveProcessor(save_function, load_function)
        return self.make_target(relative_file_path, use_unique_id, processor)

    def make_large_data_frame_target(
        self, relative_file_path: str | None = None, use_unique_id: bool = True, max_byte: int = 2**26
    ) -> TargetOnKart:
        """Keep a data frame in parts, in one zip that is written whole."""
        frames = LargeDataFrameProcessor(max_byte=max_byte)
        path = relative_file_path or f"{type(self).__module__.replace('.', '/')}/{type(self).__name__}.zip"
        return self.make_model_target(path, frames.save, frames.load, use_unique_id)

    def get_task_params(self) -> dict[str, Any]:
        """Give the recorded parameters; gokart reads the task log here."""
        target = self._get_task_params_target()
        return dict(target.load()) if target.exists() else {}

    def _get_module_versions(self) -> str:
        """List the versions of everything imported so far; gokart's list is always empty."""
        loaded = {name.partition(".")[0] for name in sys.modules}
        names = {name for top in loaded for name in _distributions().get(top, [])}
        return "\n".join(f"{name}=={metadata.version(name)}" for name in sorted(names))


@cache
def _distributions() -> Mapping[str, list[str]]:
    """Map module names to distributions, once: it reads every installed package's list of files."""
    return metadata.packages_distributions()


def seed(task: Task[Any]) -> None:
    """Set the seeds at every start; gokart skips this where its supplementary logs are switched off."""
    task.try_set_seed(list(task.fix_random_seed_methods), task._get_random_seed())  # noqa: SLF001


Task.event_handler(luigi.Event.START)(seed)
