"""What a run remembers of our pull requests, whatever later runs come to; and what it writes down when it is cut short."""

import json
from pathlib import Path

import pytest

from mlscaffold.core.errors import ForgeStopError
from mlscaffold.core.forge import Owner
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.fleet import journal
from mlscaffold.fleet.follow import followed
from mlscaffold.fleet.listing import Filter
from mlscaffold.fleet.selection import Selected, left_out
from tests.forge import test_fleet
from tests.forge.lab import github_only
from tests.forge.test_fleet import Fleet, command, moved, states
from tests.forge.world import TOKEN, Fault
from tests.worlds import commit, git, mlscaffold, template, write

fleet = test_fleet.fleet
WORKFLOW = {"README.md": "new\n", ".github/workflows/ci.yml": "on: push\n"}


def pulls(fleet: Fleet) -> dict[str, list[str]]:
    return {repo.name: [pull.state for pull in repo.pulls] for repo in fleet.lab.world.repos}


def pushes(fleet: Fleet) -> list[str]:
    return [line for line in fleet.lab.world.writes() if line.startswith("POST") and "receive-pack" in line]


def kept(fleet: Fleet) -> list[Outcome]:
    lines = journal.lines(fleet.folder / "journal.jsonl")
    return [line.what for line in lines if line is not None and isinstance(line.what, Outcome)]


@github_only
def test_pull_request_of_a_repo_that_a_later_run_leaves_out_is_still_known(fleet: Fleet) -> None:
    fleet.add("acme/second")
    moved(fleet)
    fleet.publish()
    home = fleet.remotes()
    only = [left_out(each, "second", "") for each in home.listed([(Owner.ORG, "acme")], Filter())]
    assert states(fleet.over("update", home, home.act, only))["acme/ranker"] == "skipped"

    assert states(fleet.follow("status"))["acme/ranker"] == "pull request open"
    assert states(fleet.follow("close"))["acme/ranker"] == "withdrawn"
    assert pulls(fleet) == {"acme/ranker": ["closed"], "acme/second": ["closed"]}


@github_only
def test_canary_counts_the_pull_request_of_a_repo_that_could_not_be_looked_at(fleet: Fleet) -> None:
    moved(fleet)
    fleet.publish(canary=1)
    fleet.lab.world.faults.append(Fault(on="GET .*/acme/ranker/git/ref", status=403))
    assert states(fleet.publish(canary=1)) == {"acme/ranker": "error"}
    fleet.add("acme/second")

    assert states(fleet.publish(canary=1))["acme/second"] == "waits for a later wave"
    assert states(fleet.follow("status"))["acme/ranker"] == "pull request open"


@github_only
def test_repo_of_which_the_journal_has_no_update_is_not_said_to_have_no_pull_request(fleet: Fleet) -> None:
    moved(fleet)
    fleet.publish()
    (fleet.folder / "journal.jsonl").unlink()

    for step in ("status", "close"):
        found = fleet.follow(step)["acme/ranker"]
        assert (found.state, found.why) == (
            Standing.SKIPPED,
            "not known here: no update of it is in this journal",
        )


@github_only
def test_pull_requests_of_both_templates_of_a_repo_are_told_and_taken_back(
    fleet: Fleet, tmp_path: Path
) -> None:
    moved(fleet)
    fleet.publish()
    other = template(tmp_path / "other", {"README.md": "one\ntwo\nthree\n"})
    record = json.loads((fleet.made / ".cruft.json").read_text())
    told = {"template": str(other.root), "commit": git(other.root, "rev-parse", "HEAD").strip()}
    write(fleet.made, {".cruft.json": json.dumps({**record, **told}, indent=2)})
    commit(fleet.made)
    fleet.push(fleet.lab.repo)
    mlscaffold("trust", other.root)
    other.change({"README.md": "one\ntwo\nOTHER\n"})
    fleet.publish()
    first, second = fleet.lab.repo.pulls

    found = fleet.follow("status")["acme/ranker"]

    assert (found.state, found.url.endswith("/2")) == (Standing.PULL_OPEN, True)
    assert "pull request open: " in found.why
    assert "/1 (" in found.why
    closed = fleet.follow("close")["acme/ranker"]
    assert (closed.state, first.state, second.state) == (Standing.CLOSED, "closed", "closed")
    assert "withdrawn: " in closed.why
    assert [fleet.lab.repo.head(pull.branch) for pull in (first, second)] == [None, None]


@github_only
def test_writes_before_the_forge_ends_a_run_are_kept_and_no_traceback_is_shown(fleet: Fleet) -> None:
    moved(fleet)
    fleet.lab.world.faults.append(Fault(on="POST .*/labels", status=401))
    path = fleet.folder / "journal.jsonl"

    ran = command(fleet, "update", "--org", "acme", "--publish", "--journal", str(path), token=TOKEN)

    assert ran[0] == 3
    assert "Exception ignored" not in ran[2]
    assert "the token is not, or no longer, accepted" in ran[1]
    [found] = kept(fleet)
    assert found.state is Standing.ERROR
    assert [line.split()[0] for line in found.requests] == ["push", "POST", "POST"]
    assert states(fleet.follow("status")) == {"acme/ranker": "pull request open"}


