"""The journal: what is in it is on the disk, one run writes it, and nothing that is broken in it is believed."""

from pathlib import Path

import pytest

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.fleet import journal


def outcome(repo: str, state: Standing = Standing.IN_SYNC) -> Outcome:
    return Outcome(repo, "check", state, words={"behind": 2}, head="a" * 40, key="k")


def test_last_outcome_of_each_repo_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal.jsonl"
    with journal.opened(path, "run-1") as opened:
        for each in (outcome("a"), outcome("b"), outcome("a", Standing.BEHIND)):
            opened.write(each, "2026-01-01T00:00:00+00:00")

    with journal.opened(path, "run-2") as opened:
        assert opened.last("check") == {"a": outcome("a", Standing.BEHIND), "b": outcome("b")}
        assert opened.last("update") == {}


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe\n", b"[1]\n", b'"text"\n', b"{}\n", b'{"repo": "a"}\n', b"[" * 100_000 + b"\n", b'{"half": '],
    ids=["bytes", "list", "text", "empty", "few keys", "deep", "cut"],
)
def test_line_that_is_no_outcome_is_passed_over(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(line)

    with journal.opened(path, "run") as opened:
        opened.write(outcome("a"), "now")
        assert opened.last("check") == {"a": outcome("a")}


def test_second_run_is_kept_from_the_journal_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with (
        journal.opened(path, "first"),
        pytest.raises(MlscaffoldError, match="Another run is writing"),
        journal.opened(path, "second"),
    ):
        pass
