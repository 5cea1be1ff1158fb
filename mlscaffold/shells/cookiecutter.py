"""cookiecutter, as it runs in our child process: a template and its answers in, a rendered folder out."""

import importlib
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mlscaffold.core.evolution import carried
from mlscaffold.core.script import harmless, leads_away, placeholder, same_code
from mlscaffold.shells import child, compiled

_OF_ITS_OWN = ("_extensions", "_jinja2_env_vars")
"""A template that sets one of these has a Jinja of its own, with which no code is shared."""
TOLD = "compiled.json"


def render(job: Mapping[str, Any]) -> dict[str, Any]:
    """Render a checked-out template; runs in the child.

    job: `template`, the folder of cookiecutter.json; `answers`, put into the context as they are, never
    rendered; `private`, what cruft adds to every context (`_template`, `_commit`); `out`, the folder to
    render into; `hooks`, whether to run them.

    `renamed` and `replaced`: what the policy says of variables and choices that are no more.

    Returns the rendered `folder`, its `context`, and what is to be said (`notes`); `hook` if one of them failed.
    """
    from cookiecutter.exceptions import FailedHookException

    try:
        return _generate(job)
    except FailedHookException as error:
        return {"hook": str(error)}


def _generate(job: Mapping[str, Any]) -> dict[str, Any]:
    from cookiecutter.environment import StrictEnvironment
    from cookiecutter.find import find_template
    from cookiecutter.generate import generate_context, generate_files
    from cookiecutter.utils import create_env_with_context

    template, hooks = Path(job["template"]), bool(job["hooks"])
    sys.path.append(str(template))  # a template's own extensions live beside its cookiecutter.json
    _require_variables(template / "cookiecutter.json")
    context = generate_context(context_file=str(template / "cookiecutter.json"))
    variables = context["cookiecutter"]
    variables.pop("__prompts__", None)
    if not any(variables.get(name) for name in _OF_ITS_OWN):
        compiled.share(StrictEnvironment)
    env = create_env_with_context(context)
    answers, notes = carried(job["answers"], variables, job["renamed"], job["replaced"])
    filled = _filled(variables, answers, env)
    filled.update(job["private"])
    context["cookiecutter"] = filled

    def rendered(text: str, filled: Mapping[str, Any] = filled) -> str:
        return str(env.from_string(text).render(**{**context, "cookiecutter": filled}))

    refuse_escapes(env, Path(find_template(template, env)), rendered)
    if hooks and (odd := _odd(variables, _filled(variables, {}, env), answers)):
        plain = _filled(variables, {**answers, **{name: placeholder(answers[name]) for name in odd}}, env)
        _refuse_code(template, odd, lambda text: (rendered(text), rendered(text, plain)))
    folder = generate_files(
        repo_dir=template,
        context=context,
        output_dir=job["out"],
        accept_hooks=hooks,
        overwrite_if_exists=True,
    )  # as cruft: two folders of a template may render to the same
    return {"folder": str(folder), "context": filled, "notes": notes}


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


def _odd(
    variables: Mapping[str, Any], defaults: Mapping[str, Any], answers: Mapping[str, Any]
) -> dict[str, Any]:
    """Return those answers that are not the template's own and may be more than plain words to a script."""
    return {
        name: answer
        for name, answer in answers.items()
        if name in defaults
        and not harmless(answer)
        and answer != defaults[name]
        and not (isinstance(variables[name], list) and answer in variables[name])
    }


def _refuse_code(template: Path, odd: Mapping[str, Any], both: Callable[[str], tuple[str, str]]) -> None:
    """Raise before anything runs if one of the answers would be code in a hook, or a path out of the project."""
    from cookiecutter.hooks import find_hook

    for hook in ("pre_gen_project", "post_gen_project"):
        for path in find_hook(hook, str(template / "hooks")) or []:
            script, plain = both(Path(path).read_text("utf-8"))
            away = any(map(leads_away, odd.values()))
            if not same_code(path, script, plain, same_texts=away):
                raise ValueError(
                    f"one of the answers {', '.join(sorted(odd))} would change what its hook {Path(path).name} does"
                )


def _require_variables(file: Path) -> None:
    try:
        variables = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its cookiecutter.json cannot be read: {error}") from error
    if not isinstance(variables, dict):
        raise TypeError("its cookiecutter.json is not a JSON object")


