"""Patterns mean what git's and cruft's own code makes of them."""

import os
import subprocess
from pathlib import Path

import pytest
from cruft._commands.utils.generate import _get_skip_paths, _remove_paths

from mlscaffold.core.globs import cruft_skip, gitignore
from tests.worlds import write

PATHS = (
    "README.md",
    "a.lock",
    "b.txt",
    "[ab].txt",
    "docs/index.md",
    "docs/deep/er/page.md",
    "docs/a.lock",
    "src/app.py",
    "src/app/main.py",
    "src/app/util/io.py",
    "src/.hidden",
    "tests/test_app.py",
    "x/docs/y.md",
    "x/y/z/docs/deep/page.md",
    "with space.txt",
    "*.star",
    "new\nline.txt",
    "grün.md",
    "docs.md",
    "a+b(c).txt",
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    write(folder, dict.fromkeys(PATHS, ""))
    return folder


def _left(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "entry",
    [
        "README.md",
        "./README.md",
        "docs",
        "docs/",
        "docs/deep",
        "docs//deep/./er",
        "app.py",
        "*",
        "*.lock",
        "*.md",
        "docs/*",
        "docs/*.md",
        "*/docs",
        "**/docs",
        "**/*.md",
        "**",
        "docs/**",
        "src/**/io.py",
        "**/app/**",
        "src/app*",
        "[ab].txt",
        "[ab]*.txt",
        "[!b]*.txt",
        "?.txt",
        "a?lock*",
        "*.star",
        "new*",
        "gr*n.md",
        "a+b(c).txt",
        "a+b*",
        ".hidden",
        "src/.h*",
        "src/*",
        "nothing*",
        "",
        ".",
    ],
)
def test_skip_leaves_out_what_cruft_removes(entry: str, tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(PATHS, ""))
    if entry not in ("", "."):  # to cruft these are the project itself, all of it
        _remove_paths(tmp_path, _get_skip_paths({"skip": [entry]}, tmp_path / "none.toml"))
    skipped = cruft_skip([entry])
    assert {path for path in PATHS if not skipped(path)} == _left(tmp_path)


@pytest.mark.parametrize("entry", ["/etc", "../x", "docs/../../x", "/*", "../*", "docs/../README.md"])
def test_a_skip_that_leaves_the_project_names_nothing(entry: str) -> None:
    assert not any(map(cruft_skip([entry]), (*PATHS, "etc/passwd", "x")))


@pytest.mark.parametrize(
    "pattern",
    [
        "README.md",
        "/README.md",
        "docs",
        "docs/",
        "/docs/",
        "docs/deep",
        "docs/deep/",
        "deep/er",
        "*.md",
        "/*.md",
        "*.lock",
        "docs/*",
        "docs/*.md",
        "docs/**",
        "**/docs",
        "**/docs/",
        "**/docs/**",
        "src/**/*.py",
        "src/**/io.py",
        "**/deep/page.md",
        "**",
        "*",
        "/*",
        "*/",
        "x/**/page.md",
        "src/a*/",
        "[ab].txt",
        "[!a].txt",
        "[a-c].lock",
        "?.txt",
        "\\*.star",
        "\\[ab\\].txt",
        "with space.txt",
        "with*",
        "new*.txt",
        "gr*n.md",
        "a+b(c).txt",
        "do*s",
        "src/app",
        "app",
        ".*",
        "nothing",
    ],
)
def test_a_rule_names_what_git_would_ignore(pattern: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "ignored").write_text(f"{pattern}\n")
    done = subprocess.run(
        [
            "git",
            "-c",
            f"core.excludesFile={tmp_path / 'ignored'}",
            "check-ignore",
            "--no-index",
            "-z",
            "--stdin",
        ],
        cwd=_repository(tree),
        input=b"\0".join(map(os.fsencode, PATHS)),
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    ignored = {os.fsdecode(path) for path in done.stdout.split(b"\0") if path}
    assert {path for path in PATHS if gitignore(pattern)(path)} == ignored


def _repository(tree: Path) -> Path:
    if not (tree / ".git").exists():
        subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    return tree
