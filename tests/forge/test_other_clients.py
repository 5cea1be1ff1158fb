"""Clients that are not ours see in the fakes what ours see: the fakes are no mirror of our own ideas.

For GitHub there is its published description besides (openapi.py); pyforgejo is generated from Forgejo's.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from mlscaffold.core.forge import PullState
from tests.forge.lab import OWN, ROBOT, Lab, github_only
from tests.forge.world import TOKEN

gitlab_only = pytest.mark.parametrize("lab", ["gitlab"], indirect=True)
gitea_only = pytest.mark.parametrize("lab", ["gitea"], indirect=True)


def looked_at(lab: Lab) -> None:
    """Let checks and a person say something of the pull request."""
    [pull] = lab.repo.pulls
    pull.checks = {"lint": "failed", "ci/build": "waiting"}
    pull.reviews = [("ada", "approved")]
    pull.conflicts = True


@github_only
def test_pygithub_sees_the_same(lab: Lab) -> None:
    from github import Auth, Github, GithubException
    from github.Commit import Commit

    lab.publish(lab.target(reviewers=("ada",)))
    looked_at(lab)
    base = f"{lab.server.origin}/api/v3"
    with Github(base_url=base, auth=Auth.Token(TOKEN), seconds_between_writes=0, retry=None) as other:
        repo = other.get_repo("acme/ranker")
        [pull] = repo.get_pulls(state="all", head=f"acme:{OWN.branch}")

        assert (other.get_user().login, repo.default_branch, repo.archived) == ("robot", "main", False)
        assert (pull.number, pull.title, pull.body) == (1, "Update to v2", lab.target().body)
        assert [label.name for label in pull.labels] == ["mlscaffold"]
        assert [user.login for user in pull.requested_reviewers] == ["ada"]
        assert (pull.head.sha, pull.base.ref, pull.merged) == (lab.target().marker.commit, "main", False)
        assert repo.compare("main", pull.head.sha).commits[0].commit.committer.email == ROBOT
        tip = Commit(other.requester, {}, {"url": f"{base}/repos/acme/ranker/commits/{pull.head.sha}"})
        assert [(each.context, each.state) for each in tip.get_combined_status().statuses] == [
            ("ci/build", "pending")
        ]
        assert [(run.name, run.conclusion) for run in tip.get_check_runs()] == [("lint", "failure")]
        assert [(said.user.login, said.state) for said in pull.get_reviews()] == [("ada", "APPROVED")]
        assert repo.get_pull(1).mergeable is False
        with pytest.raises(GithubException, match="A pull request already exists for acme:"):
            repo.create_pull(base="main", head=OWN.branch, title="Again")
        pull.edit(state="closed")
    assert [pull.state for pull in lab.forge.pulls(lab.seen(), OWN.branch)] == [PullState.CLOSED]


@gitlab_only
def test_python_gitlab_sees_the_same(lab: Lab) -> None:
    import gitlab

    lab.publish(lab.target(reviewers=("ada",), draft=True))
    looked_at(lab)
    with gitlab.Gitlab(lab.server.origin, private_token=TOKEN) as other:
        other.auth()
        project = other.projects.get("acme/ranker")
        [request] = project.mergerequests.list(source_branch=OWN.branch, state="all", get_all=True)

        assert other.user is not None
        assert (other.user.username, project.default_branch, project.archived) == ("robot", "main", False)
        assert (request.iid, request.title, request.state) == (1, "Draft: Update to v2", "opened")
        assert (request.description, request.draft) == (lab.target().body, True)
        assert request.labels == ["mlscaffold"]
        assert [reviewer["username"] for reviewer in request.reviewers] == ["ada"]
        assert (request.sha, request.target_branch) == (lab.target().marker.commit, "main")
        assert project.branches.get(OWN.branch).commit["id"] == request.sha
        whole = project.mergerequests.get(1)
        assert (whole.head_pipeline["status"], whole.has_conflicts) == ("failed", True)
        assert [each["user"]["username"] for each in whole.approvals.get().approved_by] == ["ada"]
        with pytest.raises(gitlab.GitlabCreateError, match="Another open merge request already exists"):
            project.mergerequests.create(
                {"source_branch": OWN.branch, "target_branch": "main", "title": "Again"}
            )
        request.state_event = "close"
        request.save()
    assert [pull.state for pull in lab.forge.pulls(lab.seen(), OWN.branch)] == [PullState.CLOSED]


@gitea_only
def test_pyforgejo_sees_the_same(lab: Lab) -> None:
    import httpx
    from pyforgejo import PyforgejoApi
    from pyforgejo.core.api_error import ApiError

    target = lab.target(reviewers=("ada",), draft=True)
    lab.publish(target)
    looked_at(lab)
    api = f"{lab.server.origin}/api/v1"
    with httpx.Client() as wire:
        other = PyforgejoApi(base_url=api, api_key=f"token {TOKEN}", httpx_client=wire)
        repo = other.repository.repo_get("acme", "ranker")
        [pull] = other.repository.repo_list_pull_requests("acme", "ranker", state="all")
        branch = other.repository.repo_get_branch("acme", "ranker", OWN.branch)
        compared = other.repository.repo_compare_diff("acme", "ranker", f"main...{target.marker.commit}")

        assert (other.user.get_current().login, repo.default_branch, repo.archived) == (
            "robot",
            "main",
            False,
        )
        assert (pull.number, pull.title, pull.body, pull.state) == (
            1,
            "WIP: Update to v2",
            target.body,
            "open",
        )
        assert pull.head
        assert pull.base
        assert pull.labels
        assert branch.commit
        assert compared.commits
        assert (pull.head.sha, pull.head.label, pull.base.ref) == (target.marker.commit, OWN.branch, "main")
        assert ([label.name for label in pull.labels], branch.commit.id) == (
            ["mlscaffold"],
            target.marker.commit,
        )
        assert [commit.sha for commit in compared.commits] == [target.marker.commit]
        tip = other.repository.repo_get_combined_status_by_ref("acme", "ranker", target.marker.commit)
        [review] = other.repository.repo_list_pull_reviews("acme", "ranker", 1)
        assert [(each.context, each.status) for each in tip.statuses or ()] == [
            ("lint", "failure"),
            ("ci/build", "pending"),
        ]
        assert (review.user and review.user.login, review.state) == ("ada", "APPROVED")
        assert other.repository.repo_get_pull_request("acme", "ranker", 1).mergeable is False
        assert list(unknown(repo, pull, branch, compared, tip, review, *pull.labels)) == []
        with pytest.raises(ApiError, match="already exists"):
            other.repository.repo_create_pull_request(
                "acme", "ranker", head=OWN.branch, base="main", title="Again"
            )
        other.repository.repo_edit_pull_request("acme", "ranker", 1, state="closed")
    assert [seen.state for seen in lab.forge.pulls(lab.seen(), OWN.branch)] == [PullState.CLOSED]


def unknown(*values: Any) -> Iterator[str]:
    """Yield the fields of the fake's answers that Forgejo's description does not have."""
    for value in values:
        yield from value.model_extra
        yield from unknown(*(member for member in vars(value).values() if hasattr(member, "model_extra")))
