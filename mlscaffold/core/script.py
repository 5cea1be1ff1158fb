"""Whether an answer changes what a template's hook does: hooks are scripts into which answers are rendered.

A template is trusted and may run its code. The answers come from a project, which may be anybody's: in
`name = "{{ cookiecutter.name }}"` an answer with a quotation mark would be code.
"""

import ast
import re
from typing import Any

_HARMLESS = re.compile(r"[\w .,:/@+=-]*")
_LEADS_AWAY = re.compile(r"[/~-]|(?:.*/)?\.\.(?:/|$)")
_SHELL = {
    "system",
    "popen",
    "getoutput",
    "getstatusoutput",
    "create_subprocess_shell",
    "eval",
    "exec",
    "compile",
}


def harmless(answer: Any) -> bool:
    """Return whether an answer is plain words, which do nothing in any script; lists and dicts are when all in them is."""
    if isinstance(answer, dict):
        return all(harmless(each) for pair in answer.items() for each in pair)
    if isinstance(answer, list):
        return all(map(harmless, answer))
    return not isinstance(answer, str) or bool(_HARMLESS.fullmatch(answer) and not _LEADS_AWAY.match(answer))


def placeholder(answer: Any) -> Any:
    """Return plain words in the answer's place."""
    if isinstance(answer, dict):
        return {placeholder(key): placeholder(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [placeholder(each) for each in answer]
    return "placeholder" if isinstance(answer, str) and not harmless(answer) else answer


def leads_away(answer: Any) -> bool:
    """Return whether an answer, or one in it, would be a path out of the project or an option."""
    if isinstance(answer, dict):
        return any(leads_away(each) for pair in answer.items() for each in pair)
    if isinstance(answer, list):
        return any(map(leads_away, answer))
    return isinstance(answer, str) and bool(_LEADS_AWAY.match(answer))


def same_code(name: str, script: str, plain: str, *, same_texts: bool) -> bool:
    """Return whether a hook does the same with an answer (script) as with plain words in its place.

    A Python script may differ in its texts, unless it hands texts to a shell or they have to be the same;
    of other languages we know too little to allow any difference.
    """
    if script == plain:
        return True
    if not name.endswith(".py"):
        return False
    try:
        ours, theirs = ast.parse(script), ast.parse(plain)
        strict = same_texts or _uses_shell(theirs)
        return _shape(ours, strict) == _shape(theirs, strict)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False


def _uses_shell(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        named = (
            getattr(node, "attr", None)
            or getattr(node, "id", None)
            or getattr(node, "arg", None)
            or getattr(node, "name", None)
        )
        if named in _SHELL or (named == "shell" and isinstance(node, ast.keyword)):
            return True
        if isinstance(node, ast.Constant) and node.value == "-c":
            return True
    return False


def _shape(tree: ast.AST, with_texts: bool) -> str:
    if not with_texts:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                node.value = ""
    return ast.dump(tree)
