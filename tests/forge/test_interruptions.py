"""Whatever a run is cut by, the next one ends where an undisturbed run would have."""

import contextlib
import random
from dataclasses import replace

import pytest

from mlscaffold.core.forge import Repo as SeenRepo
from mlscaffold.core.pull import Push, Target
from tests.forge.lab import Lab, github_only
from tests.forge.world import Fault

WRITES = "^(POST|PUT|PATCH) (?!.*upload-pack)"


class KilledError(BaseException):
    """The process is gone."""


def a_life(lab: Lab) -> list[Target | None]:
    """What a pull request of ours goes through: opened, refreshed, closed, and another opened."""
    return [lab.target("v2", reviewers=("ada",)), lab.target("v3"), None, lab.target("v4")]


def reborn(lab: Lab) -> Lab:
    """Return the same, with another repo that is as the first one was."""
    other = replace(lab, repo=lab.world.add("acme/other"))
    lab.store.put(other.repo, "main", lab.main)
    return other


def test_every_run_is_killed_after_its_first_write(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for target in a_life(lab):
        lab.publish(target)
    again = reborn(lab)
    send = lab.http.send
    deaths = 0

    def send_and_die(method: str, path: str, body: dict[str, object]) -> None:
        send(method, path, body)
        raise KilledError

    def push_and_die(repo: SeenRepo, branch: str, step: Push) -> str:
        again.push(repo, branch, step)
        raise KilledError

    monkeypatch.setattr(lab.http, "send", send_and_die)
    for target in a_life(again):
        for _ in range(10):
            with contextlib.suppress(KilledError):
                again.publish(target, push_and_die)
                break
            deaths += 1

    assert again.state() == lab.state()
    assert deaths >= 11


@pytest.mark.parametrize("fault", [{"lose_reply": True}, {"cut_after": 0}, {"status": 502}], ids=str)
@pytest.mark.parametrize("first", [0, 1])
@github_only
def test_every_other_write_fails_on_the_wire_and_the_run_goes_on(
    lab: Lab, fault: dict[str, int], first: int
) -> None:
    for target in a_life(lab):
        lab.publish(target)
    again = reborn(lab)

    lab.world.faults = [Fault(WRITES, skip=first, every=2, times=99, **fault)]  # type: ignore[arg-type]
    for target in a_life(again):
        again.publish(target)

    assert again.state() == lab.state()
    assert lab.world.faults[0].times <= 99 - 5


@github_only
def test_push_cut_in_the_middle_changes_nothing_and_is_repeated(lab: Lab) -> None:
    big = lab.store.git("hash-object", "-w", "--stdin", data=incompressible(3_000_000))
    tree = lab.store.git("mktree", data=f"100644 blob {big}\tbig\n")
    commit = lab.store.git("commit-tree", tree, "-p", lab.main, "-m", "Big")
    target = lab.target()
    target = replace(target, marker=replace(target.marker, commit=commit))
    lab.world.faults = [Fault("POST .*receive-pack", skip=1, cut_after=1_000_000)]

    lab.publish(target)

    assert lab.world.faults[0].times == 0, "git probes, then sends in chunks, and those are cut"
    assert lab.repo.head("mlscaffold/update/tpl-1234abcd") == commit


def incompressible(size: int) -> str:
    """Return text that stays large in a pack."""
    return random.Random(7).randbytes(size // 2).hex()


@github_only
def test_branch_that_the_forge_does_not_see_yet_is_waited_for(lab: Lab) -> None:
    lab.world.faults = [Fault("POST .*/pulls$", status=422, body=b'{"message": "head invalid"}', times=2)]

    rest = lab.publish(lab.target())

    assert rest.number == 1
    assert lab.slept == [2.0, 4.0]


@github_only
def test_forge_that_never_takes_a_step_is_left_alone(lab: Lab) -> None:
    lab.world.faults = [Fault("POST .*/pulls$", status=422, body=b'{"message": "no, @you"}', times=99)]

    rest = lab.publish(lab.target())

    assert (rest.standing, rest.said) == (
        "the forge did not take it",
        "The forge refused to change a pull request of acme/ranker: no, @you (HTTP 422).",
    )
    assert sum("/pulls" in line for line in lab.world.writes()) == 3
