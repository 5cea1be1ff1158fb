"""The token reaches git's one host, and nothing else that git or anybody can see."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlscaffold.core.pull import Push
from mlscaffold.core.secret import Secret, git_credentials
from tests.forge.lab import OWN, Lab, github_only, new_server
from tests.forge.server import ForgeServer, serving
from tests.forge.world import TOKEN, Fault, World


@pytest.fixture
def attacker(tmp_path: Path) -> Iterator[ForgeServer]:
    with serving(new_server("github", World(tmp_path / "attacker"))) as server:
        yield server


@github_only
def test_push_is_let_in_by_the_token_alone(lab: Lab) -> None:
    commit = lab.store.commit("two", lab.main)
    repo = lab.seen()

    lab.push(repo, OWN.branch, Push(None, commit))

    assert lab.repo.head(OWN.branch) == commit
    lab.world.tokens.clear()
    assert "could not read Username" in lab.push(repo, OWN.branch, Push(commit, lab.main))


@github_only
def test_other_host_is_not_shown_the_token(lab: Lab, attacker: ForgeServer) -> None:
    lab.store.environment = git_credentials(lab.seen().clone_url, "x-access-token", lab.secret)

    with pytest.raises(subprocess.CalledProcessError):
        lab.store.git("ls-remote", f"{attacker.origin}/acme/ranker.git")

    assert attacker.world.log
    assert all("authorization" not in headers for headers in attacker.world.seen_headers)


@github_only
def test_redirect_to_another_host_is_not_shown_the_token(lab: Lab, attacker: ForgeServer) -> None:
    url = lab.seen().clone_url
    lab.store.environment = git_credentials(url, "x-access-token", lab.secret)
    place = f"{attacker.origin}/acme/ranker.git/info/refs?service=git-upload-pack"
    lab.world.faults = [Fault("upload-pack", status=302, headers={"Location": place})]

    with pytest.raises(subprocess.CalledProcessError):
        lab.store.git("-c", "http.followRedirects=true", "ls-remote", url)

    assert attacker.world.log
    assert all("authorization" not in headers for headers in attacker.world.seen_headers)


def test_token_is_in_the_environment_only_packed_and_for_one_host() -> None:
    found = git_credentials("https://forge.example.com/acme/ranker.git", "x-access-token", Secret(TOKEN))

    assert found["GIT_CONFIG_KEY_0"] == "http.https://forge.example.com/.extraHeader"
    assert TOKEN not in str(found)
