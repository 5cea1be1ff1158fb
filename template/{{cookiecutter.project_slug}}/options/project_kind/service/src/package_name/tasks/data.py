"""Where rows come from."""

import luigi
import pandas as pd
from gokart.target import TargetOnKart

from package_name.base import Task
from package_name.interfaces import open_data


class DownloadData(Task[pd.DataFrame]):
    """The rows that `ref` names, one per `id`, kept so that no later task asks for them again."""

    ref: luigi.Parameter[str] = luigi.Parameter()
    source: luigi.Parameter[str] = luigi.Parameter(significant=False)

    def output(self) -> TargetOnKart:
        """Keep rows as parquet."""
        return self.make_target("data/rows.parquet")

    def run(self) -> None:
        """Ask the source."""
        self.dump(open_data(self.source, self.ref).fetch())
