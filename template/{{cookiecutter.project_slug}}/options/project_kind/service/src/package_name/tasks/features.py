"""From rows to what models learn from."""

import gokart
import luigi
import pandas as pd
from gokart.target import TargetOnKart

from package_name.base import Task

KEYS = ["id", "label"]


def select(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Keep the named columns, all if none is named, in a fixed order of rows."""
    missing = sorted(set(columns) - set(rows.columns))
    if missing:
        raise ValueError(f"The data has no column {', '.join(missing)}: correct [features] columns.")
    kept = columns or [column for column in rows.columns if column not in KEYS]
    return rows.sort_values("id")[[*KEYS, *kept]].reset_index(drop=True)


class MakeFeature(Task[pd.DataFrame]):
    """Features and label, one row per `id`."""

    data: gokart.TaskInstanceParameter[gokart.TaskOnKart[pd.DataFrame]] = gokart.TaskInstanceParameter()
    columns: luigi.Parameter[tuple[str, ...]] = luigi.ListParameter()

    def output(self) -> TargetOnKart:
        """Keep features as parquet."""
        return self.make_target("features/features.parquet")

    def run(self) -> None:
        """Select."""
        self.dump(select(self.load(self.data), list(self.columns)))
