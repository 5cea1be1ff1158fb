"""Where rows live: replace this by the table or bucket of the real service."""

import pandas as pd

from package_name.interfaces import TrainingData


class ShippedData(TrainingData):
    """A data set that ships inside scikit-learn."""

    def fetch(self) -> pd.DataFrame:
        """Give labelled rows, each with an `id`."""
        from sklearn import datasets

        load = getattr(datasets, f"load_{self.ref}", None)
        if load is None:
            raise ValueError(f"scikit-learn ships no data set {self.ref}: correct [data] ref.")
        rows = load(as_frame=True).frame.rename(columns={"target": "label"})
        rows.columns = [column.replace(" ", "_") for column in rows.columns]
        rows.insert(0, "id", range(len(rows)))
        return pd.DataFrame(rows)
