"""Promises about one repo's pull request, on a forge of each kind, with real git over HTTP between."""

import pytest

from mlscaffold.core.forge import PullState
from mlscaffold.core.marker import read_marker
from mlscaffold.core.pull import Rest, Standing
from tests.forge.lab import OWN, Lab, github_only
from tests.forge.world import Fault, Pull


def test_update_opens_one_labelled_pull_request_into_the_default_branch(lab: Lab) -> None:
    target = lab.target(reviewers=("ada",))

    rest = lab.publish(target)

    assert rest == Rest(Standing.OPEN, 1)
    assert lab.repo.head(OWN.branch) == target.marker.commit
    [pull] = lab.repo.pulls
    assert (pull.base, pull.title, pull.labels, pull.reviewers) == (
        "main",
        "Update to v2",
        ["mlscaffold"],
        ["ada"],
    )
    assert read_marker(pull.body) == target.marker


def test_second_run_writes_nothing(lab: Lab) -> None:
    lab.publish(lab.target())
    before = lab.state()
    lab.world.log.clear()

    assert lab.publish(lab.target()) == Rest(Standing.OPEN, 1)

    assert lab.world.writes() == []
    assert lab.state() == before


def test_newer_template_refreshes_the_same_pull_request(lab: Lab) -> None:
    lab.publish(lab.target("v2"))

    lab.publish(lab.target("v3"))

    [pull] = lab.repo.pulls
    assert (pull.title, pull.head) == ("Update to v3", lab.target("v3").marker.commit)


def test_default_branch_is_never_pushed_to(lab: Lab) -> None:
    lab.publish(lab.target("v2"))
    lab.publish(lab.target("v3"))
    lab.publish(None)

    assert lab.repo.head("main") == lab.main


def test_what_is_no_longer_needed_is_closed_and_its_branch_deleted(lab: Lab) -> None:
    lab.publish(lab.target())

    assert lab.publish(None) == Rest(Standing.NOTHING)

    [pull] = lab.repo.pulls
    assert (pull.state, lab.repo.head(OWN.branch)) == ("closed", None)
    assert lab.publish(lab.target()) == Rest(Standing.OPEN, 2), "our own closing is no answer for good"


def test_pull_request_that_a_person_closed_stays_closed_until_the_template_moves_on(lab: Lab) -> None:
    lab.publish(lab.target("v2"))
    lab.repo.pulls[0].state = "closed"
    lab.world.log.clear()

    assert lab.publish(lab.target("v2")) == Rest(Standing.DECLINED, 1)
    assert lab.world.writes() == []

    assert lab.publish(lab.target("v3")) == Rest(Standing.OPEN, 2)


def test_closed_stays_closed_though_the_branch_is_gone_and_the_project_has_moved(lab: Lab) -> None:
    lab.publish(lab.target("v2"))
    lab.store.put(lab.repo, OWN.branch, None)
    lab.store.put(lab.repo, "main", lab.store.commit("two", lab.main, who="ada@acme.invalid"))
    lab.world.log.clear()

    assert lab.publish(lab.target("v2")) == Rest(Standing.DECLINED, 1)
    assert lab.world.writes() == []


def test_merged_pull_request_gives_way_to_the_next(lab: Lab) -> None:
    lab.publish(lab.target("v2"))
    lab.repo.pulls[0].state, lab.repo.pulls[0].merged = "closed", True
    assert [pull.state for pull in lab.forge.pulls(lab.seen(), OWN.branch)] == [PullState.MERGED]

    assert lab.publish(lab.target("v3")) == Rest(Standing.OPEN, 2)


@pytest.mark.parametrize("on_top", [False, True], ids=["last", "under one of ours"])
def test_commit_of_a_person_on_our_branch_is_never_overwritten(lab: Lab, on_top: bool) -> None:
    lab.publish(lab.target("v2"))
    head = lab.store.commit("by hand", lab.target("v2").marker.commit, who="ada@acme.invalid")
    head = lab.store.commit("ours again", head) if on_top else head
    lab.store.put(lab.repo, OWN.branch, head)
    lab.world.log.clear()

    assert lab.publish(lab.target("v3")) == Rest(Standing.PERSON, 1)
    assert lab.publish(None) == Rest(Standing.PERSON, 1)
    assert lab.world.writes() == []


def test_person_who_pushes_between_our_look_and_our_push_wins(lab: Lab) -> None:
    lab.publish(lab.target("v2"))
    theirs = lab.store.commit("by hand", lab.target("v2").marker.commit, who="ada@acme.invalid")
    lab.world.before_receive = lambda: lab.store.put(lab.repo, OWN.branch, theirs)

    assert lab.publish(lab.target("v3")).standing is Standing.PERSON
    assert lab.repo.head(OWN.branch) == theirs


def test_person_who_makes_the_branch_between_our_look_and_our_push_wins(lab: Lab) -> None:
    theirs = lab.store.commit("by hand", lab.main, who="ada@acme.invalid")
    lab.world.before_receive = lambda: lab.store.put(lab.repo, OWN.branch, theirs)

    assert lab.publish(lab.target()).standing is Standing.PERSON
    assert lab.repo.head(OWN.branch) == theirs


def test_person_who_pushes_while_we_delete_the_branch_wins(lab: Lab) -> None:
    lab.publish(lab.target())
    theirs = lab.store.commit("by hand", lab.target().marker.commit, who="ada@acme.invalid")
    lab.world.before_receive = lambda: lab.store.put(lab.repo, OWN.branch, theirs)

    assert lab.publish(None).standing is Standing.PERSON
    assert lab.repo.head(OWN.branch) == theirs


