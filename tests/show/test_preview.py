"""A preview as a comment: it fits what a forge takes, however many repos there are and however much is told of each."""

import pytest

from mlscaffold.core.effect import Effect, Previewed
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.show.preview import show_preview


@pytest.mark.parametrize("long", [10, 300, 1_000, 5_000])
def test_comment_is_one_that_github_takes(long: int, capsys: pytest.CaptureFixture[str]) -> None:
    states = [Standing.ERROR, Standing.CONFLICTS, Standing.CLEAN]
    found = [
        Previewed(
            Outcome(f"acme/repo-{number}", "preview", states[number % 3], "_" * long),
            (Effect(f"file-{number}.py", "clean"),),
        )
        for number in range(330)
    ]

    show_preview(found, "1" * 40, "2" * 40, "markdown")

    told = capsys.readouterr().out
    assert len(told) < 65_536 - 200, "the workflow adds a line"
    assert told.startswith(
        "### mlscaffold preview: 330 repos: 110 error, 110 conflicts, 110 applies cleanly\n"
    )
    assert ("acme/repo-0" in told) is (long < 5_000)
    assert "more: `--format json` names all." in told