@github_only
def test_writes_before_the_forge_ends_a_withdrawal_are_kept(fleet: Fleet) -> None:
    moved(fleet)
    fleet.publish()
    fleet.lab.world.faults.append(Fault(on="GET .*/git/ref", status=401, skip=2))
    home = fleet.remotes()
    chosen = home.listed([(Owner.ORG, "acme")], Filter())
    with journal.opened(fleet.folder / "journal.jsonl", "run") as opened:

        def close(repo: Selected, before: Outcome) -> Outcome:
            return home.close(repo, before, dry=False)

        told = followed(chosen, "close", home, opened, close, write=True)
        assert next(told).state is Standing.ERROR
        with pytest.raises(ForgeStopError):
            next(told)

    assert [line.split()[0] for line in kept(fleet)[-1].requests] == ["PATCH"]


@github_only
def test_workflows_that_were_refused_once_are_not_tried_again(fleet: Fleet) -> None:
    fleet.lab.world.scopes = None
    for name in ("acme/b", "acme/c"):
        fleet.add(name)
    for repo in fleet.lab.world.repos:
        fleet.lab.world.refuse_workflows(repo)
    fleet.template.change(WORKFLOW)
    fleet.lab.world.log.clear()

    first = fleet.publish()

    assert set(states(first).values()) == {"pull request open"}
    assert len(pushes(fleet)) == 3 + 1, "one refusal is enough"
    refused, taken, *_ = first["acme/ranker"].requests
    assert (refused.endswith("refused"), taken.endswith("refused")) == (True, False)
    fleet.lab.world.log.clear()

    assert set(states(fleet.publish()).values()) == {"pull request open"}
    assert fleet.lab.world.writes() == []
    fleet.lab.world.refuse_workflows(fleet.add("acme/new"))
    fleet.lab.world.repos.insert(0, fleet.lab.world.repos.pop())
    assert set(states(fleet.publish()).values()) == {"pull request open"}
    assert len(pushes(fleet)) == 1 + 1, "of the new repo alone"
    fleet.template.change({"README.md": "newer\n"})
    for repo in fleet.lab.world.repos:
        (repo.path / "hooks/pre-receive").unlink()  # the token has the permission by now
    fleet.publish()
    [pull] = fleet.lab.repo.pulls
    assert ".github/workflows/ci.yml" in fleet.lab.repo.git("diff", "--name-only", "main", pull.head)


@github_only
def test_repo_that_is_named_twice_is_published_without_the_workflows_that_were_refused(fleet: Fleet) -> None:
    fleet.lab.world.scopes = None
    fleet.lab.world.refuse_workflows(fleet.lab.repo)
    fleet.template.change(WORKFLOW)
    home = fleet.remotes()
    named = home.named([Selected("acme/ranker"), Selected("acme/ranker")], Filter())

    fleet.over("update", home, home.act, named)

    assert pulls(fleet) == {"acme/ranker": ["open"]}
    assert [outcome.state for outcome in kept(fleet)] == [Standing.PULL_OPEN]


@github_only
def test_words_and_writes_of_what_is_taken_back_are_true(fleet: Fleet) -> None:
    moved(fleet)
    command(fleet, "update", "--org", "acme", "--publish", token=TOKEN)
    dry = command(fleet, "close", "--org", "acme", token=TOKEN)[1]
    assert "would be withdrawn: 1 repo\n  acme/ranker  close pull request 1, delete the branch\n" in dry
    assert "Nothing was done: --publish does it. It takes 2 writes" in dry
    write(fleet.made, {"README.md": "one\ntwo\nTHREE\n"})  # a person takes the change in by hand
    commit(fleet.made)
    fleet.push(fleet.lab.repo)

    planned = command(fleet, "update", "--org", "acme", token=TOKEN)[1]
    done = command(fleet, "update", "--org", "acme", "--publish", token=TOKEN)[1]

    assert "would be withdrawn: 1 repo" in planned
    assert "withdrawn: 1 repo\n  acme/ranker  nothing is left to be updated\n" in done
    assert pulls(fleet) == {"acme/ranker": ["closed"]}


@github_only
def test_status_writes_nothing_and_says_so(fleet: Fleet) -> None:
    moved(fleet)
    assert fleet.publish()["acme/ranker"].requests
    assert fleet.follow("status")["acme/ranker"].requests == ()


@github_only
def test_push_that_was_refused_is_in_the_journal_of_a_run_that_does_not_come_back_to_it(fleet: Fleet) -> None:
    fleet.lab.world.scopes = None
    fleet.lab.world.refuse_workflows(fleet.lab.repo)
    fleet.add("acme/second")
    fleet.template.change({"README.md": "new\n", ".github/workflows/ci.yml": "on: push\n"})
    fleet.lab.world.per_page = 1
    fleet.lab.world.faults.append(Fault(on="orgs/acme/repos.*page=2", status=401, times=99))

    with pytest.raises(ForgeStopError):
        fleet.publish()

    told = {outcome.repo: outcome for outcome in kept(fleet)}
    assert told["acme/ranker"].state is Standing.ERROR
    assert [line.startswith("push ") for line in told["acme/ranker"].requests] == [True]


@github_only
def test_push_that_was_refused_is_told_with_the_writes_that_came_after_it(fleet: Fleet) -> None:
    fleet.lab.world.scopes = None
    fleet.lab.world.refuse_workflows(fleet.lab.repo)
    fleet.template.change({"README.md": "new\n", ".github/workflows/ci.yml": "on: push\n"})
    fleet.lab.world.faults.append(Fault(on="POST /api/v3/repos/acme/ranker/pulls", status=401))

    with pytest.raises(ForgeStopError):
        fleet.publish()

    [ranker] = [outcome for outcome in kept(fleet) if outcome.repo == "acme/ranker"]
    assert [line.split()[0] for line in ranker.requests] == ["push", "push", "POST"]
    assert ranker.requests[0].endswith(" refused")