def test_text_that_a_person_put_in_the_place_of_ours_is_left(lab: Lab) -> None:
    lab.publish(lab.target("v2"))
    lab.repo.pulls[0].body = "I take it from here."
    lab.world.log.clear()

    assert lab.publish(lab.target("v3")) == Rest(Standing.REWRITTEN, 1)
    assert lab.world.writes() == []


def test_pull_request_from_a_branch_of_that_name_in_a_fork_is_not_ours(lab: Lab) -> None:
    body = lab.target().body
    lab.repo.pulls.append(Pull(1, OWN.branch, "main", "Mine", body, lab.main, state="closed", fork=True))

    assert lab.publish(lab.target()) == Rest(Standing.OPEN, 2)


def test_second_pull_request_from_our_branch_is_closed(lab: Lab) -> None:
    lab.publish(lab.target())
    lab.store.put(lab.repo, "old-main", lab.main)
    first = lab.repo.pulls[0]
    lab.repo.pulls.append(Pull(2, OWN.branch, "old-main", first.title, first.body, first.head))

    assert lab.publish(lab.target()) == Rest(Standing.OPEN, 1)
    assert [pull.state for pull in lab.repo.pulls] == ["open", "closed"]


def test_renamed_default_branch_becomes_the_base(lab: Lab) -> None:
    lab.publish(lab.target())
    lab.store.put(lab.repo, "trunk", lab.main)
    lab.repo.default_branch = "trunk"
    lab.repo.git("symbolic-ref", "HEAD", "refs/heads/trunk")

    assert lab.publish(lab.target()) == Rest(Standing.OPEN, 1)
    assert lab.repo.pulls[0].base == "trunk"


@pytest.mark.parametrize(
    ("flag", "standing"),
    [
        ({"archived": True}, Standing.ARCHIVED),
        ({"mirror": True}, Standing.MIRROR),
        ({"may_push": False}, Standing.NO_PERMISSION),
        ({"default_branch": OWN.branch}, Standing.DEFAULT_BRANCH),
    ],
)
def test_repo_that_is_not_for_us_is_a_named_skip(lab: Lab, flag: dict[str, bool], standing: Standing) -> None:
    lab.store.put(lab.repo, OWN.branch, lab.main)
    for name, value in flag.items():
        setattr(lab.repo, name, value)

    assert lab.publish(lab.target()) == Rest(standing)
    assert lab.world.writes() == []


def test_empty_repo_has_no_head(lab: Lab) -> None:
    lab.world.add("acme/empty")
    repo = lab.forge.repo("acme/empty")

    assert repo is not None
    assert lab.forge.head(repo, "main") is None
    assert repo.empty or lab.platform == "github", "GitHub's list does not tell"


def test_protected_branch_is_a_refusal_with_the_forges_words(lab: Lab) -> None:
    lab.world.protect(lab.repo, OWN.branch)

    rest = lab.publish(lab.target())

    assert rest.standing is Standing.REFUSED
    assert "GH006: Protected branch update failed" in rest.said
    assert lab.repo.pulls == []


@github_only
def test_reviewer_whom_the_forge_refuses_is_said_and_costs_nothing_else(lab: Lab) -> None:
    rest = lab.publish(lab.target(reviewers=("nobody",)))

    assert rest == Rest(Standing.OPEN, 1)
    assert "Reviews may only be requested from collaborators" in rest.said
    assert lab.repo.pulls[0].labels == ["mlscaffold"]


def test_labels_that_the_repo_has_are_used_and_the_others_made(lab: Lab) -> None:
    lab.publish(lab.target(labels=("bug", "mlscaffold")))

    assert lab.repo.labels == ["bug", "mlscaffold"]
    assert lab.repo.pulls[0].labels == ["bug", "mlscaffold"]


def test_draft_is_a_draft_in_the_forges_own_way(lab: Lab) -> None:
    lab.publish(lab.target(draft=True))

    assert [pull.draft for pull in lab.forge.pulls(lab.seen(), OWN.branch)] == [True]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("after", [True, False])
def test_pull_request_becomes_a_draft_or_ready_with_what_it_brings(
    lab: Lab, before: bool, after: bool
) -> None:
    lab.publish(lab.target(draft=before))

    lab.publish(lab.target("v3", draft=after))

    [pull] = lab.forge.pulls(lab.seen(), OWN.branch)
    assert (pull.draft, pull.title.endswith("Update to v3")) == (after, True)
    lab.world.log.clear()
    lab.publish(lab.target("v3", draft=after))
    assert lab.world.writes() == []


def test_what_a_person_made_ready_stays_so_until_there_is_something_new(lab: Lab) -> None:
    lab.publish(lab.target(draft=True))
    [pull] = lab.repo.pulls
    pull.draft, pull.title = False, "Update to v2"
    lab.world.log.clear()

    lab.publish(lab.target(draft=True))

    assert lab.world.writes() == []


@github_only
def test_draft_that_cannot_be_made_ready_is_refused_with_githubs_reason(lab: Lab) -> None:
    lab.publish(lab.target(draft=True))
    said = b'{"data": null, "errors": [{"message": "Resource not accessible by personal access token"}]}'
    lab.world.faults.append(Fault(on="POST .*/graphql", status=200, body=said, times=9))

    rest = lab.publish(lab.target("v3"))

    assert rest.standing is Standing.REFUSED
    assert "ready: Resource not accessible by personal access token" in rest.said
