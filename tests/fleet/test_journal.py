"""The journal: what is in it is on the disk, one run writes it, and nothing that is broken in it is believed."""

import json
from pathlib import Path

import pytest

from mlscaffold.core import kept
from mlscaffold.core.errors import MlscaffoldError, UsageError
from mlscaffold.core.kept import Ended, Kept
from mlscaffold.core.outcome import Excuse, Outcome, Standing
from mlscaffold.fleet import journal


def outcome(repo: str, state: Standing = Standing.IN_SYNC) -> Outcome:
    return Outcome(
        repo,
        "check",
        state,
        words={"behind": 2},
        head="a" * 40,
        key="k",
        files={"a.py": "behind", "b.py": "behind"},
        compared=7,
        days=30,
        waivers=(Excuse("setup.cfg", "2026-12-31", "moving"),),
        page="https://git.example.com/acme/a",
    )


def test_last_outcome_of_each_repo_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal.jsonl"
    with journal.opened(path, "run-1") as opened:
        for each in (outcome("a"), outcome("b"), outcome("a", Standing.BEHIND)):
            opened.write(each, "2026-01-01T00:00:00+00:00")

    with journal.opened(path, "run-2") as opened:
        assert opened.last("check") == {"a": outcome("a", Standing.BEHIND), "b": outcome("b")}
        assert opened.last("update") == {}


def test_lines_are_read_while_a_run_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with journal.opened(path, "run-1") as opened:
        opened.write(outcome("a"), "then")
        opened.write(Ended("check", 1, ("b",)), "now")
        with path.open("ab") as file:
            file.write(b'{"half": ')

        assert list(journal.lines(path)) == [
            Kept("run-1", "then", outcome("a")),
            Kept("run-1", "now", Ended("check", 1, ("b",))),
            None,
        ]
        assert opened.last("check") == {"a": outcome("a")}


def test_line_of_a_version_that_kept_no_files_is_still_an_outcome(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    old = Kept("run", "then", outcome("a"))
    document = kept.document(old)
    for name in ("files", "compared", "days", "waivers", "page"):
        del document[name]
    path.write_text(json.dumps(document) + "\n")

    [found] = journal.lines(path)

    assert found == Kept(
        "run", "then", Outcome("a", "check", Standing.IN_SYNC, words={"behind": 2}, head="a" * 40, key="k")
    )


@pytest.mark.parametrize(
    "field",
    [
        {"files": {"a": 1}},
        {"files": [1]},
        {"words": {"behind": "2"}},
        {"days": "3"},
        {"waivers": [{"path": "a"}]},
        {"waivers": [{"path": 1, "until": "", "reason": ""}]},
        {"page": None},
        {"ended": 1},
        {"ended": {"step": "check", "repos": "1"}},
        {"run": 3},
    ],
    ids=json.dumps,
)
def test_line_that_says_what_no_outcome_says_is_passed_over(tmp_path: Path, field: dict[str, object]) -> None:
    path = tmp_path / "journal.jsonl"
    document = kept.document(Kept("run", "then", outcome("a")))
    path.write_text(json.dumps({**document, **field}) + "\n")

    assert list(journal.lines(path)) == [None]


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe\n", b"[1]\n", b'"text"\n', b"{}\n", b'{"repo": "a"}\n', b"[" * 100_000 + b"\n", b'{"half": '],
    ids=["bytes", "list", "text", "empty", "few keys", "deep", "cut"],
)
def test_line_that_is_no_outcome_is_passed_over(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    first = json.dumps(kept.document(Kept("before", "then", outcome("b")))).encode() + b"\n"
    path.write_bytes(line if line == b'{"half": ' else first + line)

    with journal.opened(path, "run") as opened:
        opened.write(outcome("a"), "now")
        assert opened.last("check")["a"] == outcome("a")


@pytest.mark.parametrize(
    "content", [b"# Hello\n", b'[[repo]]\npath = "a"\n', b'{"a": 1}', b'{"a": 1}\n', b"\n"]
)
def test_file_that_is_no_journal_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine"
    path.write_bytes(content)

    with pytest.raises(UsageError, match="mine is no journal"), journal.opened(path, "run"):
        pass

    assert path.read_bytes() == content


@pytest.mark.parametrize("place", ["/dev/null", "/dev/full", "/dev/zero", "."])
def test_what_is_no_file_is_no_journal(place: str) -> None:
    with pytest.raises(UsageError, match="is no file"), journal.opened(Path(place), "run"):
        pass


def test_device_is_not_read_without_end() -> None:
    with pytest.raises(UsageError, match="/dev/zero is a device"):
        next(journal.lines(Path("/dev/zero")))


def test_second_run_is_kept_from_the_journal_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with (
        journal.opened(path, "first"),
        pytest.raises(MlscaffoldError, match="Another run is writing"),
        journal.opened(path, "second"),
    ):
        pass


@pytest.mark.parametrize(
    "later",
    [
        Outcome("a", "update", Standing.SKIPPED, "archived"),
        Outcome("a", "update", Standing.NO_RECORD),
        Outcome("a", "update", Standing.ERROR, "lost"),
        Outcome("a", "update", Standing.UNTRUSTED),
        Outcome("a", "update", Standing.WAITS, template="https://git.example.com/acme/t"),
        Outcome("a", "update", Standing.ERROR, template="git@git.example.com:acme/t.git"),
    ],
    ids=lambda later: f"{later.state}{' of a template' if later.template else ''}",
)
def test_outcome_that_says_nothing_of_a_pull_request_leaves_it_known(tmp_path: Path, later: Outcome) -> None:
    url = "https://git.example.com/acme/a/pulls/1"
    known = Outcome("a", "update", Standing.PULL_OPEN, template="https://git.example.com/acme/t", url=url)
    for run, outcome in (("first", known), ("second", later)):
        with journal.opened(tmp_path / "journal.jsonl", run) as opened:
            opened.write(outcome, "now")

    with journal.opened(tmp_path / "journal.jsonl", "third") as opened:
        [found] = opened.ours()["a"]

    assert (found.state, found.url, found.run) == (Standing.PULL_OPEN, url, "first")
