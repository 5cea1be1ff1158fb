"""cookiecutter, as it runs in our child process: a template and its answers in, a rendered folder out."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mlscaffold.shells import child


def render(job: Mapping[str, Any]) -> dict[str, Any]:
    """Render a checked-out template; runs in the child.

    job: `template`, the folder of cookiecutter.json; `answers`, put into the context as they are, never
    rendered; `private`, what cruft adds to every context (`_template`, `_commit`); `out`, the folder to
    render into; `hooks`, whether to run them.

    Returns the rendered `folder` and its `context`.
    """
    return _generate(Path(job["template"]), job["answers"], job["private"], job["out"], job["hooks"])


def _generate(
    template: Path, answers: Mapping[str, Any], private: Mapping[str, str], out: str, hooks: bool
) -> dict[str, Any]:
    from cookiecutter.find import find_template
    from cookiecutter.generate import generate_context, generate_files
    from cookiecutter.utils import create_env_with_context

    sys.path.append(str(template))  # a template's own extensions live beside its cookiecutter.json
    context = generate_context(context_file=str(template / "cookiecutter.json"))
    variables = context["cookiecutter"]
    variables.pop("__prompts__", None)
    env = create_env_with_context(context)
    filled = _filled(variables, answers, env)
    filled.update(private)
    context["cookiecutter"] = filled
    root = Path(find_template(template, env))
    _refuse_escapes(root, lambda text: str(env.from_string(text).render(**context)))
    folder = generate_files(repo_dir=template, context=context, output_dir=out, accept_hooks=hooks)
    return {"folder": str(folder), "context": filled}


def _filled(variables: Mapping[str, Any], answers: Mapping[str, Any], env: Any) -> dict[str, Any]:
    """Give every variable of the template its value, in the order of cookiecutter's own two passes.

    https://github.com/cookiecutter/cookiecutter/blob/2.7.1/cookiecutter/prompt.py (prompt_for_config)
    """
    from cookiecutter.prompt import render_variable

    filled: dict[str, Any] = {}
    for name, raw in variables.items():
        if name.startswith("_") and not name.startswith("__"):
            filled[name] = raw
        elif not isinstance(raw, dict):
            default = render_variable(env, raw, filled)
            filled[name] = default if name.startswith("__") else _answer(default, answers.get(name))
    for name, raw in variables.items():
        if isinstance(raw, dict) and not (name.startswith("_") and not name.startswith("__")):
            default = render_variable(env, raw, filled)
            filled[name] = default if name.startswith("__") else _answer(default, answers.get(name))
    return filled


def _answer(default: Any, answer: Any) -> Any:
    """Choose between a rendered default and a recorded answer, which may be None: not recorded."""
    if isinstance(default, list):
        choices = answer if isinstance(answer, list) and answer else default
        return choices[0] if answer is None or isinstance(answer, list) else answer
    if answer is None:
        return default
    if isinstance(default, dict) and isinstance(answer, dict):
        return {**default, **answer}
    if isinstance(default, bool) and isinstance(answer, str):
        return answer.strip().lower() in {"1", "true", "t", "yes", "y", "on"}
    return answer


def _refuse_escapes(root: Path, rendered: Callable[[str], str]) -> None:
    """Raise before anything is written if a name of the template would render to a path outside of its folder."""
    folder = rendered(root.name)
    if _leaves(folder) or "/" in folder or folder in ("", "."):
        raise ValueError(f"its folder {root.name!r} renders to {folder!r}, which is not one folder's name")
    for path in _walk(root):
        name = rendered(str(path.relative_to(root)))
        if _leaves(name):
            raise ValueError(
                f"its path {str(path.relative_to(root))!r} renders to {name!r}, which leaves the project"
            )


def _leaves(name: str) -> bool:
    return name.startswith("/") or ".." in name.split("/") or "\\" in name or "\0" in name


def _walk(root: Path) -> Iterator[Path]:
    """Yield all paths of a template, and stop at a link that leaves it: its target would be copied in."""
    home = root.parent.resolve()
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder, name)
            if path.is_symlink() and not path.resolve().is_relative_to(home):
                raise ValueError(f"its link {str(path.relative_to(root))!r} points out of the template")
            yield path


def explained(error: BaseException) -> str:
    """Say in one line what is wrong, with the template's file and line where Jinja knows them."""
    from cookiecutter.exceptions import UndefinedVariableInTemplate
    from jinja2 import TemplateSyntaxError

    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or error.name or 'a variable'}, line {error.lineno}: {error.message}"
    if isinstance(error, UndefinedVariableInTemplate):
        return f"{error.message}: {error.error.message}{_line_in_template(error.error)}"
    if isinstance(error, MemoryError):
        return "it needs more memory than a rendering may have"
    return f"{error}".replace("\n", " ") or type(error).__name__


def _line_in_template(error: BaseException) -> str:
    """Return the last frame of the traceback that is a template's, which Jinja rewrites to its file and line."""
    trace, line = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if (
            "{{" in code.co_filename
            or code.co_filename.startswith("./")
            or code.co_name.startswith("top-level template")
        ):
            line = f" ({code.co_filename.removeprefix('./')}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return line


if __name__ == "__main__":
    child.serve(render, explained)
