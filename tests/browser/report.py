"""The report in a browser: `make test-browser`. It answers at once, fits a phone and paper, and hostile names stay text."""

import json
import os
import resource
import socket
import statistics
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import NoAlertPresentException

from mlscaffold.core import kept
from mlscaffold.core.kept import Ended, Kept
from mlscaffold.core.outcome import Excuse, Outcome, Standing
from tests.browser import organisation
from tests.browser.organisation import journal
from tests.browser.page import Page, opened
from tests.show.test_report import HOSTILE

SIZES = (10, 1_000, 10_000)
BAR = 200.0
"""Milliseconds from an event to the frame that answers it, at 1,000 repos."""
LONG = (
    ".cruft.json cannot be used: it is not JSON (Expecting property name enclosed in double quotes: line 1 column 2). "
    "Restore it from the project's history (git checkout -- .cruft.json) or remove it (mlscaffold adopt)."
)
CHARTS = ("states", "time", "age", "top", "heat")


class Listener:
    """A place that a page could call."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.origin = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def called(self) -> bool:
        """Whether anybody has called since the last time."""
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with opened() as page:
        yield page


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The report of an organisation of each size, made by the command."""
    folder = tmp_path_factory.mktemp("reports")
    return {size: made(folder, str(size), journal(size)) for size in SIZES}


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of 1,000 repos, in each of which all 60 files differ."""
    return made(tmp_path_factory.mktemp("dense"), "dense", organisation.dense(1_000))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, listener: Listener) -> Path:
    def lines() -> Iterator[Kept]:
        for name in [*HOSTILE, "javascript:alert(1)", f"{listener.origin}/steal"]:
            found = Outcome(
                name, "check", Standing.DRIFTED, name, words={"behind": 1}, files={name: "behind"}, template=name,
                url=name, page=name, days=3, waivers=(Excuse(name, "2026-01-01", name),),
            )  # fmt: skip
            yield Kept("1", "2026-01-01T00:00:00+00:00", found)
            yield Kept(
                "2", "2026-01-02T00:00:00+00:00", Outcome(name, "update", Standing.PULL_OPEN, name, url=name)
            )

    return made(tmp_path_factory.mktemp("hostile"), "hostile", lines())


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of clones on disk: three runs of one day, branches and conflicts, and a reason of many lines."""

    def lines() -> Iterator[Kept]:
        for hour in (6, 7, 9):
            at = f"2026-01-02T{hour:02}:30:00+00:00"
            for name in ("branch", "conflict", "broken"):
                state = Standing.BEHIND if hour < 9 and name != "broken" else Standing.DIVERGED
                found = Outcome(name, "check", state, "README.md diverged")
                if name == "broken":
                    found = Outcome(name, "check", Standing.ERROR, LONG)
                yield Kept(f"check-{hour}", at, found)
            yield Kept(f"check-{hour}", at, Ended("check", 3))
        on = "mlscaffold/update/template-73e2a1"
        updated = Outcome("branch", "update", Standing.UPDATED, f"git merge {on}", branch=on)
        yield Kept("update", "2026-01-02T10:00:00+00:00", updated)
        partly = Outcome("broken", "update", Standing.PARTLY, f"git merge {on}", branch=on)
        yield Kept("update", "2026-01-02T10:00:00+00:00", partly)
        conflicts = Outcome("conflict", "update", Standing.CONFLICTS, "README.md")
        yield Kept("update", "2026-01-02T10:00:00+00:00", conflicts)

    return made(tmp_path_factory.mktemp("clones"), "clones", lines())


def made(folder: Path, name: str, lines: Iterator[Kept]) -> Path:
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(kept.document(line)) + "\n" for line in lines))
    report = folder / f"{name}.html"
    command = [
        sys.executable,
        "-m",
        "mlscaffold",
        "fleet",
        "report",
        "--journal",
        str(path),
        "-o",
        str(report),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return report


def machine() -> str:
    info = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(": ")[2] for line in info if line.startswith("model name")), "unknown")
    return f"{os.cpu_count()} x {model}"


