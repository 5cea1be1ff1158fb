"""Puts the template's history into the wheel, so that an installation from an index has it without a network."""

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TemplateBundle(BuildHookInterface[Any]):
    """Makes a git bundle of the checkout that the wheel is built from.

    An editable installation needs none: the checkout itself serves. Nor does one from a git URL, which serves
    itself, and which pip clones without file contents. Without a checkout (a wheel built from an sdist) there
    is no history to put in, and `new` asks for a template's address.
    https://hatch.pypa.io/latest/plugins/build-hook/custom/
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the bundle and name it as part of the wheel."""
        root = Path(self.root)
        if version == "editable" or not (root / ".git").exists() or _is_partial(root):
            return
        bundle = Path(self.directory) / "template.bundle"
        bundle.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["git", "bundle", "create", "--quiet", str(bundle), "HEAD", "--branches"], cwd=root, check=True
        )
        build_data["force_include"][str(bundle)] = "mlscaffold/template.bundle"


def _is_partial(root: Path) -> bool:
    command = ["git", "config", "--get-regexp", r"remote\..*\.promisor"]
    return subprocess.run(command, cwd=root, check=False, stdout=subprocess.DEVNULL).returncode == 0
