"""Projects whose template's two renderings are given as trees, so that a test of a merge renders nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mlscaffold.core.tree import Entry, blob_id
from mlscaffold.shells import files, git, gitimport
from mlscaffold.shells.settings import Settings
from mlscaffold.templates.renderings import Rendering
from mlscaffold.templates.sources import Source
from mlscaffold.templates.store import Answer, Store
from tests.worlds import commit
from tests.worlds import git as user_git

BASE, THEIRS = "1" * 40, "2" * 40
Files = Mapping[str, tuple[str, bytes]]
"""Path to mode and content."""


def files_of(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Return the files of a folder, the record left out."""
    if not folder.exists():
        return {}
    return {
        path: (entry.mode, content) for path, entry, content in files.walk(folder) if path != ".cruft.json"
    }


class GivenStore(Store):
    """A store that knows two renderings."""

    def __init__(self, folder: Path, base: Files, theirs: Files, policy: str | None) -> None:
        super().__init__(Source("https://example.com/template", str(folder), local=True), folder)
        git.init_bare(self.git_dir)
        gitimport.write_blobs(
            self.git_dir, [content for side in (base, theirs) for _, content in side.values()]
        )
        self.given = {
            name: Rendering(
                {path: Entry(mode, blob_id(content)) for path, (mode, content) in side.items()},
                {"project_slug": "p"},
                policy,
            )
            for name, side in ((BASE, base), (THEIRS, theirs))
        }

    def newest(
        self, ref: str | None, *, refresh: bool = False, offline: bool = False, since: float = 0.0
    ) -> Answer:
        del ref, refresh, offline, since
        return Answer(THEIRS, 0.0)

    def rendering(self, commit: str, *_: Any, **__: Any) -> Rendering:
        return self.given[commit]


def given(
    monkeypatch: pytest.MonkeyPatch, folder: Path, base: Files, theirs: Files, policy: str | None = None
) -> None:
    """Let every project be compared with these two trees."""
    store = GivenStore(folder, base, theirs, policy)
    settings = Settings(trust=("https://example.com/template",), cache=folder)
    monkeypatch.setattr("mlscaffold.project.gather.user.load", lambda: settings)
    monkeypatch.setattr("mlscaffold.project.gather.Store", lambda *_, **__: store)


def project(folder: Path, content: Files) -> Path:
    """Make a committed project with these files and a record."""
    folder.mkdir(parents=True)
    user_git(folder, "init", "-q", "--template=", "-b", "main")
    for path, (mode, data) in content.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if mode == "120000":
            target.symlink_to(data.decode())
        else:
            target.write_bytes(data)
            target.chmod(0o755 if mode == "100755" else 0o644)
    record = {
        "template": "https://example.com/template",
        "commit": BASE,
        "checkout": None,
        "context": {"cookiecutter": {"project_slug": "p"}},
        "directory": None,
    }
    (folder / ".cruft.json").write_text(json.dumps(record, indent=2) + "\n")
    commit(folder)
    return folder
