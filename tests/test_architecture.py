"""Imports run one way, each third-party package has one home, and a warm check imports no heavy one."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mlscaffold
from tests.worlds import Template, new, states, template

ROOT = Path(mlscaffold.__file__).parent

LAYERS = [
    {"core"},
    {"documents", "shells"},
    {"project.survey", "project.worktree"},
    {"templates.renderings", "templates.sources", "templates.store"},
    {"templates.beyond", "templates.builtin"},
    {
        "merging.demanding",
        "project.declared",
        "project.dressing",
        "project.renames",
        "templates.lost",
    },
    {"project.gather"},
    {"project.history"},
    {"merging.merge", "merging.settling"},
    {"merging.excusing", "merging.migrating"},
    {"merging.conflicts"},
    {"checking.findings", "checking.renamed", "checking.style", "merging.planning"},
    {"merging.unfinished"},
    {"merging.landing"},
    {"adopting"},
    {
        "checking.leftovers",
        "publish",
        "verbs.check",
        "verbs.diff",
        "verbs.new",
        "verbs.policy",
        "verbs.update",
    },
    {"verbs.explain", "verbs.status"},
    {"verbs.adopt"},
    {"verbs.score"},
    {"fleet"},
    {"exits", "show"},
    {"cli"},
    {"__main__"},
]
"""From what is imported to what imports: a module imports from the layers before its own, and from its own package."""

SHARED_BY_SHELLS = {"child", "compiled", "cookiecutter", "failpoint", "git", "gitimport"}
"""What other shells stand on: the process they run in, where it may be killed, the tool that cruft calls, and the runner of git."""


PACKAGES = {"mlscaffold", *(f"mlscaffold.{path.parent.name}" for path in ROOT.glob("*/__init__.py"))}
"""Packages, from which modules are imported by name."""


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
            yield from (names if node.module in PACKAGES else [node.module])


def layer(name: str) -> int | None:
    """Return the layer of a module, below `mlscaffold.`, or of the package it is in."""
    parts = name.split(".")
    names = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return next((index for index, known in enumerate(LAYERS) if known & names), None)


def dotted(path: str) -> str:
    return path.replace("/", ".")


def test_every_module_has_a_layer() -> None:
    packages = (
        "__init__",
        *(name for name, tree in modules() if name.endswith("/__init__") and len(tree.body) == 1),
    )
    assert [name for name, _ in modules() if name not in packages and layer(dotted(name)) is None] == []


def test_imports_run_one_way() -> None:
    wrong = [
        f"{name} imports {target}"
        for name, tree in modules()
        for target in imported(tree)
        if (own := layer(dotted(name))) is not None
        and target.startswith("mlscaffold.")
        and (other := layer(target.removeprefix("mlscaffold."))) is not None
        and (other > own or (other == own and target.split(".")[1] != name.split("/")[0]))
    ]
    assert wrong == []


def test_single_project_tool_is_whole_without_the_fleet() -> None:
    using = {
        name
        for name, tree in modules()
        for target in imported(tree)
        if target.startswith("mlscaffold.fleet") and not name.startswith(("fleet/", "cli/fleet/"))
    }
    assert using == set()


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
                homes.setdefault(package, set()).add("cli" if name.startswith("cli/") else name)
    assert {package: files for package, files in homes.items() if len(files) > 1} == {}
    assert {"cookiecutter", "cruft", "git", "platformdirs", "typer"} <= homes.keys()


def test_a_warm_check_imports_nothing_heavy(tmp_path: Path) -> None:
    made: Template = template(tmp_path / "template", {"README.md": "hello\n"})
    project = new(made, tmp_path)
    assert states(project) == {}  # renders, for once
    code = """
import sys
from mlscaffold.cli import app
try:
    app(["check"])
except SystemExit as end:
    assert not end.code, end.code
heavy = {"cookiecutter", "cruft", "git", "rich", "tomlkit", "ruamel", "requests", "jinja2", "importlib.metadata", "tomllib", "_hashlib", "platformdirs", "tempfile"}
print(sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr
