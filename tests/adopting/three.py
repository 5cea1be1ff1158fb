"""Three templates with a history each: mlscaffold's own, and two written as others write theirs."""

import json
import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.worlds import commit, git, write

OWN = Path(__file__).parents[2] / "template"
Files = Mapping[str, str]

_LIBRARY_JSON = {
    "full_name": "Ada Example",
    "email": "ada@example.com",
    "project_name": "Python Library",
    "project_slug": "{{ cookiecutter.project_name.lower().replace(' ', '_').replace('-', '_') }}",
    "project_short_description": "What it does.",
    "version": "0.1.0",
    "command_line_interface": ["click", "argparse", "none"],
    "use_docker": "n",
    "license": ["MIT", "BSD-3-Clause", "Not open source"],
    "internal_team": "nobody",
}
_LIBRARY: Files = {
    "cookiecutter.json": json.dumps(_LIBRARY_JSON, indent=2),
    "hooks/post_gen_project.py": """import os

if "{{ cookiecutter.use_docker }}" != "y":
    os.remove("Dockerfile")
    os.remove(".dockerignore")
if "{{ cookiecutter.license }}" == "Not open source":
    os.remove("LICENSE")
if "{{ cookiecutter.command_line_interface }}" == "none":
    os.remove(os.path.join("{{ cookiecutter.project_slug }}", "cli.py"))
""",
    "{{cookiecutter.project_slug}}/README.md": """# {{ cookiecutter.project_name }}

{{ cookiecutter.project_short_description }}

## Install

    pip install {{ cookiecutter.project_slug }}

## Use

    import {{ cookiecutter.project_slug }}

{% if cookiecutter.license != "Not open source" -%}
Free software: {{ cookiecutter.license }} license.
{%- endif %}
""",
    "{{cookiecutter.project_slug}}/setup.py": """from setuptools import find_packages, setup

requirements = [
{%- if cookiecutter.command_line_interface == "click" %}
    "click>=8",
{%- endif %}
    "requests>=2",
]

setup(
    name="{{ cookiecutter.project_slug }}",
    version="{{ cookiecutter.version }}",
    description="{{ cookiecutter.project_short_description }}",
    author="{{ cookiecutter.full_name }}",
    author_email="{{ cookiecutter.email }}",
    packages=find_packages(include=["{{ cookiecutter.project_slug }}"]),
    install_requires=requirements,
    {%- if cookiecutter.license != "Not open source" %}
    license="{{ cookiecutter.license }}",
    {%- endif %}
    python_requires=">=3.9",
)
""",
    "{{cookiecutter.project_slug}}/{{cookiecutter.project_slug}}/__init__.py": """\"\"\"{{ cookiecutter.project_name }}.\"\"\"

__author__ = "{{ cookiecutter.full_name }}"
__version__ = "{{ cookiecutter.version }}"
""",
    "{{cookiecutter.project_slug}}/{{cookiecutter.project_slug}}/core.py": """\"\"\"The main module.\"\"\"

import logging

logger = logging.getLogger("{{ cookiecutter.project_slug }}")


def load(path):
    logger.info("load %s", path)
    with open(path) as file:
        return file.read()


def save(path, text):
    logger.info("save %s", path)
    with open(path, "w") as file:
        file.write(text)


def main():
    print(load("input.txt"))
""",
    "{{cookiecutter.project_slug}}/{{cookiecutter.project_slug}}/cli.py": """\"\"\"Command line.\"\"\"
{% if cookiecutter.command_line_interface == "click" %}
import click

from {{ cookiecutter.project_slug }}.core import main


@click.command()
def run():
    main()
{% else %}
import argparse

from {{ cookiecutter.project_slug }}.core import main


def run():
    parser = argparse.ArgumentParser()
    parser.parse_args()
    main()
{% endif %}
""",
    "{{cookiecutter.project_slug}}/tests/test_core.py": """from {{ cookiecutter.project_slug }} import core


def test_it_loads_what_it_saved(tmp_path):
    core.save(tmp_path / "a", "text")
    assert core.load(tmp_path / "a") == "text"
""",
    "{{cookiecutter.project_slug}}/Dockerfile": """FROM python:3.11-slim
WORKDIR /app
COPY . .
RUN pip install .
CMD ["python", "-m", "{{ cookiecutter.project_slug }}.core"]
""",
    "{{cookiecutter.project_slug}}/.dockerignore": ".git\n.venv\n__pycache__\n",
    "{{cookiecutter.project_slug}}/LICENSE": """{% if cookiecutter.license == "MIT" -%}
MIT License

Copyright (c) {{ cookiecutter.full_name }}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software.
{%- elif cookiecutter.license == "BSD-3-Clause" -%}
BSD License

Copyright (c) {{ cookiecutter.full_name }}

Redistribution and use in source and binary forms are permitted.
{%- endif %}
""",
    "{{cookiecutter.project_slug}}/Makefile": """all: lint test

lint:
	flake8 {{ cookiecutter.project_slug }} tests

test:
	pytest

dist:
	python -m build

clean:
	rm -rf build dist
""",
    "{{cookiecutter.project_slug}}/tox.ini": """[tox]
envlist = py39, py310, py311

[testenv]
deps = pytest
commands = pytest
""",
    "{{cookiecutter.project_slug}}/.gitignore": "__pycache__/\n*.pyc\n.venv/\nbuild/\ndist/\n",
}

_SCIENCE_JSON = {
    "project_name": "Data Project",
    "repo_name": "{{ cookiecutter.project_name | lower | replace(' ', '-') }}",
    "module_name": "{{ cookiecutter.project_name | lower | replace(' ', '_') | replace('-', '_') }}",
    "author_name": "Your name or team",
    "description": "A short description.",
    "python_version": ["3.11", "3.10", "3.12"],
    "ci": ["github", "gitlab", "none"],
    "dataset_storage": ["none", "s3", "azure"],
    "include_notebooks": True,
    "_copy_without_render": ["*.html"],
}
_TOP = "{{ cookiecutter.repo_name }}"
_SCIENCE: Files = {
    "cookiecutter.json": json.dumps(_SCIENCE_JSON, indent=2),
    "README.md": "# A template for data projects\n",
    f"{_TOP}/README.md": """# {{ cookiecutter.project_name }}

{{ cookiecutter.description }}

## Layout

- `data/raw`: as it came, never changed
- `{{ cookiecutter.module_name }}/`: the code
{%- if cookiecutter.include_notebooks %}
- `notebooks/`: numbered, with initials
{%- endif %}
- `reports/`: what was found

By {{ cookiecutter.author_name }}.
""",
    f"{_TOP}/pyproject.toml": """[build-system]
requires = ["flit_core >=3.2,<4"]
build-backend = "flit_core.buildapi"

[project]
name = "{{ cookiecutter.module_name }}"
version = "0.0.1"
description = "{{ cookiecutter.description }}"
authors = [{ name = "{{ cookiecutter.author_name }}" }]
requires-python = "~={{ cookiecutter.python_version }}.0"
dependencies = [
    "pandas",
    {%- if cookiecutter.dataset_storage == "s3" %}
    "boto3",
    {%- elif cookiecutter.dataset_storage == "azure" %}
    "adlfs",
    {%- endif %}
    "typer",
]
""",
    f"{_TOP}/Makefile": """PYTHON = python{{ cookiecutter.python_version }}

requirements:
	$(PYTHON) -m pip install -e .

data: requirements
	$(PYTHON) -m {{ cookiecutter.module_name }}.dataset

{% if cookiecutter.dataset_storage == "s3" -%}
sync:
	aws s3 sync s3://{{ cookiecutter.repo_name }}/data/ data/
{%- elif cookiecutter.dataset_storage == "azure" -%}
sync:
	az storage blob download-batch -s {{ cookiecutter.repo_name }} -d data/
{%- endif %}

clean:
	find . -name "*.pyc" -delete
""",
    f"{_TOP}/{{{{ cookiecutter.module_name }}}}/__init__.py": "",
    f"{_TOP}/{{{{ cookiecutter.module_name }}}}/config.py": """from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"
RAW = DATA / "raw"
PROCESSED = DATA / "processed"
MODELS = ROOT / "models"
REPORTS = ROOT / "reports"
""",
    f"{_TOP}/{{{{ cookiecutter.module_name }}}}/dataset.py": """import typer

from {{ cookiecutter.module_name }}.config import PROCESSED, RAW

app = typer.Typer()


@app.command()
def main(source=RAW / "dataset.csv", target=PROCESSED / "dataset.csv"):
    print("Processing", source)
    target.write_bytes(source.read_bytes())


if __name__ == "__main__":
    app()
""",
    f"{_TOP}/{{{{ cookiecutter.module_name }}}}/features.py": """from {{ cookiecutter.module_name }}.config import PROCESSED


def build(frame):
    frame = frame.dropna()
    frame["ratio"] = frame["a"] / frame["b"]
    return frame


def store(frame):
    frame.to_csv(PROCESSED / "features.csv")
""",
    f"{_TOP}/{{{{ cookiecutter.module_name }}}}/modeling/__init__.py": "",
    f"{_TOP}/{{{{ cookiecutter.module_name }}}}/modeling/train.py": """from {{ cookiecutter.module_name }} import features
from {{ cookiecutter.module_name }}.config import MODELS


def main(frame, model):
    frame = features.build(frame)
    model.fit(frame.drop(columns="y"), frame["y"])
    MODELS.mkdir(exist_ok=True)
    return model
""",
    f"{_TOP}/notebooks/{{% if cookiecutter.include_notebooks %}}README.md{{% endif %}}": """# Notebooks

Numbered, then initials, then what it is about: `1.0-jqp-first-look.ipynb`.
""",
    f"{_TOP}/.github/workflows/{{% if cookiecutter.ci == 'github' %}}test.yml{{% endif %}}": """on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "{{ cookiecutter.python_version }}"
      - run: echo {% raw %}${{ github.sha }}{% endraw %}
      - run: pip install -e . && pytest
""",
    f"{_TOP}/{{% if cookiecutter.ci == 'gitlab' %}}.gitlab-ci.yml{{% endif %}}": """test:
  image: python:{{ cookiecutter.python_version }}
  script:
    - pip install -e .
    - pytest
""",
    f"{_TOP}/reports/report.html": "<html>\n<body>\n<h1>{{ title }}</h1>\n<p>{{ text }}</p>\n</body>\n</html>\n",
    f"{_TOP}/data/raw/.gitkeep": "",
    f"{_TOP}/tests/test_data.py": """from {{ cookiecutter.module_name }} import config


def test_folders():
    assert config.RAW.parent == config.DATA
""",
    f"{_TOP}/.gitignore": "data/raw/*\n!data/raw/.gitkeep\nmodels/\n.venv/\n__pycache__/\n",
}


