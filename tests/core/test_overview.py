"""A journal read as a whole: each repo as it stands now, and one point for each run."""

from dataclasses import replace
from itertools import count

import pytest

from mlscaffold.core.kept import Begun, Ended, Kept
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.core.overview import Overview, Point, overview

HOURS = count()


def line(run: str, what: Outcome | Begun | Ended, at: str = "") -> Kept:
    return Kept(run, at or f"2026-01-01T00:00:{next(HOURS):02}+00:00", what)


def checked(repo: str, state: Standing, **words: int) -> Outcome:
    return Outcome(repo, "check", state, words=words)


def pulled(repo: str, state: Standing, url: str = "https://git.example.com/acme/a/pulls/1") -> Outcome:
    return Outcome(repo, "update", state, url=url)


def states(found: Overview) -> dict[str, str]:
    return {seen.outcome.repo: str(seen.outcome.state) for seen in found.repos}


def test_last_answer_of_each_repo_is_how_it_stands() -> None:
    found = overview(
        [
            line("1", checked("b", Standing.IN_SYNC)),
            line("1", checked("a", Standing.BEHIND, behind=2)),
            line("2", checked("a", Standing.DRIFTED, missing=1)),
        ]
    )

    assert states(found) == {"a": "drifted", "b": "in sync"}


def test_every_run_is_a_point_of_all_repos_those_too_that_it_answered_from_the_journal() -> None:
    first = [line("1", checked(name, Standing.BEHIND, behind=2), "2026-01-01") for name in "abc"]
    found = overview(
        [
            *first,
            line("1", Ended("check", 3), "2026-01-02"),
            line("2", checked("a", Standing.IN_SYNC), "2026-02-01"),
            line("2", Ended("check", 3), "2026-02-02"),
            line("3", Ended("check", 3), "2026-03-01"),
        ]
    )

    one, all_but_one = {Standing.IN_SYNC: 1}, {Standing.BEHIND: 2}
    assert found.points == (
        Point("2026-01-02", {Standing.BEHIND: 3}, 6),
        Point("2026-02-02", {**all_but_one, **one}, 4),
        Point("2026-03-01", {**all_but_one, **one}, 4),
    )
    assert found.at == "2026-03-01"
    assert {seen.at for seen in found.repos} == {"2026-03-01"}, "the last run looked at all of them"


def test_run_over_a_share_of_the_repos_says_nothing_of_the_others() -> None:
    found = overview(
        [
            line("1", checked("a", Standing.IN_SYNC), "2026-01-01"),
            line("1", checked("b", Standing.IN_SYNC), "2026-01-01"),
            line("2", checked("b", Standing.BEHIND), "2026-02-01"),
            line("2", Ended("check", 1), "2026-02-02"),
        ]
    )

    assert {seen.outcome.repo: seen.at for seen in found.repos} == {"a": "2026-01-01", "b": "2026-02-01"}


def test_repo_that_a_whole_run_did_not_meet_is_no_longer_counted() -> None:
    found = overview(
        [
            line("1", checked("a", Standing.BEHIND, behind=1)),
            line("1", checked("gone", Standing.BEHIND, behind=5)),
            line("2", checked("a", Standing.BEHIND, behind=1)),
            line("2", Ended("check", 1, ("gone", "never heard of"))),
        ]
    )

    assert states(found) == {"a": "behind"}
    assert found.points[-1] == Point(found.at, {Standing.BEHIND: 1}, 1)


def test_repo_named_twice_stands_as_it_was_answered() -> None:
    found = overview(
        [
            line("1", checked("a", Standing.BEHIND)),
            line("1", checked("a", Standing.SKIPPED)),
            line("1", checked("b", Standing.SKIPPED)),
            line("2", checked("b", Standing.SKIPPED)),
        ]
    )

    assert states(found) == {"a": "behind", "b": "skipped"}


def test_pull_request_is_as_old_as_its_first_sight() -> None:
    found = overview(
        [
            line("1", checked("a", Standing.BEHIND)),
            line("2", pulled("a", Standing.PULL_OPEN), "2026-01-05"),
            line("3", pulled("a", Standing.ERROR), "2026-01-06"),
            line("4", pulled("a", Standing.PULL_OPEN), "2026-01-07"),
        ]
    )

    [seen] = found.repos
    assert seen.outcome.state is Standing.BEHIND, "an update says nothing of how a repo stands"
    assert seen.pull is not None
    assert (seen.pull.outcome.state, seen.pull.since, seen.pull.at) == (
        Standing.PULL_OPEN,
        "2026-01-05",
        "2026-01-07",
    )


def test_next_pull_request_begins_anew_and_one_with_nothing_left_to_do_is_over() -> None:
    opened = [
        line("1", checked("a", Standing.BEHIND)),
        line("2", pulled("a", Standing.PULL_OPEN), "2026-01-05"),
        line("3", pulled("a", Standing.PULL_OPEN, "https://git.example.com/acme/a/pulls/2"), "2026-01-07"),
    ]

    [pull] = [seen.pull for seen in overview(opened).repos]
    assert pull is not None
    assert pull.since == "2026-01-07"
    [over] = overview([*opened, line("4", pulled("a", Standing.NOTHING, ""))]).repos
    assert over.pull is None


