"""A library of tasks, and a service that runs one of them."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from sklearn import datasets  # type: ignore[import-untyped]

from tests.template.conftest import render, run

WIRED = """
def rows(data: Data) -> DownloadTable:
    \"\"\"Name the rows.\"\"\"
    address, _, sha256 = data.ref.partition("#")
    return DownloadTable(address=address, sha256=sha256)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh library."""
    return render(
        tmp_path_factory.mktemp("library"), project_kind="task-library", project_name="Shared tasks"
    )


def test_a_fresh_library_passes_its_own_check(library: Path) -> None:
    checked = run(library, "make", "check", "RUN=")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert not (library / "main.py").exists()


def test_a_library_is_packed_with_its_types(library: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(library, tmp_path / "library")
    packed = run(
        copied, "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "--wheel-dir", "dist", "."
    )
    assert packed.returncode == 0, packed.stderr
    [wheel] = (copied / "dist").iterdir()
    names = zipfile.ZipFile(wheel).namelist()
    assert {"shared_tasks/py.typed", "shared_tasks/fingerprint.py", "shared_tasks/tasks/download.py"} <= set(
        names
    )


def test_a_service_runs_a_task_of_the_library_and_notices_its_changes(library: Path, tmp_path: Path) -> None:
    service = render(tmp_path)
    installed = Path(shutil.copytree(library / "src", tmp_path / "installed"))
    pipeline = service / "src" / "ml_service" / "pipeline.py"
    text = pipeline.read_text()
    start, end = text.index("def rows"), text.index("def features")
    text = text[:start] + WIRED.lstrip() + "\n\n" + text[end:]
    pipeline.write_text(
        text.replace(
            "from ml_service.tasks.data import DownloadData",
            "from shared_tasks.tasks.download import DownloadTable",
        )
    )
    frame = datasets.load_iris(as_frame=True).frame.query("target < 2").rename(columns={"target": "label"})
    table = tmp_path / "table.parquet"
    frame.assign(id=range(len(frame))).to_parquet(table)
    ref = f"{table}#{hashlib.sha256(table.read_bytes()).hexdigest()}"

    def trained() -> set[str]:
        """Train, and name the classes of the tasks that ran."""
        command = ["main.py", "train", "--config", "conf/train_smoke.toml", "--set", f"data.ref={ref}"]
        done = run(service, "python", *command, PYTHONPATH=str(installed))
        assert done.returncode == 0, done.stderr
        record = json.loads(max((service / "resources" / "runs").iterdir()).read_text())
        return {name.partition("_")[0] for name in record["ran"]}

    assert {"DownloadTable", "TrainModel"} <= trained()
    assert trained() == set()
    helper = installed / "shared_tasks" / "tables.py"
    code = helper.read_text()
    helper.write_text(f"# Only a comment.\n{code}")
    assert trained() == set()
    helper.write_text(code.replace('".csv": ', '".tsv": pd.read_csv, ".csv": '))
    assert {"DownloadTable", "TrainModel"} <= trained()
