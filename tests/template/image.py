"""A created service's image, really built and run: `make image-test`, minutes, as root, without an engine.

Needs buildah and debootstrap (both packages of Debian) and the network: the base image is a minimal Debian with Python,
made once and kept; PyPI gives the rest.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template.conftest import render, run

BASE = "localhost/mlscaffold-python-base"
IMAGE = "localhost/mlscaffold-image-test"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
VARIABLES = {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}


def buildah(*arguments: str, cwd: Path | None = None) -> str:
    """Run buildah where there is no engine and no kernel to ask for namespaces."""
    done = subprocess.run(
        ["buildah", *arguments], cwd=cwd, env=VARIABLES, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def base() -> str:
    """A Debian with Python, and with the certificates of this machine."""
    for tool in ("buildah", "debootstrap"):
        if shutil.which(tool) is None:
            pytest.fail(f"{tool} is missing: apt-get install buildah debootstrap")
    if BASE not in buildah("images", "--format", "{{.Name}}"):
        with tempfile.TemporaryDirectory() as folder:
            packages = "--include=python3,python3-venv,ca-certificates"
            subprocess.run(["debootstrap", "--variant=minbase", packages, "bookworm", folder], check=True)
            shutil.copy(CERTIFICATES, f"{folder}{CERTIFICATES}")
            container = buildah("from", "scratch").strip()
            buildah("copy", "-q", container, folder, "/")
        buildah(
            "config", "--env", f"SSL_CERT_FILE={CERTIFICATES}", "--env", f"PIP_CERT={CERTIFICATES}", container
        )
        buildah("commit", "-q", container, BASE)
        buildah("rm", container)
    return BASE


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh service for the Python of the base image."""
    return render(tmp_path_factory.mktemp("image"), python_version="3.11")


@pytest.fixture(scope="module")
def container(base: str, project: Path) -> Iterator[str]:
    """A container of the image with all commands."""
    arguments = ["--build-arg", f"BASE_IMAGE={base}", "--build-arg", f"GIT_COMMIT={COMMIT}"]
    buildah("build", "--network", "host", *arguments, "--target", "service", "-t", IMAGE, ".", cwd=project)
    made = buildah("from", IMAGE).strip()
    yield made
    buildah("rm", made)


def test_the_image_is_not_root_and_knows_its_commit(container: str) -> None:
    assert re.match(r"uid=10001 gid=10001", buildah("run", container, "--", "id"))
    config = json.loads(buildah("inspect", container))["OCIv1"]["config"]
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["python", "main.py"]
    assert config["Labels"]["org.opencontainers.image.revision"] == COMMIT
    assert "OMP_NUM_THREADS=1" in config["Env"]


def test_the_image_trains_what_the_project_trains(container: str, project: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "image"
    workspace.mkdir()
    os.chown(workspace, 10001, 10001)
    command = ["main.py", "train", "--config", "conf/train.toml"]
    inside = buildah("run", "-v", f"{workspace}:/workspace", container, "--", "python", *command)
    outside = run(project, "python", *command, TASK_WORKSPACE_DIRECTORY=str(tmp_path / "here"))
    assert json.loads(inside)["metrics"] == json.loads(outside.stdout)["metrics"]
    [record] = [json.loads(path.read_text()) for path in (workspace / "runs").iterdir()]
    assert (record["commit"], record["dirty"]) == (COMMIT, False)


def test_a_run_that_requires_another_commit_is_refused_in_the_image(container: str) -> None:
    command = "python main.py train --config conf/train_smoke.toml --set require.commit=fedcba9 2>&1; echo $?"
    said = buildah("run", container, "--", "sh", "-c", command)
    assert f"requires commit fedcba9, but this is {COMMIT}" in said
    assert said.endswith("\n3\n")
