"""Refuse answers that would give a project that does not work, before any file is written."""

import json
import keyword
import re
import sys

answers = json.loads(r"""{{ cookiecutter | tojson }}""")

CHOICES = {
    "project_kind": ("service", "task-library"),
    "model_stack": ("sklearn", "lightning"),
    "python_version": ("3.11", "3.12", "3.13"),
    "type_checker": ("mypy", "ty", "none"),
    "ci": ("github", "gitlab", "circleci", "none"),
    "branching": ("trunk", "gitflow"),
    "deploy": ("kubernetes", "none"),
    "cache_storage": ("local", "s3", "gcs"),
}
TAKEN = {"conf", "gokart", "lightning", "luigi", "numpy", "options", "package_name", "pandas", "pyarrow"}
TAKEN |= {"pytest", "sklearn", "src", "tensorboard", "tests", "torch"} | sys.stdlib_module_names


def faults():
    """One sentence per answer that cannot be used."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?", answers["project_slug"]):
        yield "project_slug: use 1 to 50 lower-case letters, digits and inner hyphens"
    package = answers["package_name"]
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", package) or keyword.iskeyword(package):
        yield "package_name: use a Python name of 1 to 30 lower-case letters, digits and underscores"
    elif package in TAKEN:
        yield f"package_name: {package} would hide another module of that name, choose another one"
    for text in ("project_name", "description", "author"):
        if not answers[text].strip() or re.search(r'["\\{}\x00-\x1f\x7f]', answers[text]):
            yield f"{text}: write one line of text without double quotes, backslashes and braces"
    for choice, values in CHOICES.items():
        if answers[choice] not in values:
            yield f"{choice}: choose one of {', '.join(values)}"


if found := list(faults()):
    sys.exit("This project cannot be made.\n" + "\n".join(f"  {fault}" for fault in found))
