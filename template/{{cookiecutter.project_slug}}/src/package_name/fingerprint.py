"""A hash of the code behind a task: its module and everything of ours that the module imports.

gokart's own hash sees only the methods of the task's class. This one follows imports, and looks at the syntax
tree, so an edited helper changes it while an edited comment, docstring or line break does not.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def code_fingerprint(module: str) -> str:
    """Hash the syntax trees of `module` and of all modules of ours that it reaches."""
    digest = hashlib.sha256()
    for name, path in sorted(_reachable(module).items()):
        digest.update(f"{name} {_code_of(path)[0]}\n".encode())
    return digest.hexdigest()


def _reachable(module: str) -> dict[str, Path]:
    """Find the files of `module` and of what it imports, directly or through others."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _file_of(name)
        if path is not None and name not in found:
            found[name] = path
            waiting += _imports(name, path)
    return found


def _imports(module: str, path: Path) -> Iterator[str]:
    """Name what a module imports, and the packages above it, which Python runs first."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for name in [module, *_code_of(path)[1]]:
        absolute = _absolute(name, package)
        yield absolute
        while "." in absolute:
            absolute = absolute.rpartition(".")[0]
            yield absolute


def _absolute(name: str, package: str) -> str:
    """Resolve the leading dots of a relative import."""
    bare = name.lstrip(".")
    level = len(name) - len(bare)
    if level == 0:
        return name
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], bare]).rstrip(".")


@cache
def _code_of(path: Path) -> tuple[str, tuple[str, ...]]:
    """Give the syntax tree of a file without docstrings, as text, and the names it imports."""
    tree = ast.parse(path.read_bytes())
    imported: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            inside = base if base.endswith(".") else f"{base}."
            imported += [base, *(inside + alias.name for alias in node.names)]
        elif isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return ast.dump(tree), tuple(imported)


@cache
def _file_of(module: str) -> Path | None:
    """Find the file of a module of ours; nothing for other people's modules and for names inside modules."""
    top, *rest = module.split(".")
    root = _root_of(top)
    if root is None:
        return None
    if root.is_file():
        return None if rest else root
    place = root.joinpath(*rest)
    for candidate in (place / "__init__.py", place.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


@cache
def _root_of(package: str) -> Path | None:
    """Find the folder of a package that was made from this template: one that has this very module."""
    if package == "__main__":
        script = getattr(sys.modules["__main__"], "__file__", None)
        return Path(script) if script else None
    if package in sys.stdlib_module_names or not package:
        return None
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return next((Path(place) for place in places or () if (Path(place) / Path(__file__).name).is_file()), None)