def left(state: Standing, branch: str = "") -> Outcome:
    return Outcome("a", "update", state, branch=branch)


def test_branch_in_a_clone_and_a_conflict_wait_as_pull_requests_do() -> None:
    behind = line("1", checked("a", Standing.BEHIND))
    branch = line("2", left(Standing.UPDATED, "mlscaffold/update/t"), "2026-01-05")
    again = line("3", left(Standing.UPDATED, "mlscaffold/update/t"), "2026-01-07")
    conflict = line("4", left(Standing.CONFLICTS), "2026-01-09")

    [seen] = overview([behind, branch, again]).repos
    assert seen.pull is not None
    assert (seen.pull.outcome.state, seen.pull.since, seen.pull.at) == (
        Standing.UPDATED,
        "2026-01-05",
        "2026-01-07",
    )
    [seen] = overview([behind, branch, again, conflict]).repos
    assert seen.pull is not None
    assert (seen.pull.outcome.state, seen.pull.since) == (Standing.CONFLICTS, "2026-01-09")
    partly = line("4", left(Standing.PARTLY, "mlscaffold/update/t"), "2026-01-09")
    [seen] = overview([behind, branch, partly]).repos
    assert seen.pull is not None
    assert seen.pull.outcome.state is Standing.PARTLY
    for over in (checked("a", Standing.IN_SYNC), left(Standing.NOTHING)):
        [seen] = overview([behind, branch, line("5", over)]).repos
        assert seen.pull is None


def test_branch_that_only_a_later_run_tells_of_waits_and_is_as_old_as_its_first_sight() -> None:
    behind = line("1", checked("a", Standing.BEHIND))
    ready = line("3", left(Standing.READY, "mlscaffold/update/t"), "2026-01-07")

    [seen] = overview([behind, ready]).repos
    assert seen.pull is not None
    assert (seen.pull.outcome.state, seen.pull.since) == (Standing.READY, "2026-01-07")
    made = line("2", left(Standing.UPDATED, "mlscaffold/update/t"), "2026-01-05")
    [seen] = overview([behind, made, ready]).repos
    assert seen.pull is not None
    assert seen.pull.since == "2026-01-05", "it is the same branch"


@pytest.mark.parametrize(
    ("state", "recorded", "newest", "waits"),
    [
        (Standing.DRIFTED, "old", "new", True),
        (Standing.DRIFTED, "new", "new", False),
        (Standing.DIVERGED, "new", "newer", False),
        (Standing.DRIFTED, "newer", "newer", False),
        (Standing.DRIFTED, "old", "old", True),  # the check looks at another branch of the template
        (Standing.IN_SYNC, "old", "new", False),
        (Standing.ERROR, "", "", True),
    ],
)
def test_branch_waits_till_the_record_has_what_it_brings_whatever_else_is_the_matter(
    state: Standing, recorded: str, newest: str, waits: bool
) -> None:
    branch = replace(left(Standing.UPDATED, "mlscaffold/update/t"), recorded="old", target="new")
    after = replace(checked("a", state), recorded=recorded, target=newest)

    [seen] = overview([line("1", checked("a", Standing.BEHIND)), line("2", branch), line("3", after)]).repos

    assert (seen.pull is not None) is waits


def test_conflict_hides_no_pull_request_that_is_open_and_a_check_closes_none() -> None:
    [seen] = overview(
        [
            line("1", pulled("a", Standing.PULL_OPEN)),
            line("2", left(Standing.CONFLICTS)),
            line("3", checked("a", Standing.IN_SYNC)),
        ]
    ).repos
    assert seen.pull is not None
    assert seen.pull.outcome.state is Standing.PULL_OPEN


def test_journal_of_updates_alone_tells_their_states() -> None:
    found = overview([line("1", pulled("a", Standing.PULL_OPEN)), None])

    assert (found.step, states(found), found.unread) == ("update", {"a": "pull request open"}, 1)
    assert len(found.points) == 1


def test_nothing_is_known_of_an_empty_journal() -> None:
    assert overview([]) == Overview("update", "", (), (), 0)


def test_newest_run_that_did_not_come_to_its_end_is_told_with_what_it_told() -> None:
    whole = [line("1", checked("a", Standing.BEHIND)), line("1", Ended("check", 1))]
    cut = [line("2", checked("a", Standing.IN_SYNC)), line("2", checked("b", Standing.IN_SYNC))]

    assert overview(whole).cut_after is None
    assert overview([*whole, line("2", Begun("check", "1/2"))]).cut_after == 0
    assert overview([*whole, *cut]).cut_after == 2
    assert overview([*whole, *cut, line("3", Ended("check", 2))]).cut_after is None
