"""Four repos as they were before there was a standard, each with a command that proves its code still runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.worlds import commit, git, write


@dataclass(frozen=True)
class Legacy:
    """A repo: its files, and commands (Python code or a script) that must go on to work."""

    name: str
    files: Mapping[str, str]
    runs: tuple[tuple[str, ...], ...]

    def made(self, folder: Path) -> Path:
        """Make the repo below a folder."""
        root = folder / self.name
        root.mkdir(parents=True)
        git(root, "init", "-q", "-b", "main")
        write(root, self.files)
        commit(root, "work")
        return root


_NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'

NUMBERED = Legacy(
    "churn-scripts",
    {
        "README.md": "# Churn\n\nRun the scripts in order.\n",
        "requirements.txt": "pandas\nscikit-learn\n",
        "setup.py": 'from setuptools import setup\n\nsetup(name="churn-scripts", version="0.3", author="Kim", py_modules=["common"])\n',
        "common.py": 'FACTOR = 2\n\n\ndef path(name):\n    return "data/" + name\n',
        "01_download.py": 'import os\n\nimport common\n\nos.makedirs("data", exist_ok=True)\nwith open(common.path("raw.csv"), "w") as f:\n    f.write("a,b\\n1,2\\n")\n',
        "02_clean.py": 'import common\n\nwith open(common.path("raw.csv")) as f:\n    rows = f.read().splitlines()[1:]\nwith open(common.path("clean.csv"), "w") as f:\n    f.write("\\n".join(rows))\n',
        "07_train_final_v2.py": 'import common\n\nwith open(common.path("clean.csv")) as f:\n    print("model", sum(int(x) * common.FACTOR for x in f.read().split(",")))\n',
        "explore.ipynb": _NOTEBOOK,
        "Untitled1.ipynb": _NOTEBOOK,
        ".gitignore": "data/\n*.pyc\n",
    },
    (("01_download.py",), ("02_clean.py",), ("07_train_final_v2.py",), ("-c", "import common; assert common.FACTOR == 2")),
)  # fmt: skip

OLD_GOKART = Legacy(
    "demand-tasks",
    {
        "README.md": "# demand-tasks\n",
        "setup.py": 'from setuptools import find_packages, setup\n\nsetup(name="demand-tasks", packages=find_packages())\n',
        "setup.cfg": "[flake8]\nmax-line-length = 160\n",
        "Pipfile": '[packages]\ngokart = "*"\n',
        "main.py": 'import sys\n\nimport luigi\n\nimport demand\n\nif __name__ == "__main__":\n    luigi.run(["demand.Sum", "--local-scheduler", "--no-lock", *sys.argv[1:]])\n',
        "conf/param.ini": "[demand.Sum]\nupto = 3\n",
        "conf/logging.ini": "[loggers]\nkeys: root\n[handlers]\nkeys: h\n[formatters]\nkeys: f\n[logger_root]\nlevel: WARNING\nhandlers: h\n[handler_h]\nclass: StreamHandler\nlevel: WARNING\nformatter: f\nargs: (sys.stdout,)\n[formatter_f]\nformat: %(message)s\n",
        "demand/__init__.py": "from demand.model.sum import Sum\n",
        "demand/model/__init__.py": "",
        "demand/model/sum.py": 'import gokart\nimport luigi\n\n\nclass Sum(gokart.TaskOnKart):\n    task_namespace = "demand"\n    upto = luigi.IntParameter(default=3)\n\n    def run(self):\n        self.dump(sum(range(self.upto)))\n',
        "test/__init__.py": "",
        "test/unit_test/__init__.py": "",
        "test/unit_test/test_sum.py": "import unittest\n\nfrom demand import Sum\n\n\nclass TestSum(unittest.TestCase):\n    def test_name(self):\n        self.assertEqual(Sum.task_namespace, 'demand')\n",
        ".gitignore": "resources/\n",
    },
    (("main.py",), ("-m", "unittest", "test.unit_test.test_sum")),
)  # fmt: skip

DOCKER_SCIENCE = Legacy(
    "image-tagger",
    {
        "README.rst": "image-tagger\n============\n\nTags images.\n",
        "Makefile": "IMAGE_NAME=image-tagger\n\ninit: init-docker\n\ninit-docker:\n\tdocker build -t $(IMAGE_NAME) -f docker/Dockerfile .\n\ntest:\n\tpython -m unittest\n",
        "docker/Dockerfile": "FROM python:3.11\nRUN pip install -r requirements.txt\n",
        "docker/Dockerfile.release": "FROM python:3.11\n",
        "requirements.txt": "numpy\n",
        "config/jupyter_config.py": "c.NotebookApp.ip = '0.0.0.0'\n",
        "scripts/train.py": "import os\nimport sys\n\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), '..'))\nfrom image_tagger.model import tag\n\nprint(tag('x'))\n",
        "image_tagger/__init__.py": "__version__ = '0.1'\n",
        "image_tagger/model.py": "def tag(name):\n    return [name]\n",
        "notebook/first.ipynb": _NOTEBOOK,
        "data/.gitkeep": "",
        "model/.gitkeep": "",
        "tests/__init__.py": "",
        "tests/test_model.py": "import unittest\n\nfrom image_tagger.model import tag\n\n\nclass TestTag(unittest.TestCase):\n    def test_tag(self):\n        self.assertEqual(tag('a'), ['a'])\n",
        "setup.cfg": "[metadata]\nname = image-tagger\ndescription = Tags images.\n",
    },
    (("scripts/train.py",), ("-m", "unittest", "tests.test_model")),
)  # fmt: skip

DATA_SCIENCE = Legacy(
    "house-prices",
    {
        "README.md": "house-prices\n==============================\n\nA short description.\n",
        "LICENSE": "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software\n",
        "Makefile": ".PHONY: clean data\n\ndata:\n\tpython src/data/make_dataset.py\n\nclean:\n\tfind . -name '*.pyc' -delete\n",
        "setup.py": "from setuptools import find_packages, setup\n\nsetup(\n    name='src',\n    packages=find_packages(),\n    version='0.1.0',\n    description='How much a house costs.',\n    author='Lee',\n    license='MIT',\n)\n",
        "tox.ini": "[flake8]\nmax-line-length = 79\n",
        "test_environment.py": "import sys\n\nassert sys.version_info.major == 3\n",
        "requirements.txt": "-e .\nclick\n",
        "src/__init__.py": "",
        "src/data/__init__.py": "",
        "src/data/make_dataset.py": "def main():\n    return [1, 2]\n\n\nif __name__ == '__main__':\n    print(main())\n",
        "src/features/__init__.py": "",
        "src/features/build_features.py": "from src.data.make_dataset import main\n\n\ndef build():\n    return [x * 2 for x in main()]\n",
        "src/models/__init__.py": "",
        "src/models/train_model.py": "from src.features.build_features import build\n\nprint(sum(build()))\n",
        "src/visualization/__init__.py": "",
        "notebooks/.gitkeep": "",
        "data/raw/.gitkeep": "",
        "models/.gitkeep": "",
        ".gitignore": "/data/\n*.pyc\n",
    },
    (("src/data/make_dataset.py",), ("-m", "src.models.train_model"), ("test_environment.py",)),
)  # fmt: skip

ALL = (NUMBERED, OLD_GOKART, DOCKER_SCIENCE, DATA_SCIENCE)
