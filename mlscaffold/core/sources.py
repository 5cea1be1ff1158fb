"""Which of a template's files render to a path, judged by their names."""

import re

from mlscaffold.core.tree import Tree

_LITERAL = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")


def sources_of(tree: Tree, directory: str, path: str) -> list[str]:
    """Return the template's files that could render to a path, judged by their names; the closest ones only.

    A template's hooks may move a file, so that one of the same name elsewhere counts if no other fits.
    """
    inside = f"{directory}/" if directory else ""
    names = [name for name in tree if name.startswith(inside) and "{{" in name]
    fitting = [
        name for name in names if _pattern(name.removeprefix(inside).partition("/")[2]).fullmatch(path)
    ]
    if fitting:
        most = max(len(_LITERAL.sub("", name)) for name in fitting)
        return [name for name in fitting if len(_LITERAL.sub("", name)) == most]
    last = path.rpartition("/")[2]
    return [name for name in names if _pattern(name.rpartition("/")[2]).fullmatch(last)]


def _pattern(name: str) -> re.Pattern[str]:
    parts = _LITERAL.split(name)
    return re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