def told(line: str) -> None:
    sys.stdout.write(line + "\n")


def test_sorting_and_filtering_answer_at_once(page: Page, reports: dict[int, Path], dense: Path) -> None:
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    told(f"\n{machine()}; milliseconds from the event to its frame: median (worst)")
    medians = {}
    for name, report in {
        **{f"{size} repos": path for size, path in reports.items()},
        "1000 x 60": dense,
    }.items():
        page.open(report)
        loaded = page.loaded()
        asked = answers(page)
        for _ in range(2):  # what else a busy machine does is not the page's fault
            if max(map(statistics.median, asked.values())) > BAR:
                page.open(report)
                asked = min(asked, answers(page), key=lambda each: max(map(statistics.median, each.values())))
        medians[name] = [statistics.median(each) for each in asked.values()]
        times = ", ".join(
            f"{what} {statistics.median(each):.0f} ({max(each):.0f})" for what, each in asked.items()
        )
        size = f"{report.stat().st_size / 2**20:.1f} MiB, heap {page.heap() / 2**20:.0f} MiB"
        told(f"{name:>11}: {times}; open after {loaded:.0f}; {size}")
    told(f"mlscaffold fleet report: {peak:.0f} MiB at most")
    assert max(medians["1000 repos"] + medians["1000 x 60"]) < BAR


def answers(page: Page) -> dict[str, list[float]]:
    """Sort, choose states and type, and return what each answer took."""
    page.measure()
    asked: dict[str, list[float]] = {"sort": [], "filter": [], "search": []}
    for order in ("days", "repo", "found", "state") * 2:
        page.click(f'th[data-order="{order}"] button')
        asked["sort"] += page.measured(1)
    for _ in range(8):
        page.click("#chips button")
        asked["filter"] += page.measured(1)
    for key in "pyproject":
        page.type(key)
        asked["search"] += page.measured(1)
    return asked


