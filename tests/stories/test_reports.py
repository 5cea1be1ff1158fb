"""Reports from the command line: several at once, in files, and in a workflow run's summary."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.worlds import mlscaffold, new, template, write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = template(tmp_path / "template", {"a.txt": "one\n", "b.txt": "b\n"})
    return new(made, tmp_path)


def test_one_check_reports_in_every_place_at_once(project: Path, tmp_path: Path) -> None:
    write(project, {"a.txt": None})
    summary = tmp_path / "summary.md"
    files = {
        name: tmp_path / f"out.{name}"
        for name in ("json", "sarif", "gitlab", "junit", "markdown", "terminal")
    }
    outputs = [f"--output={name}={file}" for name, file in files.items()]
    ran = mlscaffold(
        "check", "-p", project, "--format", "github", *outputs, env={"GITHUB_STEP_SUMMARY": str(summary)}
    )
    assert ran.code == 1
    assert ran.out.startswith("::error file=a.txt,line=1,title=mlscaffold%3A missing::deleted here")
    assert summary.read_text() == files["markdown"].read_text()
    assert json.loads(files["json"].read_text())["findings"][0]["path"] == "a.txt"
    assert json.loads(files["sarif"].read_text())["runs"][0]["results"][0]["ruleId"] == "missing"
    assert json.loads(files["gitlab"].read_text())[0]["location"]["path"] == "a.txt"
    assert ET.parse(files["junit"]).getroot().attrib["failures"] == "1"
    assert "a.txt" in files["terminal"].read_text()


@pytest.mark.parametrize("output", ["yaml=x", "json", "json=", "=x"])
def test_an_output_that_cannot_be_meant_is_a_usage_error(project: Path, output: str) -> None:
    ran = mlscaffold("check", "-p", project, "--output", output)
    assert ran.code == 2
    assert "FORMAT=FILE" in ran.err


def test_an_output_that_cannot_be_written_is_named(project: Path) -> None:
    ran = mlscaffold("check", "-p", project, "--output", "json=/nowhere/x.json")
    assert (ran.code, "/nowhere/x.json cannot be written" in ran.err) == (2, True)
