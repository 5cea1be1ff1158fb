"""Image and manifests of a created project, as far as they can be judged without an engine and a cluster."""

import re
import shutil
from pathlib import Path

import pytest

from tests.template.conftest import render, run

KUBECTL = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in
    *merge*jsonpath*) echo "$MERGE" ;;
    *jsonpath*) echo "SuccessCriteriaMet Complete" ;;
esac
"""


def test_the_dockerfile_has_no_findings(service: Path) -> None:
    checked = run(service, "make", "dockerfile", "RUN=")
    assert (checked.returncode, checked.stdout) == (0, "hadolint Dockerfile\n")


def test_the_image_copies_what_is_there_and_what_dockerignore_lets_through(service: Path) -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (service / "Dockerfile").read_text(), re.MULTILINE)
    sources = {source for line in copied for source in line.split()} - {"uv.lock*"}
    allowed = {line[1:] for line in (service / ".dockerignore").read_text().splitlines() if line[0] == "!"}
    assert sources == allowed - {"uv.lock"}
    assert all((service / source).exists() for source in sources)


def test_train_and_predict_are_entered_by_their_own_commands(service: Path) -> None:
    text = (service / "Dockerfile").read_text()
    entries = dict(
        re.findall(r'^FROM runtime AS (\w+)\nENTRYPOINT \["python", "main.py"(.*)\]$', text, re.MULTILINE)
    )
    assert entries == {"train": ', "train"', "predict": ', "predict"', "service": ""}


@pytest.mark.parametrize("storage", ["local", "s3", "gcs"])
def test_manifests_are_valid_in_each_overlay(tmp_path: Path, storage: str) -> None:
    project = render(tmp_path, cache_storage=storage)
    checked = run(project, "make", "manifests", "RUN=")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert ("no kubectl" in checked.stdout) is (shutil.which("kubectl") is None)
    claims = [
        path.name
        for path in (project / "deploy" / "k8s" / "base").iterdir()
        if path.name.endswith("pvc.yaml")
    ]
    assert bool(claims) is (storage == "local")


def test_a_misspelt_field_of_a_manifest_is_found(tmp_path: Path) -> None:
    project = render(tmp_path)
    job = project / "deploy" / "k8s" / "base" / "folds-job.yaml"
    job.write_text(job.read_text().replace("completionMode", "completionsMode"))
    checked = run(project, "make", "manifests", "RUN=")
    assert checked.returncode != 0
    assert "'completionsMode' was unexpected" in checked.stdout


def test_no_deployment_leaves_no_trace_of_one(tmp_path: Path) -> None:
    project = render(tmp_path, deploy="none")
    assert not (project / "deploy").exists()
    assert not (project / "conf" / "kustomization.yaml").exists()
    texts = [path.read_text() for path in (project / "Makefile", project / "pyproject.toml")]
    assert "k8s" not in "".join(texts) + (project / ".github" / "workflows" / "ci.yml").read_text()
    assert "yaml" not in texts[1]


@pytest.mark.parametrize(("merge", "code"), [("SuccessCriteriaMet Complete", 0), ("FailureTarget Failed", 2)])
def test_steps_are_applied_one_after_another_until_one_fails(
    service: Path, tmp_path: Path, merge: str, code: int
) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(KUBECTL)
    kubectl.chmod(0o755)
    calls = tmp_path / "calls"
    path = f"{tmp_path}:/usr/bin:/bin"
    done = run(service, "make", "k8s-train", "K8S=overlays/spot", PATH=path, CALLS=str(calls), MERGE=merge)
    assert done.returncode == code, done.stderr
    assert ("The step merge failed: kubectl logs -l" in done.stderr) is (code != 0)
    applied = [
        line.split()[-1]
        for line in calls.read_text().splitlines()
        if line.startswith("apply -k deploy/k8s/overlays/spot")
    ]
    assert applied == ["!step", "step=prepare", "step=folds", "step=merge"]
