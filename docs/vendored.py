"""Takes the libraries anew from npm, in the versions that are recorded, and compares: `make vendored`."""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1] / "mlscaffold/show/report/vendor"


def main() -> int:
    """Say of each file whether it is what npm gives, and return 1 if one is not."""
    packages = tomllib.loads((HERE / "vendored.toml").read_text())["package"]
    wrong = [said for package in packages for said in _differences(package)]
    sys.stdout.write("".join(f"{line}\n" for line in wrong or ["Every file is what npm gives."]))
    return 1 if wrong else 0


def _differences(package: dict[str, Any]) -> Iterator[str]:
    name = f"{package['name']}@{package['version']}"
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        [archive] = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as files:
            for path, recorded in package["sha256"].items():
                member = files.extractfile(f"package/{path}")
                given = member.read() if member else b""
                here = (HERE / package["name"] / Path(path).name).read_bytes()
                if hashlib.sha256(given).hexdigest() != recorded or here != given:
                    yield f"{name}: {path} is not what npm gives, sha256 {hashlib.sha256(given).hexdigest()}"


if __name__ == "__main__":
    sys.exit(main())
