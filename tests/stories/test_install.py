"""The built-in template is there however mlscaffold was installed: from a checkout, a git URL or an index."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds import git, mlscaffold

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone of this repository, without its files that are not committed."""
    folder = tmp_path_factory.mktemp("checkout") / "mlscaffold"
    git(ROOT, "clone", "-q", "--no-local", str(ROOT), str(folder))
    return folder


def installed(source: str, target: Path) -> dict[str, str]:
    """Install into a folder of its own, without a network, and return the environment that finds it first."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--no-build-isolation",
            "--no-deps",
            "--no-index",
            "--target",
            str(target),
            source,
        ],
        check=True,
        capture_output=True,
    )
    return {"PYTHONPATH": str(target)}


def created(env: dict[str, str], folder: Path) -> dict[str, str]:
    """Create a project from the built-in template and return its record."""
    ran = mlscaffold("new", "churn-model", "-y", "-o", folder, env=env, cwd=folder)
    assert ran.code == 0, ran.err
    assert mlscaffold("check", "-p", folder / "churn-model", env=env, cwd=folder).code == 0
    return dict(json.loads((folder / "churn-model" / ".cruft.json").read_text()))


def test_from_a_wheel_the_template_is_a_bundle_served_under_the_source_url(
    checkout: Path, tmp_path: Path
) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-build-isolation",
            "--no-deps",
            "-w",
            str(tmp_path / "wheel"),
            str(checkout),
        ],
        check=True,
        capture_output=True,
    )
    wheel = next((tmp_path / "wheel").glob("*.whl"))
    env = installed(str(wheel), tmp_path / "target")
    record = created(env, tmp_path)
    assert record["template"] == "https://github.com/mlscaffold/mlscaffold"
    assert record["directory"] == "template"
    assert record["commit"] == git(checkout, "rev-parse", "HEAD").strip()
    checked = mlscaffold("fleet", "check", "--local", tmp_path / "churn-model", env=env, cwd=tmp_path)
    report = mlscaffold("fleet", "report", "--local", tmp_path / "churn-model", env=env, cwd=tmp_path)
    assert (checked.code, report.code) == (0, 0), checked.err + report.err
    assert "MIT License" in (tmp_path / "report.html").read_text(), (
        "the libraries that draw it are in the wheel too"
    )


def test_from_a_git_url_the_template_is_that_url(checkout: Path, tmp_path: Path) -> None:
    record = created(installed(f"git+file://{checkout}", tmp_path / "target"), tmp_path)
    assert record["template"] == str(checkout)


def test_from_a_checkout_the_template_is_its_origin(checkout: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(checkout, clone, symlinks=True)
    git(clone, "remote", "set-url", "origin", "https://someone:secret@example.com/acme/scaffold.git")
    env = {"PYTHONPATH": str(clone)}
    folder = tmp_path / "mlscaffold-0.dist-info"
    folder.mkdir()
    (folder / "direct_url.json").write_text(
        json.dumps({"url": f"file://{clone}", "dir_info": {"editable": True}})
    )
    env["PYTHONPATH"] += os.pathsep + str(tmp_path)
    record = created(env, tmp_path)
    assert record["template"] == "https://example.com/acme/scaffold.git"
