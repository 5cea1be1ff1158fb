"""cruft, as it runs in our child process: a new project with its record, or a record for a project."""

import importlib
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from mlscaffold.shells import child, cookiecutter


def create_or_link(job: Mapping[str, Any]) -> dict[str, Any]:
    """Call `cruft.create` or `cruft.link`; runs in the child.

    job: `verb`, "create" or "link", `arguments`, the function's own, with paths as text, and `making`, the file that
    will name the folder of a project that is begun.

    Returns the project's `folder`, or the folder that is `exists`ing already.
    https://cruft.github.io/cruft/
    """
    import cruft

    _leave_submodules()
    vars(importlib.import_module("cruft._commands.create"))["generate_files"] = partial(
        cookiecutter.generate_inside, Path(job["making"])
    )
    arguments = dict(job["arguments"])
    for name in ("output_dir", "config_file", "extra_context_file", "project_dir"):
        if arguments.get(name) is not None:
            arguments[name] = Path(arguments[name])
    if job["verb"] == "link":
        cruft.link(**arguments)
        return {"folder": str(arguments["project_dir"])}
    try:
        return {"folder": str(cruft.create(**arguments))}
    except Exception as error:
        if type(error).__name__ == "OutputDirExistsException":
            return {"exists": re.sub(r'^Error: "(.*)" directory already exists$', r"\1", str(error))}
        raise


def _leave_submodules() -> None:
    """Keep cruft from fetching a template's submodules, whose addresses nobody has trusted."""
    from cruft._commands.utils import cookiecutter as cruft_templates

    vars(cruft_templates)["Repo"].submodule_update = lambda *_, **__: iter(())


def explained(error: BaseException) -> str:
    """Say in one line what is wrong."""
    if type(error).__name__ == "UnableToFindCookiecutterTemplate":
        return "it has no folder whose name asks for a variable, like {{ cookiecutter.project_slug }}"
    return cookiecutter.explained(error)


if __name__ == "__main__":
    cookiecutter.quiet()
    child.serve(create_or_link, explained)
