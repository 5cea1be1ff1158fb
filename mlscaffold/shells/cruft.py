"""cruft, as it runs in our child process: a new project with its record, or a record for a project."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlscaffold.shells import child


def create_or_link(job: Mapping[str, Any]) -> dict[str, Any]:
    """Call `cruft.create` or `cruft.link`; runs in the child.

    job: `verb`, "create" or "link", and `arguments`, the function's own, with paths as text.
    https://cruft.github.io/cruft/
    """
    import cruft

    arguments = dict(job["arguments"])
    for name in ("output_dir", "config_file", "extra_context_file", "project_dir"):
        if arguments.get(name) is not None:
            arguments[name] = Path(arguments[name])
    if job["verb"] == "link":
        cruft.link(**arguments)
        return {"folder": str(arguments["project_dir"])}
    return {"folder": str(cruft.create(**arguments))}


def explained(error: BaseException) -> str:
    """Say in one line what is wrong."""
    if type(error).__name__ == "OutputDirExistsException":  # cookiecutter's, which another shell wraps
        return "the folder exists already"
    return str(error).replace("\n", " ") or type(error).__name__


if __name__ == "__main__":
    child.serve(create_or_link, explained)
