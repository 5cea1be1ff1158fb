"""Lay the chosen options over the project and give its package its name.

A file that only some projects have lies in `options/<question>/<answer>/`; what lies there is moved to the
root, options inside options included, and the rest is dropped. Python files are copied as they are and say
`package_name` for the package, so that the template itself can be linted and type-checked.
"""

import json
import re
import shutil
from pathlib import Path

answers = json.loads(r"""{{ cookiecutter | tojson }}""")


def lay_over(root):
    """Move the files of the chosen options into `root`, until no options are left."""
    options = root / "options"
    while options.is_dir():
        chosen = options.rename(root / "options.chosen")
        for question in sorted(chosen.iterdir()):
            move_into(question / answers[question.name], root)
        shutil.rmtree(chosen)


def move_into(source, target):
    """Move every file below `source` to the same place below `target`; a clash is a fault of the template."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        elif place.exists():
            raise SystemExit(f"Two options of the template write {place}.")
        else:
            path.rename(place)


def name_package(root, name):
    """Replace the stand-in `package_name` in paths and in Python files."""
    for path in sorted(root.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\bpackage_name\b", name, text), encoding="utf-8", newline="\n")
    (root / "src" / "package_name").rename(root / "src" / name)


lay_over(Path())
name_package(Path(), answers["package_name"])
