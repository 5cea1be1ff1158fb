"""What our clients make of a forge's answers, and that they ask for no more than is needed."""

import json

import pytest

from mlscaffold.core.errors import ForgeError, ForgeRefusedError, ForgeStopError
from mlscaffold.core.forge import Account, History, Owner, PullRequest, PullState
from mlscaffold.core.readiness import Readiness
from tests.forge import openapi
from tests.forge.lab import OWN, ROBOT, Lab, github_only
from tests.forge.world import Fault

gitlab_only = pytest.mark.parametrize("lab", ["gitlab"], indirect=True)


def test_who_we_are(lab: Lab) -> None:
    scopes = None if lab.platform == "gitea" else frozenset({"repo", "workflow"})

    assert lab.forge.whoami() == Account("robot", scopes)


def test_scopes_that_are_not_told_are_unknown(lab: Lab) -> None:
    lab.world.scopes = None

    assert lab.forge.whoami() == Account("robot", None)


def test_list_goes_on_over_all_pages(lab: Lab) -> None:
    lab.world.per_page = 3
    for number in range(10):
        lab.world.add(f"acme/r{number}")

    names = [repo.name for repo in lab.forge.repos(Owner.ORG, "acme")]

    assert names == [repo.name for repo in lab.world.repos]
    assert len(lab.world.log) == 4


def test_repos_of_a_user(lab: Lab) -> None:
    lab.world.add("ada/hers")
    lab.world.add("robot/its-own")

    assert [repo.name for repo in lab.forge.repos(Owner.USER, "ada")] == ["ada/hers"]
    assert [repo.name for repo in lab.forge.repos(Owner.USER, "robot")] == ["robot/its-own"]


@pytest.mark.parametrize("owner", [Owner.ORG, Owner.USER])
def test_owner_who_is_not_there_is_said(lab: Lab, owner: Owner) -> None:
    with pytest.raises(ForgeRefusedError, match="refused to list the repos of nobody"):
        list(lab.forge.repos(owner, "nobody"))


def test_repo_says_what_it_is(lab: Lab) -> None:
    lab.world.add("acme/odd", archived=True, mirror=True, fork=True, may_push=False, topics=["ml", "old"])

    repo = lab.forge.repo("acme/odd")

    assert repo is not None
    assert (repo.archived, repo.mirror, repo.fork, repo.may_push) == (True, True, True, False)
    assert repo.topics == frozenset({"ml", "old"})
    [_, listed] = lab.forge.repos(Owner.ORG, "acme")
    assert listed.topics == frozenset({"ml", "old"})
    assert lab.forge.repo("acme/none") is None


def test_clone_address_is_made_by_us_and_not_taken_from_the_forge(lab: Lab) -> None:
    assert lab.seen().clone_url == f"{lab.server.origin}/acme/ranker.git"


@pytest.mark.parametrize(
    "name", ["acme", "../etc/passwd", "acme/..", "acme/-x", "acme/a b", "acme/x?y", "acme//x", ""]
)
def test_name_that_is_none_goes_into_no_address(lab: Lab, name: str) -> None:
    with pytest.raises(ForgeError, match="is not the full name of a repo"):
        lab.forge.repo(name)
    assert lab.world.log == []


def test_heads_and_history(lab: Lab) -> None:
    repo = lab.seen()
    ours = lab.store.commit("ours", lab.main)
    hers = lab.store.commit("hers", ours, who="ada@acme.invalid")
    lab.store.put(lab.repo, OWN.branch, hers)

    assert lab.forge.head(repo, "main") == lab.main
    assert lab.forge.head(repo, OWN.branch) == hers
    assert lab.forge.head(repo, "mlscaffold") is None
    history = lab.forge.history(repo, hers)
    assert [commit.oid for commit in history.commits] == [ours, hers]
    assert not history.all_by(ROBOT)
    assert lab.forge.history(repo, ours).all_by(ROBOT)


@github_only
def test_history_that_is_told_in_part_is_nobodys(lab: Lab) -> None:
    head = lab.main
    for number in range(101):
        head = lab.store.commit(f"c{number}", head)
    lab.store.put(lab.repo, OWN.branch, head)

    history = lab.forge.history(lab.seen(), head)

    assert (len(history.commits), history.total) == (100, 101)
    assert not history.all_by(ROBOT)
    assert History((), 0).all_by(ROBOT)


def test_pull_request_in_each_state_from_one_branch_only(lab: Lab) -> None:
    for version in ("v2", "v3"):
        lab.publish(lab.target(version))
        lab.repo.pulls[-1].state = "closed"
    lab.repo.pulls[0].merged = True
    lab.publish(lab.target("v4"))
    lab.store.put(lab.repo, "feature", lab.target("v5").marker.commit)
    lab.forge.open_pull(lab.seen(), "feature", "Mine", "", draft=False)

    states = {pull.number: pull.state for pull in lab.forge.pulls(lab.seen(), OWN.branch)}

    assert states == {1: PullState.MERGED, 2: PullState.CLOSED, 3: PullState.OPEN}


