"""Draws docs/check.svg: `mlscaffold check` in a project that has strayed, made here and now."""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

POLICY = '[[rule]]\npath = "ruff.toml"\nrule = "exact"\nreason = "one style everywhere"\n\n[[rule]]\npath = "setup.cfg"\nrule = "absent"\n'
FILES = {
    "README.md": "# Churn\n",
    "Makefile": "check:\n\truff check .\n",
    "main.py": "import pipeline\n",
    "ruff.toml": "line-length = 120\n",
    "conf/train.toml": "seed = 1\n",
}


def main() -> None:
    """Make a template and a project, let both move, and export what check says of them."""
    mlscaffold = str(Path(sys.executable).parent / "mlscaffold")
    with tempfile.TemporaryDirectory() as work:
        os.environ.update(HOME=work, GIT_CONFIG_NOSYSTEM="1", COLUMNS="80", FORCE_COLOR="1")
        template, project = Path(work, "scaffold"), Path(work, "churn-model")
        inside = template / "{{cookiecutter.name}}"
        _write(template, {"cookiecutter.json": json.dumps({"name": "churn-model"}), "policy.toml": POLICY})
        _write(inside, FILES)
        _run(template, "git", "init", "-q")
        _commit(template)
        _run(Path(work), mlscaffold, "new", "-y", "-t", str(template))
        _write(
            inside,
            {
                "Makefile": "check:\n\truff check .\n\tpytest\n",
                "tests/test_pipeline.py": "def test_runs(): ...\n",
            },
        )
        _commit(template)
        _write(
            project,
            {"ruff.toml": "line-length = 200\n", "setup.cfg": "[flake8]\n", "conf/train.toml": "seed = 2\n"},
        )
        (project / "main.py").unlink()
        _commit(project)
        _write(project, {"README.md.rej": "@@ -1 +1 @@\n"})
        said = subprocess.run(
            [mlscaffold, "check"], cwd=project, capture_output=True, text=True, check=False
        ).stdout
        said = said.replace(str(template), "github.com/acme/scaffold")
    console = Console(record=True, width=80, file=io.StringIO())
    console.print(Text("$ mlscaffold check", "bold cyan"))
    console.print(Text.from_ansi(said))
    svg = console.export_svg(title="mlscaffold check")
    own_fonts = re.sub(
        r"@font-face \{.*?\}", "", svg, flags=re.DOTALL
    )  # the reader's, not fetched from elsewhere
    Path(__file__).with_name("check.svg").write_text(own_fonts)


def _write(folder: Path, files: dict[str, str]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)


def _commit(folder: Path) -> None:
    _run(folder, "git", "add", "-A")
    _run(folder, "git", "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "-m", "change")


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
