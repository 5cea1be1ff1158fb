"""Where rows come from."""

import luigi
import pandas as pd
from gokart.target import TargetOnKart

from package_name.base import Task


class DownloadData(Task[pd.DataFrame]):
    """Labelled rows, one per `id`."""

    dataset: luigi.Parameter[str] = luigi.Parameter()

    def output(self) -> TargetOnKart:
        """Keep rows as parquet."""
        return self.make_target("data/rows.parquet")

    def run(self) -> None:
        """Take a data set that ships inside scikit-learn; a real project asks its database here."""
        from sklearn import datasets

        rows = getattr(datasets, f"load_{self.dataset}")(as_frame=True).frame
        rows.columns = [column.replace(" ", "_") for column in rows.columns]
        rows = rows.rename(columns={"target": "label"})
        rows.insert(0, "id", range(len(rows)))
        self.dump(rows)
