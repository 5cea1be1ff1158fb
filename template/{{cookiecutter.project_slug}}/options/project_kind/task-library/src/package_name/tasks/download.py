"""Downloads that every service would otherwise write again."""

import hashlib
import io

import gokart
import luigi
import pandas as pd
from gokart.file_processor import BinaryFileProcessor
from gokart.target import TargetOnKart, make_target

from package_name.base import Task
from package_name.tables import read_table


class DownloadTable(Task[pd.DataFrame]):
    """The rows of a parquet or CSV file: exactly those whose hash is given."""

    address: luigi.Parameter[str] = luigi.Parameter(significant=False)
    sha256: luigi.Parameter[str] = luigi.Parameter()

    def output(self) -> TargetOnKart:
        """Keep rows as parquet."""
        return self.make_target("downloads/table.parquet")

    def run(self) -> None:
        """Read the file once and refuse it if it is another one."""
        content = make_target(self.address, processor=BinaryFileProcessor()).load()
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise ValueError(f"{self.address} has changed: its sha256 is {found}, not {self.sha256}.")
        self.dump(read_table(io.BytesIO(content), self.address))


class SelectById(Task[pd.DataFrame]):
    """The rows of some ids, in the order of the ids."""

    table: gokart.TaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.TaskInstanceParameter()
    ids: luigi.Parameter[tuple[int, ...]] = luigi.ListParameter()
    column: luigi.Parameter[str] = luigi.Parameter(default="id")

    def output(self) -> TargetOnKart:
        """Keep rows as parquet."""
        return self.make_target("downloads/selected.parquet")

    def run(self) -> None:
        """Select, and name the ids that are not there."""
        rows = self.load(self.table).set_index(self.column)
        missing = sorted(set(self.ids) - set(rows.index))
        if missing:
            raise ValueError(f"There are no rows of {self.column} {', '.join(map(str, missing))}.")
        self.dump(rows.loc[list(self.ids)].reset_index())
