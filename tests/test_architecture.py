"""Imports run one way, each third-party package has one home, and a warm check imports no heavy one."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mlscaffold
from tests.worlds import Template, new, template

ROOT = Path(mlscaffold.__file__).parent

LAYERS = [
    {"core"},
    {"documents", "shells"},
    {"worktree"},
    {"templates"},
    {"builtin"},
    {"declared", "demanding", "dressing", "history", "renames"},
    {"gather"},
    {"merging"},
    {"migrating"},
    {"conflicts"},
    {"findings", "planning", "style"},
    {"unfinished"},
    {"check", "diff", "leftovers", "new", "policy", "publish", "update"},
    {"explain", "status"},
    {"adopting"},
    {"adopt"},
    {"score"},
    {"fleet"},
    {"exits", "show"},
    {"cli_fleet"},
    {"cli"},
    {"__main__"},
]
"""From what is imported to what imports: a module imports from the layers before its own, and from its own package."""

SHARED_BY_SHELLS = {"child", "cookiecutter", "git"}
"""What other shells stand on: the process they run in, the tool that cruft calls, and the runner of git."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        yield path.relative_to(ROOT).with_suffix("").as_posix(), ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield every module that is imported, but for those that only types need."""
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (
                names
                if node.module in ("mlscaffold", "mlscaffold.shells", "mlscaffold.core")
                else [node.module]
            )


def layer(name: str) -> int:
    return next(index for index, names in enumerate(LAYERS) if name in names)


def test_every_module_has_a_layer() -> None:
    known = set().union(*LAYERS)
    assert {name.split("/")[0] for name, _ in modules()} - {"__init__"} == known


def test_imports_run_one_way() -> None:
    known = set().union(*LAYERS)
    wrong = [
        f"{name} imports {target}"
        for name, tree in modules()
        for target in imported(tree)
        if (own := name.split("/")[0]) in known
        and target.startswith("mlscaffold.")
        and (other := target.split(".")[1]) in known - {own}
        and layer(other) >= layer(own)
    ]
    assert wrong == []


def test_no_shell_knows_another() -> None:
    wrong = [
        f"{name} imports {target}"
        for name, tree in modules()
        for target in imported(tree)
        if name.startswith("shells/") and target.startswith("mlscaffold.shells.")
        if target.split(".")[2] not in SHARED_BY_SHELLS
    ]
    assert wrong == []


def test_core_is_pure() -> None:
    doing = {"os", "subprocess", "pathlib", "shutil", "tempfile", "socket", "time", "requests", "fcntl"}
    wrong = [
        f"{name} imports {target}"
        for name, tree in modules()
        if name.startswith("core/")
        for target in imported(tree)
        if target.split(".")[0] in doing
    ]
    assert wrong == []


def test_each_third_party_package_is_imported_in_one_file() -> None:
    homes: dict[str, set[str]] = {}
    for name, tree in modules():
        for target in imported(tree):
            package = target.split(".")[0]
            if package not in sys.stdlib_module_names and package not in ("mlscaffold", "_sha1"):
                homes.setdefault(package, set()).add(
                    name.removesuffix("_fleet")
                )  # one command line in two files
    assert {package: files for package, files in homes.items() if len(files) > 1} == {}
    assert {"cookiecutter", "cruft", "git", "platformdirs", "rich", "typer"} <= homes.keys()


def test_a_warm_check_imports_nothing_heavy(tmp_path: Path) -> None:
    made: Template = template(tmp_path / "template", {"README.md": "hello\n"})
    project = new(made, tmp_path)
    code = """
import sys
from mlscaffold.cli import app
try:
    app(["check"])
except SystemExit as end:
    assert not end.code, end.code
heavy = {"cookiecutter", "cruft", "git", "rich", "tomlkit", "ruamel", "requests", "jinja2", "importlib.metadata", "tomllib", "_hashlib"}
print(sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr
