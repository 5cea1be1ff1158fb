"""Files to data frames."""

from collections.abc import Callable
from io import BytesIO

import pandas as pd

READERS: dict[str, Callable[..., pd.DataFrame]] = {".parquet": pd.read_parquet, ".csv": pd.read_csv}


def read_table(content: BytesIO, name: str) -> pd.DataFrame:
    """Read a table by the ending of its name."""
    for ending, read in READERS.items():
        if name.endswith(ending):
            return read(content)
    raise ValueError(f"{name} is no table: use a file that ends in {' or '.join(READERS)}.")