def test_duplicate_is_refused(lab: Lab) -> None:
    lab.publish(lab.target())

    with pytest.raises(ForgeRefusedError) as caught:
        lab.forge.open_pull(lab.seen(), OWN.branch, "Again", "", draft=False)

    assert caught.value.status == (422 if lab.platform == "github" else 409)


def opened(lab: Lab) -> PullRequest:
    lab.publish(lab.target())
    [pull] = lab.forge.pulls(lab.seen(), OWN.branch)
    return pull


def readiness(lab: Lab, pull: PullRequest) -> Readiness:
    return lab.forge.readiness(lab.seen(), pull)


def test_pull_request_without_checks_and_reviews_is_ready(lab: Lab) -> None:
    found = readiness(lab, opened(lab))

    assert (found.failing, found.waiting, found.conflicts) == (False, False, False)
    assert found.said("main") == "no checks"


def test_checks_that_fail_and_that_are_waited_for_are_named(lab: Lab) -> None:
    pull = opened(lab)
    lab.repo.pulls[0].checks = {"lint": "failed", "ci/build": "waiting", "test": "passed"}

    found = readiness(lab, pull)

    one = lab.platform == "gitlab"  # one pipeline, which has failed
    assert found.failing
    assert found.said("main") == ("failing: pipeline" if one else "failing: lint; waiting: ci/build")
    lab.repo.pulls[0].checks = {"lint": "passed", "ci/build": "waiting"}
    assert (readiness(lab, pull).failing, readiness(lab, pull).waiting) == (False, True)
    lab.repo.pulls[0].checks = {"lint": "passed", "ci/build": "passed"}
    assert readiness(lab, pull).said("main") == "all checks pass"


def test_last_word_of_each_reviewer_counts(lab: Lab) -> None:
    pull = opened(lab)
    lab.repo.pulls[0].reviews = [("ada", "changes"), ("grace", "approved")]
    assert readiness(lab, pull).failing

    if lab.platform == "gitlab":  # which keeps no history of them
        lab.repo.pulls[0].reviews = [("ada", "approved"), ("grace", "approved")]
    else:
        lab.repo.pulls[0].reviews += [("ada", "approved"), ("ada", "comment")]

    found = readiness(lab, pull)
    assert (found.approved_by, found.failing) == (("ada", "grace"), False)
    assert found.said("main") == "no checks; approved by ada, grace"


@pytest.mark.parametrize("lab", ["github", "gitea"], indirect=True)
def test_review_that_was_dismissed_counts_no_more(lab: Lab) -> None:
    pull = opened(lab)
    lab.repo.pulls[0].reviews = [("ada", "changes"), ("ada", "dismissed")]

    assert not readiness(lab, pull).failing


def test_conflict_with_the_default_branch_is_named(lab: Lab) -> None:
    pull = opened(lab)
    lab.repo.pulls[0].conflicts = True

    assert readiness(lab, pull).said("main") == "conflicts with main; no checks"


@pytest.mark.parametrize("lab", ["github", "gitlab"], indirect=True)
def test_conflict_that_the_forge_has_not_looked_for_yet_is_none(lab: Lab) -> None:
    pull = opened(lab)
    lab.repo.pulls[0].conflicts = None

    assert readiness(lab, pull).conflicts is None
    assert not readiness(lab, pull).failing


@github_only
def test_checks_that_the_token_may_not_see_are_not_called_none(lab: Lab) -> None:
    pull = opened(lab)
    lab.world.faults += [Fault(on="/commits/", status=403, times=2)]

    assert readiness(lab, pull).said("main") == "this token may not see its checks"


@gitlab_only
def test_gitlab_reviewer_who_is_not_there_is_said(lab: Lab) -> None:
    with pytest.raises(ForgeError, match="There is no account nobody"):
        lab.forge.request_reviews(lab.seen(), 1, ("nobody",))


@gitlab_only
def test_gitlab_project_in_a_subgroup(lab: Lab) -> None:
    lab.world.add("acme/deep/down")

    repo = lab.forge.repo("acme/deep/down")

    assert repo is not None
    assert repo.name == "acme/deep/down"