def generate_inside(making: Path | None = None, **arguments: Any) -> str:
    """Do as cookiecutter's generate_files, but write no name that leaves the folder.

    making: a file to write the folder's path to before it is made; not written for one that is there already.
    """
    from cookiecutter.find import find_template
    from cookiecutter.generate import generate_files
    from cookiecutter.utils import create_env_with_context

    context = arguments["context"]
    env = create_env_with_context(context)
    root = Path(find_template(arguments["repo_dir"], env))

    def rendered(text: str) -> str:
        return str(env.from_string(text).render(**context))

    refuse_escapes(env, root, rendered)
    folder = Path(arguments["output_dir"], rendered(root.name))
    if making is not None and not os.path.lexists(folder):
        making.write_text(str(folder))
    return str(generate_files(**arguments))


def refuse_escapes(env: Any, root: Path, rendered: Callable[[str], str]) -> None:
    """Raise before anything is written if a name of the template would render to a path outside of its folder."""
    folder = rendered(root.name)
    if _leaves(folder) or "/" in folder or folder in ("", ".") or not _literal(env, folder):
        raise ValueError(f"its folder {root.name!r} renders to {folder!r}, which is not one folder's name")
    for where, folders, files in os.walk(root):
        for raw in (*folders, *files):
            path = os.path.relpath(os.path.join(where, raw), root)
            name = rendered(path)
            if _leaves(name):
                raise ValueError(f"its path {path!r} renders to {name!r}, which is no path inside a project")


def _literal(env: Any, text: str) -> bool:
    """Return whether Jinja would leave a text as it is; cookiecutter renders the folder's name again with every path."""
    return all(token == "data" for _, token, _ in env.lex(text))


def _leaves(name: str) -> bool:
    parts = name.lower().split("/")
    return name.startswith("/") or ".." in parts or ".git" in parts or "\\" in name or "\0" in name


def quiet() -> None:
    """Keep cookiecutter from logging tracebacks: its errors are explained, and a hook's own words are in the log."""
    logger = logging.getLogger("cookiecutter")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False


def explained(error: BaseException) -> str:
    """Say in one line what is wrong, with the template's file and line where Jinja knows them."""
    from cookiecutter.exceptions import (
        NonTemplatedInputDirException,
        UndefinedVariableInTemplate,
        UnknownExtension,
    )
    from jinja2 import TemplateSyntaxError, UndefinedError

    if isinstance(error, EOFError):
        return "there is nobody to answer its questions: -y takes the defaults, --answer NAME=VALUE gives one"
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or error.name or 'a variable'}, line {error.lineno}: {error.message}"
    if isinstance(error, UndefinedVariableInTemplate):
        return f"{error.message}: {error.error.message}{_line_in_template(error.error)}"
    if isinstance(error, UndefinedError):
        return f"{error.message}{_line_in_template(error)}"
    if isinstance(error, UnicodeDecodeError):
        return f"{_in_hand(error)} is neither UTF-8 text nor binary: {error}"
    if isinstance(error, UnknownExtension):
        return (
            f"its cookiecutter.json asks for an extension that is to be installed beside mlscaffold: {error}"
        )
    if isinstance(error, NonTemplatedInputDirException):
        return "it has no folder whose name asks for a variable, like {{ cookiecutter.project_slug }}"
    if isinstance(error, MemoryError):
        return "it needs more memory than a rendering may have"
    return f"{error}".replace("\n", " ") or type(error).__name__


def _in_hand(error: BaseException) -> str:
    """Return the file that cookiecutter was rendering when something went wrong."""
    trace, file = error.__traceback__, "a file"
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "generate_file":
            file = str(trace.tb_frame.f_locals.get("infile", file))
        trace = trace.tb_next
    return file


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


def main() -> None:
    """Render what is asked for, and end."""
    quiet()
    child.serve(render, explained)
    compiled.tell(Path(sys.argv[1]).with_name(TOLD))


def prepare() -> None:
    """Import what every rendering of a fork needs, cookiecutter's own extensions of Jinja included."""
    for name in ("find", "generate", "prompt"):
        importlib.import_module(f"cookiecutter.{name}")
    from cookiecutter.utils import create_env_with_context

    create_env_with_context({"cookiecutter": {}}).from_string("{{ 1 }}").render()
    importlib.import_module("cookiecutter.generate").is_binary(
        __file__
    )  # takes a dozen encodings to judge by


def told(work: Path) -> bytes:
    """Return what a fork that has rendered tells the next ones."""
    return compiled.told(work / TOLD)


def learn(said: bytes) -> None:
    """Take from it what saves the next ones time."""
    from cookiecutter.environment import StrictEnvironment

    compiled.learn(said, StrictEnvironment(keep_trailing_newline=True))


if __name__ == "__main__":
    main()