def test_filter_and_order_are_what_they_say(page: Page, reports: dict[int, Path]) -> None:
    page.open(reports[1_000])
    all_repos = page.ask("REPOS.length")

    page.click('#chips [data-state="behind"]')
    assert set(page.texts("#repos td.state")) == {"behind"}
    page.choose("sort", "days")
    days = [int(text) for text in page.texts("#repos tbody td:nth-child(3)")]
    assert days == sorted(days, reverse=True)
    assert days[0] == page.ask(
        "Math.max(...REPOS.filter((repo) => repo.state === 'behind').map((repo) => repo.days))"
    )
    page.type("fraud-0")
    assert {name.startswith("acme/fraud-0") for name in page.texts("#repos .c-repo .name")} == {True}
    page.click("#filter button[type=reset]")
    page.driver.execute_async_script("setTimeout(arguments[0], 50)")
    assert page.ask("shown.length") == all_repos
    page.choose("file", page.ask("String(FILES[0].file)"))
    assert page.ask("shown.length") == page.ask("FILES[0].repos")
    page.click("#repos td button")
    assert page.ask("FILES[0].name") in page.texts("td.detail")[0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("width", [390, 1280])
def test_page_fits_its_window(page: Page, reports: dict[int, Path], size: int, width: int) -> None:
    page.open(reports[size], width)

    assert page.ask("document.documentElement.scrollWidth") <= width
    assert [name for name in CHARTS if page.colours(name) < 3] == []
    assert page.complaints() == []


@pytest.mark.parametrize("width", [390, 1280])
def test_reason_of_many_lines_opens_without_a_mouse(page: Page, clones: Path, width: int) -> None:
    page.open(clones, width)
    cut = "document.querySelector('#repos details .cut')"
    hidden = f"{cut}.scrollHeight - {cut}.clientHeight"

    assert page.ask(hidden) > 0
    page.click("#repos summary")
    assert page.texts("#repos details .cut") == [LONG]
    assert page.ask(hidden) == 0
    assert page.ask("document.documentElement.scrollWidth") <= width


def test_what_waits_in_clones_is_listed(page: Page, clones: Path) -> None:
    page.open(clones)

    assert page.texts("#pulls tr:not(:first-child)") == [
        "branchbranch git merge mlscaffold/update/template-73e2a12026-01-02",
        "brokenbranch, partly git merge mlscaffold/update/template-73e2a12026-01-02",
        "conflictconflicts README.md2026-01-02",
    ]
    assert page.texts("#repos td.pull") == ["branch, partly", "branch", "conflicts"]


def test_runs_of_one_day_are_told_by_the_hour(page: Page, clones: Path, reports: dict[int, Path]) -> None:
    labels = "Chart.getChart('time').scales.x.ticks.map(({ label }) => label)"

    page.open(clones)
    assert page.ask(labels) == ["06:30", "07:30", "08:30", "09:30"]
    assert "2026-01-02 06:30 to 09:30 UTC." in page.texts("#time-note")[0]
    page.open(reports[10])
    assert len(set(page.ask(labels))) == 4
    assert all(len(label) == len("2026-01-02") for label in page.ask(labels))


@pytest.mark.parametrize("size", [10, 1_000])
@pytest.mark.parametrize(
    ("media", "scheme"), [("", "light"), ("", "dark"), ("print", "light"), ("print", "dark")]
)
def test_text_is_readable(page: Page, reports: dict[int, Path], size: int, media: str, scheme: str) -> None:
    page.open(reports[size], media=media, scheme=scheme)

    ratio, text = page.weakest_contrast()

    assert ratio >= 4.5, text
    paper = page.ask("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (media == "print" or scheme == "light")


def test_paper_has_the_repos_and_no_controls(page: Page, reports: dict[int, Path]) -> None:
    page.open(reports[1_000], media="print", scheme="dark")

    assert page.ask("document.querySelectorAll('#repos tbody tr').length") == 200
    assert page.ask("document.getElementById('filter').offsetParent") is None
    pdf = b64decode(page.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"])
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") < 20


@pytest.mark.parametrize("width", [390, 1280])
def test_hostile_names_stay_text(page: Page, hostile: Path, listener: Listener, width: int) -> None:
    page.open(hostile, width)
    rows = page.ask("REPOS.length")
    for place in range(1, 2 * rows, 2):
        page.driver.execute_script(
            f"document.querySelector('#repos tbody tr:nth-child({place}) td button').click()"
        )
    page.choose("file", "0")
    page.type("script")

    with pytest.raises(NoAlertPresentException):
        _ = page.driver.switch_to.alert.text
    page.click("#filter button[type=reset]")
    page.driver.execute_async_script("setTimeout(arguments[0], 50)")
    assert sorted(page.texts("#repos .c-repo .name")) == sorted(
        page.ask("DATA.repos.map(({ name }) => name)")
    )
    assert page.ask("document.querySelectorAll('script').length") == 4
    assert (
        page.ask(
            "document.querySelectorAll('img, iframe, object, embed, form:not(#filter), [onerror], [onmouseover]').length"
        )
        == 0
    )
    assert set(page.ask("[...document.links].map(({ href }) => href)")) == {f"{listener.origin}/steal"}
    assert not listener.called
    assert page.complaints() == []
    assert page.ask("document.documentElement.scrollWidth") <= width


def test_policy_keeps_anything_else_from_running(
    page: Page, reports: dict[int, Path], listener: Listener
) -> None:
    page.open(reports[10])

    page.driver.execute_script(
        f"document.body.insertAdjacentHTML('beforeend', '<img src={listener.origin} onerror=\"window.ran = 1\">');"
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s);"
    )
    page.driver.execute_async_script("setTimeout(arguments[0], 100)")

    assert page.ask("window.ran") is None
    assert not listener.called
    assert len(page.complaints()) >= 2
