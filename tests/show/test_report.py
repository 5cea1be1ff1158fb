"""The report: its data is what the journal says, names stay text, and nothing is loaded from anywhere."""

import base64
import hashlib
import json
import re
import tomllib
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import mlscaffold
from mlscaffold.core.kept import Ended, Kept
from mlscaffold.core.outcome import Excuse, Outcome, Standing
from mlscaffold.core.overview import Overview, overview
from mlscaffold.show.report.data import data, link
from mlscaffold.show.report.page import page

VENDOR = Path(mlscaffold.__file__).parent / "show/report/vendor"
MADE = datetime(2026, 3, 1, tzinfo=UTC)
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "\"'`onmouseover=alert(1)",
    "{{ scripts }}",
    "\\1\\g<0>",
    "a\u202eb\u2028c\u2029d",
    "\x1b[31mred\x07",
    "\udc80\udcff",
    "x" * 400,
]


class Read(HTMLParser):
    """A page's elements with their attributes, and what scripts and styles hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.held: list[tuple[dict[str, str | None], str]] = []
        self._in: dict[str, str | None] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in = {"tag": tag, **dict(attrs)} if tag in ("script", "style") else None

    def handle_endtag(self, _tag: str) -> None:
        self._in = None

    def handle_data(self, data: str) -> None:
        if self._in is not None:
            self.held.append((self._in, data))

    @property
    def data(self) -> Any:
        return next(json.loads(text) for attributes, text in self.held if attributes.get("id") == "data")


def line(what: Outcome | Ended, run: str = "1", at: str = "2026-01-01T00:00:00+00:00") -> Kept:
    return Kept(run, at, what)


def organisation() -> Overview:
    return overview(
        [
            line(Outcome("acme/a", "check", Standing.IN_SYNC, template="https://u:secret@git.example.com/t", page="https://git.example.com/acme/a")),
            line(Outcome("acme/b", "check", Standing.DRIFTED, "ruff.toml modified", words={"modified": 1, "behind": 200}, files={"ruff.toml": "modified", "a.py": "behind"}, days=0, recorded="a" * 40, waivers=(Excuse("setup.cfg", "2026-03-09", "moving"),))),
            line(Ended("check", 2)),
            line(Outcome("acme/b", "update", Standing.PULL_OPEN, url="https://git.example.com/acme/b/pulls/1"), "2", "2026-01-02T00:00:00+00:00"),
            line(Ended("check", 2), "3", "2026-01-03T00:00:00+00:00"),
            None,
        ]
    )  # fmt: skip


def seconds(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())


def test_data_is_what_the_journal_says() -> None:
    found = data(organisation(), MADE)

    states = [state for state, _ in found["states"]]
    words = [word for word, _ in found["words"]]
    assert found["repos"] == [
        {
            "name": "acme/a",
            "page": "https://git.example.com/acme/a",
            "state": states.index("in sync"),
            "at": seconds("2026-01-03"),
            "template": 0,
            "found": 0,
        },
        {
            "name": "acme/b",
            "state": states.index("drifted"),
            "why": "ruff.toml modified",
            "at": seconds("2026-01-03"),
            "recorded": "aaaaaaa",
            "days": 0,
            "found": 201,
            "files": [[0, words.index("modified")], [1, words.index("behind")]],
            "waivers": [["setup.cfg", "2026-03-09", "moving"]],
            "pull": {
                "state": states.index("pull request open"),
                "url": "https://git.example.com/acme/b/pulls/1",
                "why": "",
                "since": seconds("2026-01-02"),
                "at": seconds("2026-01-02"),
            },
        },
    ]
    assert (found["files"], found["templates"]) == (["ruff.toml", "a.py"], ["https://git.example.com/t"])
    assert (found["at"], found["made"]) == (seconds("2026-01-03"), seconds("2026-03-01"))
    assert (found["runs"], found["unread"], [point[2] for point in found["points"]]) == (2, 1, [201, 201])
    assert sum(found["points"][0][1]) == 2


def test_only_the_last_runs_are_drawn_and_all_are_counted() -> None:
    lines = [line(Ended("check", 0), str(run)) for run in range(1200)]

    found = data(overview([*lines, line(Outcome("a", "check", Standing.IN_SYNC), "1199")]), MADE)

    assert (found["runs"], len(found["points"])) == (1200, 1000)


def test_time_that_is_none_is_told_as_unknown() -> None:
    found = data(overview([line(Outcome("a", "check", Standing.IN_SYNC), at="yesterday")]), MADE)

    assert found["at"] is None
    assert "at" not in found["repos"][0]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_stay_text_in_the_data(name: str) -> None:
    hostile = Outcome(
        name, "check", Standing.DRIFTED, name, words={"behind": 1}, files={name: "behind"}, template=name,
        directory=name, recorded=name, target=name, url=name, page=name, waivers=(Excuse(name, name, name),),
    )  # fmt: skip
    pulled = Outcome(name, "update", Standing.PULL_OPEN, name, url=name)

    text = page(overview([line(hostile), line(pulled, "2")]), MADE)

    read = Read(text)
    plain = Read(page(organisation(), MADE))
    assert read.elements == plain.elements
    [repo] = read.data["repos"]
    shown = [repo["name"], repo["why"], *read.data["files"], *repo["waivers"][0]]
    assert all(each.isprintable() and len(each) <= 500 for each in shown)
    assert "page" not in repo
    assert repo["pull"]["url"] == ""
    if name.isprintable() and len(name) < 300:
        assert shown == [name] * len(shown)


def test_page_loads_nothing_and_names_no_place_but_links() -> None:
    read = Read(page(organisation(), MADE))

    loading = [
        value
        for _, attributes in read.elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "data", "poster", "background")
    ]
    assert loading == ["data:,"]
    styles = "".join(text for attributes, text in read.held if attributes["tag"] == "style")
    assert re.findall(r"url\(|@import", styles) == []
    scripts = "".join(text for attributes, text in read.held if attributes["tag"] == "script")
    assert re.findall(r"sourceMappingURL|\bfetch\(|XMLHttpRequest|WebSocket|innerHTML|insertAdjacentHTML|\beval\(|document\.write", scripts) == []  # fmt: skip


def test_browser_is_told_to_run_what_is_in_the_page_and_nothing_else() -> None:
    read = Read(page(organisation(), MADE))

    [policy] = [
        attributes["content"] or ""
        for tag, attributes in read.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    told = {
        name: places.split()
        for name, _, places in (part.strip().partition(" ") for part in policy.split(";"))
    }
    assert told.pop("default-src") == ["'none'"]
    assert told.pop("base-uri") == told.pop("form-action") == ["'none'"]
    assert told.pop("img-src") == ["data:"]
    assert told == {
        f"{tag}-src": [
            f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
            for attributes, text in read.held
            if attributes["tag"] == tag and "type" not in attributes
        ]
        for tag in ("script", "style")
    }
    assert [name for _, attributes in read.elements for name in attributes if name.startswith("on") or name == "style"] == []  # fmt: skip


@pytest.mark.parametrize(
    ("url", "sound"),
    [
        ("https://git.example.com/acme/a/pulls/1", True),
        ("http://localhost:3000/a", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("https:///no-host", False),
        ("https://user:secret@git.example.com/a", False),
        ("https://git.example.com/a b", False),
        ("https://git.example.com/\u202e", False),
        ("https://[::1", False),
        ("//git.example.com/a", False),
        ("", False),
    ],
)
def test_link_is_an_address_that_a_browser_may_follow(url: str, sound: bool) -> None:
    assert link(url) == (url if sound else "")


def test_libraries_are_the_files_that_are_recorded_and_bear_their_licence() -> None:
    packages = tomllib.loads((VENDOR / "vendored.toml").read_text())["package"]
    text = page(organisation(), MADE)

    recorded = {
        VENDOR / package["name"] / Path(name).name: digest
        for package in packages
        for name, digest in package["sha256"].items()
    }
    there = {path for path in VENDOR.rglob("*") if path.is_file() and path.name != "vendored.toml"}
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in there} == recorded
    for path in there:
        assert not path.name.startswith("LICENSE") or path.read_text().strip() in text