@github_only
def test_fake_is_held_to_githubs_description(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong answer and a wrong request are both found: the check that guards every other test can fail."""
    monkeypatch.setattr(openapi, "filled", lambda *args: {**args[-1], "id": "one"})
    lab.forge.whoami()
    monkeypatch.undo()
    lab.http.get("/user/repos", {"no_such": "1"})
    lab.publish(lab.target())
    with pytest.raises(ForgeError):
        lab.http.send("PATCH", "/repos/acme/ranker/pulls/1", {"title": 5}).fields.text("nothing")

    found, lab.world.violations = lab.world.violations, []
    assert "GET /user: id: 'one' is not of type 'integer'" in found
    assert "GET /user/repos: no parameter no_such" in found
    assert "PATCH /repos/acme/ranker/pulls/1: title: 5 is not of type 'string'" in found


def test_branch_name_that_looks_like_an_address_is_only_a_name(lab: Lab) -> None:
    lab.store.put(lab.repo, "50%/a#b&c", lab.main)
    lab.repo.default_branch = "50%/a#b&c"
    ours = lab.store.commit("ours", lab.main)
    lab.store.put(lab.repo, OWN.branch, ours)

    assert lab.forge.head(lab.seen(), "50%/a#b&c") == lab.main
    assert [commit.oid for commit in lab.forge.history(lab.seen(), ours).commits] == [ours]


def test_unchanged_repo_costs_one_request(lab: Lab) -> None:
    [repo] = lab.forge.repos(Owner.ORG, "acme")
    lab.world.log.clear()

    lab.forge.head(repo, "main")

    assert len(lab.world.log) == 1


def test_heads_are_told_as_they_are_told_one_by_one(lab: Lab) -> None:
    """GitHub tells them in one answer; where a forge does not, or not of all, each is asked for alone."""
    lab.world.add("acme/void")
    gone = lab.world.add("acme/gone")
    other = lab.world.add("acme/other", default_branch="trunk")
    lab.store.put(other, "trunk", lab.main)
    repos = list(lab.forge.repos(Owner.ORG, "acme"))
    lab.world.repos.remove(gone)
    lab.world.log.clear()

    told = lab.forge.heads(repos)

    known = {"acme/ranker": lab.main, "acme/other": lab.main}
    assert told == (known if lab.platform == "github" else {})
    assert len(lab.world.log) == (1 if lab.platform == "github" else 0)
    assert lab.world.writes() == []


@github_only
def test_head_of_a_default_branch_that_was_renamed_since_the_listing_is_not_told(lab: Lab) -> None:
    repos = list(lab.forge.repos(Owner.ORG, "acme"))
    lab.store.put(lab.repo, "trunk", lab.main)
    lab.repo.default_branch = "trunk"

    assert lab.forge.heads(repos) == {}


@github_only
@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        (Fault("graphql", status=404), 1),
        (Fault("graphql", status=200, body=b"<html>"), 1),
        (Fault("graphql", status=200, body=b'{"data": null, "errors": [{"type": "RATE_LIMITED"}]}'), 1),
        (Fault("graphql", status=502), 2),
        (Fault("graphql", lose_reply=True), 2),
    ],
    ids=["none", "a page", "limited", "an error, once", "a lost answer"],
)
def test_answer_that_is_none_is_left_to_single_questions(lab: Lab, fault: Fault, asked: int) -> None:
    repos = list(lab.forge.repos(Owner.ORG, "acme"))
    lab.world.faults.append(fault)

    told = lab.forge.heads(repos)

    assert told == ({"acme/ranker": lab.main} if asked == 2 else {})
    assert sum("graphql" in line for line in lab.world.log) == asked


@github_only
def test_token_that_counts_no_more_stops_all(lab: Lab) -> None:
    repos = list(lab.forge.repos(Owner.ORG, "acme"))
    lab.world.tokens.clear()

    with pytest.raises(ForgeStopError):
        lab.forge.heads(repos)


@github_only
@pytest.mark.parametrize(
    "ref",
    [
        None,
        {"name": "main", "target": None},
        {"name": "main", "target": {"oid": "HEAD"}},
        {"name": None, "target": {"oid": "0" * 40}},
        "main",
    ],
    ids=["null", "no target", "no commit", "no name", "no object"],
)
def test_odd_answer_for_one_repo_is_left_to_a_single_question_and_the_others_are_told(
    lab: Lab, ref: object
) -> None:
    """Null is what a token without the permission gets too, and that must not be taken for a repo without a commit."""
    lab.store.put(lab.world.add("acme/odd"), "main", lab.main)
    repos = list(lab.forge.repos(Owner.ORG, "acme"))
    good = {"defaultBranchRef": {"name": "main", "target": {"oid": lab.main}}}
    said = {
        "data": {"r0": good, "r1": {"defaultBranchRef": ref}},
        "errors": [{"type": "FORBIDDEN", "path": ["r1"]}],
    }
    lab.world.faults.append(Fault("graphql", status=200, body=json.dumps(said).encode()))

    assert lab.forge.heads(repos) == {"acme/ranker": lab.main}