def library(folder: Path, commits: int) -> Path:
    """Make a template of a Python library, whose hook takes files away."""
    return _grown(folder, _LIBRARY, commits, "library")


def science(folder: Path, commits: int) -> Path:
    """Make a template of a data project, whose paths hold conditions."""
    return _grown(folder, _SCIENCE, commits, "science")


def own(folder: Path, commits: int) -> Path:
    """Make a template of what mlscaffold's own is now, whose hook lays options over the project."""
    kept = [path for path in OWN.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    files = {str(path.relative_to(OWN)): path.read_text() for path in sorted(kept)}
    return _grown(folder, files, commits, "own")


TEMPLATES: Mapping[str, Callable[[Path, int], Path]] = {"own": own, "library": library, "science": science}
ANSWERS: Mapping[str, list[Mapping[str, str]]] = {
    "own": [
        {"project_name": "Churn Model", "python_version": "3.12", "branching": "gitflow", "author": "Team Churn"},
        {"project_name": "Demand", "package_name": "demand_lib", "description": "How much is sold.", "type_checker": "none"},
    ],
    "library": [
        {"project_name": "Fast Loader", "full_name": "Grace Tester", "use_docker": "y", "license": "BSD-3-Clause"},
        {"project_name": "tiny-tool", "command_line_interface": "argparse", "license": "Not open source", "version": "1.2.0"},
        {"project_name": "Plain", "command_line_interface": "none", "email": "x@example.org"},
    ],
    "science": [
        {"project_name": "House Prices", "ci": "gitlab", "dataset_storage": "s3", "python_version": "3.12"},
        {"project_name": "Weather", "module_name": "wx", "ci": "none", "include_notebooks": "False", "author_name": "Met Lab"},
    ],
}  # fmt: skip


def _grown(folder: Path, files: Files, commits: int, seed: str) -> Path:
    """Make a repository whose last commit has these files, and whose earlier ones have less and less of them."""
    states = [dict(files)]
    chance = random.Random(seed)
    for _ in range(commits - 1):
        states.append(_younger(states[-1], chance))
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for state in reversed(states):
        for entry in folder.iterdir():
            if entry.name != ".git":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        write(folder, state)
        commit(folder)
    return folder


def _younger(files: Files, chance: random.Random) -> dict[str, str]:
    """Take a few lines out of one or two files, change some, and now and then leave a file out."""
    before = dict(files)
    changeable = [path for path in sorted(before) if "/" in path and not path.startswith("hooks/")]
    for path in chance.sample(changeable, 2):
        lines = before[path].splitlines(keepends=True)
        plain = [at for at, line in enumerate(lines) if line.strip() and not set("{}%[]()\"'\\") & set(line)]
        for at in sorted(chance.sample(plain, min(len(plain), 2)), reverse=True):
            lines[at : at + 1] = [] if chance.random() < 0.5 else [f"{lines[at].rstrip()} before\n"]
        before[path] = "".join(lines)
    if chance.random() < 0.2 and len(changeable) > 8:
        del before[chance.choice([path for path in changeable if not path.endswith("__init__.py")])]
    return before
