"""What pip says is installed, read from its folders: importlib.metadata would take 10 ms of every check.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path


def records(package: str) -> list[Path]:
    """Return the folders in which pip recorded a package, by the name that its wheel has; the one in use comes first."""
    return [
        Path(folder, name) for folder, names in _records() for name in names if name.startswith(f"{package}-")
    ]


def version(package: str) -> str:
    """Return the version that a package is installed in, "" if pip does not say."""
    return next((path.name[len(package) + 1 : -len(".dist-info")] for path in records(package)), "")


@cache
def _records() -> list[tuple[str, list[str]]]:
    found = []
    for folder in sys.path:
        with suppress(OSError):
            found.append(
                (folder, [name for name in os.listdir(folder or ".") if name.endswith(".dist-info")])
            )
    return found
