"""The shared downloads, each run for real in a temporary workspace."""

import hashlib
from pathlib import Path
from typing import Any

import gokart
import pandas as pd
import pytest
from gokart.build import GokartBuildError

from package_name.tasks.download import DownloadTable, SelectById

ROWS = pd.DataFrame({"id": [3, 1, 2], "age": [30, 10, 20]})


@pytest.fixture(params=["csv", "parquet"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file with three rows."""
    path = tmp_path / f"table.{request.param}"
    ROWS.to_csv(path, index=False) if request.param == "csv" else ROWS.to_parquet(path)
    return path


def download(path: Path) -> DownloadTable:
    """Wire the download of a file as it is now."""
    return DownloadTable(address=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def made(task: gokart.TaskOnKart[Any]) -> Any:
    """Build a task and give its result."""
    return gokart.build(task, reset_register=False)


def test_rows_come_as_they_are(table: Path) -> None:
    pd.testing.assert_frame_equal(made(download(table)), ROWS)


def test_a_download_does_not_need_its_file_twice(table: Path) -> None:
    task = download(table)
    made(task)
    table.unlink()
    pd.testing.assert_frame_equal(made(task), ROWS)


def test_a_file_that_has_changed_is_refused(table: Path) -> None:
    task = download(table)
    table.write_bytes(table.read_bytes() + b"\n")
    with pytest.raises(GokartBuildError) as caught:
        made(task)
    [[error]] = caught.value.raised_exceptions.values()
    assert "has changed: its sha256 is" in str(error)


def test_rows_are_selected_in_the_order_of_their_ids(table: Path) -> None:
    selected = made(SelectById(table=download(table), ids=(1, 3)))
    assert selected.to_dict("list") == {"id": [1, 3], "age": [10, 30]}


def test_missing_ids_are_named(table: Path) -> None:
    with pytest.raises(GokartBuildError) as caught:
        made(SelectById(table=download(table), ids=(1, 8, 9)))
    [[error]] = caught.value.raised_exceptions.values()
    assert str(error) == "There are no rows of id 8, 9."
