"""The built-in template: the folder `template` of the repository that mlscaffold was installed from."""

import json
from pathlib import Path
from typing import Any

from mlscaffold.core.errors import UnreachableTemplateError
from mlscaffold.core.trust import without_password
from mlscaffold.shells import git, installed
from mlscaffold.templates.sources import Source

DIRECTORY = "template"
BUNDLE = Path(__file__).parents[1] / "template.bundle"


def source() -> Source:
    """Return where the built-in template comes from, by how mlscaffold was installed (PEP 610).

    From a git URL: that URL. From a checkout: the checkout, under its `origin`'s URL if it has one. From an
    index: the git bundle in the wheel, under the project's `Source` URL.
    https://packaging.python.org/en/latest/specifications/direct-url/

    Raises UnreachableTemplateError if the installation has none of these.
    """
    origin = _direct_url()
    if "vcs_info" in origin and origin["url"].startswith("file:"):
        path = str(_path(origin["url"]))
        return Source(path, path, local=True, builtin=True)
    if "vcs_info" in origin:
        return Source(without_password(origin["url"]), origin["url"], local=False, builtin=True)
    if "dir_info" in origin and (found := _checkout(_path(origin["url"]))):
        return found
    if BUNDLE.is_file():
        return Source(_source_url(), str(BUNDLE), local=True, builtin=True)
    raise UnreachableTemplateError(
        "This installation of mlscaffold carries no template.",
        "Name one: --template URL, or install from a git checkout or URL.",
    )


def _direct_url() -> dict[str, Any]:
    """Read how mlscaffold was installed."""
    for record in installed.records("mlscaffold"):
        if (found := record / "direct_url.json").is_file():
            return dict(json.loads(found.read_text()))
    return {}


def _path(url: str) -> Path:
    from urllib.parse import unquote, urlsplit

    return Path(unquote(urlsplit(url).path))


def _checkout(folder: Path) -> Source | None:
    if not (folder / ".git").exists():
        return None
    origin = git.origin(folder)
    return Source(without_password(origin) if origin else str(folder), str(folder), local=True, builtin=True)


def _source_url() -> str:
    from importlib.metadata import distribution

    urls: list[str] = distribution("mlscaffold").metadata.get_all("Project-URL") or []
    return next(url.partition(", ")[2] for url in urls if url.startswith("Source, "))
