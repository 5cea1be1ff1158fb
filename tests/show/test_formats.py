"""Every format of a report: held to its published schema, and to saying what a hostile name says without doing it."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mlscaffold.core.finding import WORDS, Finding
from mlscaffold.core.waiver import Waiver
from mlscaffold.show import rendered
from mlscaffold.verbs.check import Report

ROOT = Path(__file__).parents[2]
FORMATS = ["terminal", "json", "sarif", "github", "gitlab", "junit", "markdown"]
TEXTS = ["github", "markdown", "terminal"]
HOSTILE = [
    "::error::x",
    " ::set-output name=a::b",
    "##[error]x",
    "##vso[task.setvariable variable=a]b",
    "\x1b]8;;https://evil.example\x1b\\x",
    "\x9b31m",
    "a\nb\r::debug::c",
    "\u202egpj.exe",
    "zero\u200bwidth",
    "[link=https://evil.example]x[/link]",
    "weird [/x]",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/p.png)",
    "[x](javascript:alert(1))",
    "`` ` ``` ",
    "| a | b |",
    "@everyone",
    "closes #1, GH-2, acme/repo#3",
    "https://evil.example www.evil.example a@evil.example",
    "a%0A::error::b, c:d",
    "caf\udce9",
    "]]></failure><x>",
    "\ufffe\uffff\0",
    "$(id)",
    "{{ cookiecutter.x }}",
]


def finding(text: str, word: str = "diverged", **others: Any) -> Finding:
    values = {"fault": True, "rule": "exact", "detail": text, "mend": text, "reason": text, **others}
    return Finding(path=text, word=word, **values)


def a_report(*findings: Finding, notices: tuple[str, ...] = (), project: str = ".") -> Report:
    return Report(
        project=Path(project),
        template="https://example.com/acme/template",
        recorded="a" * 40,
        wanted="b" * 40,
        checkout=None,
        asked_seconds=61.5,
        compared=12,
        findings=findings,
        notices=notices,
    )


ONE_OF_EACH = a_report(
    *(finding(f"src/{word}.py", word) for word in WORDS),
    finding("README.md", "modified", fault=False),
    finding("setup.cfg", "forbidden", fault=False, waiver=Waiver("setup.cfg", "old", "2999-01-01", "f", 3)),
    notices=("the template no longer has the variable 'x'",),
)
IN_SYNC = a_report()
HOSTILE_REPORTS = [
    a_report(
        finding(text, line=3),
        finding(text, "forbidden", fault=False, waiver=Waiver(text, text, "", text, 1)),
        notices=(text,),
    )
    for text in HOSTILE
]
REPORTS = [IN_SYNC, ONE_OF_EACH, *HOSTILE_REPORTS]


@pytest.mark.parametrize("report", REPORTS, ids=range(len(REPORTS)))
def test_json_is_as_its_schema_says(report: Report) -> None:
    schema = json.loads((ROOT / "docs/report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    text = rendered(report, "json")
    jsonschema.validate(json.loads(text), schema)
    assert [each["path"] for each in json.loads(text)["findings"]] == [each.path for each in report.findings]


@pytest.mark.parametrize("report", REPORTS, ids=range(len(REPORTS)))
def test_sarif_is_as_its_schema_says(report: Report) -> None:
    schema = json.loads((ROOT / "tests/schemas/sarif-2.1.0-rtm.5.json").read_text())
    log = json.loads(rendered(report, "sarif"))
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
    run = log["runs"][0]
    assert len(run["results"]) == len(report.findings)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_says_what_each_rule_is_where_a_finding_is_and_what_excuses_it() -> None:
    run = json.loads(rendered(a_report(finding("a b/é.py", line=7), project="services/x"), "sarif"))["runs"][
        0
    ]
    assert all(rule["help"]["text"] for rule in run["tool"]["driver"]["rules"])
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "services/x/a%20b/%C3%A9.py"
    assert location["region"]["startLine"] == 7
    excused = json.loads(rendered(ONE_OF_EACH, "sarif"))["runs"][0]["results"][-1]
    assert excused["suppressions"][0]["justification"] == "old"


@pytest.mark.parametrize(("format_", "key"), [("sarif", "partialFingerprints"), ("gitlab", "fingerprint")])
def test_a_fingerprint_outlives_lines_wording_and_template_commits(format_: str, key: str) -> None:
    def prints(report: Report) -> list[Any]:
        document = json.loads(rendered(report, format_))
        return [each[key] for each in (document["runs"][0]["results"] if format_ == "sarif" else document)]

    before = a_report(finding("a.py", line=3), finding("b.py"))
    after = a_report(finding("a.py", line=9, detail="else", mend="x"), finding("b.py"))._replace(
        wanted="c" * 40
    )
    assert prints(before) == prints(after)
    assert len(set(map(str, prints(before)))) == 2


@pytest.mark.parametrize("report", REPORTS, ids=range(len(REPORTS)))
def test_junit_is_as_jenkins_schema_says(report: Report) -> None:
    text = rendered(report, "junit")
    xmlschema.XMLSchema(ROOT / "tests/schemas/jenkins-junit.xsd").validate(text)
    suite = ET.fromstring(text)[0]
    assert len(suite.findall("testcase/failure")) == int(suite.attrib["failures"]) == len(report.faults)
    assert len(suite.findall("testcase")) == int(suite.attrib["tests"])


@pytest.mark.parametrize("report", REPORTS, ids=range(len(REPORTS)))
def test_gitlab_has_each_field_that_gitlab_asks_for(report: Report) -> None:
    issues = json.loads(rendered(report, "gitlab"))
    assert len(issues) == sum(each.fault or each.word == "style" for each in report.findings)
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith("./")


COMMAND = re.compile(
    r"::(?:error|warning|notice) (?:file=[^:,\n]*,line=\d+,title=[^:,\n]*|title=mlscaffold)::[^\n]*"
)


@pytest.mark.parametrize("report", HOSTILE_REPORTS, ids=range(len(HOSTILE)))
def test_github_gets_our_commands_and_nobody_elses(report: Report) -> None:
    *commands, last = rendered(report, "github").split("\n")
    assert len(commands) == 1
    assert COMMAND.fullmatch(commands[0])
    assert "::" not in commands[0].removeprefix("::error ").replace("::", "", 1)
    assert last.startswith("Drift: 1 finding, 12 files compared")


def test_github_gets_ten_annotations_of_a_kind_and_the_other_findings_as_lines_of_the_log() -> None:
    findings = [finding(f"{n}.py", word) for word in ("diverged", "behind") for n in range(30)]
    *lines, last = rendered(a_report(*findings), "github").split("\n")
    assert [line.partition(" ")[0] for line in lines[:20]] == ["::error"] * 10 + ["::warning"] * 10
    assert [line.partition(":")[0] for line in lines[20:]] == [f"{n}.py" for n in range(10, 30)] * 2
    assert last.startswith("Drift: ")


def test_an_annotation_of_github_is_never_too_long_for_it() -> None:
    line = rendered(a_report(finding("a.py", detail="é" * 100_000)), "github").split("\n")[0]
    assert len(line.encode()) < 64 << 10


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("report", HOSTILE_REPORTS, ids=range(len(HOSTILE)))
def test_no_format_lets_a_name_act(report: Report, format_: str) -> None:
    text = rendered(report, format_)
    assert "##[" not in text
    assert "##vso[" not in text
    assert all(char.isprintable() or char == "\n" for char in text)
    if format_ != "github":
        assert not re.search(r"(?m)^\s*::", text)


@pytest.mark.parametrize("report", HOSTILE_REPORTS, ids=range(len(HOSTILE)))
def test_markdown_has_no_link_no_markup_and_no_mention_outside_of_code(report: Report) -> None:
    markdown = MarkdownIt("gfm-like", {"linkify": False}).parse(rendered(report, "markdown"))
    tokens = [child for token in markdown for child in (token.children or [token])]
    assert not {token.type for token in tokens} & {
        "link_open",
        "image",
        "em_open",
        "strong_open",
        "html_inline",
    }
    html = {token.content.strip() for token in tokens if token.type == "html_block"}
    assert html <= {"<details><summary>1 excused or allowed</summary>", "</details>"}
    words = "\n".join(token.content for token in tokens if token.type == "text")
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.|!\d", words)


def test_markdown_keeps_a_pipe_inside_its_cell() -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(rendered(a_report(finding("a|b")), "markdown"))
    assert sum(token.type == "td_open" for token in tokens) == 5


WORD = st.sampled_from(list(WORDS))
FINDINGS = st.builds(
    finding, st.text(min_size=1), WORD, fault=st.booleans(), detail=st.text(), line=st.integers(1, 10**6)
)


@given(st.lists(FINDINGS, max_size=4), st.lists(st.text(), max_size=2))
def test_the_output_of_every_format_parses(findings: list[Finding], notices: list[str]) -> None:
    report = a_report(*findings, notices=tuple(notices))
    for format_ in ("json", "sarif", "gitlab"):
        json.loads(rendered(report, format_))
    ET.fromstring(rendered(report, "junit"))
    *commands, _ = rendered(report, "github").split("\n")
    assert len(commands) == sum(each.fault or each.word == "style" for each in report.findings)
    for text in TEXTS:
        assert all(char.isprintable() or char == "\n" for char in rendered(report, text))
