"""Whom mlscaffold calls, and with what: nobody that the user has not named, and never with a secret in sight."""

import json
from pathlib import Path

import pytest

from tests.attack.conftest import TOKEN, VARIABLES, World
from tests.servers import serving
from tests.worlds import commit, git, template, write

CREDENTIALS = f'[http]\n\textraHeader = "Authorization: Bearer {TOKEN}"\n[credential]\n\thelper = "!f() {{ echo username=x; echo password={TOKEN}; }}; f"\n'


@pytest.mark.parametrize("verb", ["check", "diff", "update"])
def test_a_template_that_is_not_trusted_is_not_called(verb: str, world: World) -> None:
    (world.home / ".gitconfig").write_text(CREDENTIALS)
    host = world.attacker.url.removeprefix("http://")
    for address in (f"http://{host}/x.git", f"http://github.com@{host}/x.git", f"http://{host}/../x.git"):
        world.record(template=address)
        world.settle()
        assert world.run(verb).code == 3
    # the fixture sees to it that the server was not called


def test_trust_in_a_neighbour_is_no_trust(world: World) -> None:
    world.trust(f"{world.attacker.url}/acme/template", f"{world.attacker.url}/acme/*/deep")
    for path in (
        "acme/template-evil",
        "acme-evil/template",
        "acme/x/../template",
        "acme/%2e%2e/acme/template",
        "acme",
    ):
        world.record(template=f"{world.attacker.url}/{path}")
        assert world.run("check").code == 3


def test_the_command_to_type_is_safe_to_paste(world: World) -> None:
    world.record(template=f"https://x.example/$(touch${{IFS}}{world.marker});`touch${{IFS}}{world.marker}`'")
    ran = world.run("check")
    assert ran.code == 3
    write(world.root, {"bin/mlscaffold": "#!/bin/sh\n"})
    (world.root / "bin/mlscaffold").chmod(0o755)
    hint = next(line for line in ran.err.splitlines() if "mlscaffold trust" in line)
    import subprocess

    subprocess.run(
        ["sh", "-c", hint.partition(": ")[2]], env={"PATH": f"{world.root}/bin:/usr/bin:/bin"}, check=False
    )


@pytest.mark.parametrize("verb", ["check", "update", "new", "link", "adopt", "fleet"])
def test_a_password_in_an_address_is_neither_shown_nor_recorded(
    verb: str, world: World, tmp_path: Path
) -> None:
    address = f"http://user:{TOKEN}@{world.attacker.url.removeprefix('http://')}/x.git"
    if verb not in ("check", "update"):
        (world.project / ".cruft.json").unlink()
        world.settle()
        args: dict[str, list[str | Path]] = {
            "new": ["new", "-y", "-t", address, "-o", tmp_path / "made"],
            "link": ["link", address, "-y"],
            "adopt": ["adopt", "-y", "-t", address],
            "fleet": ["fleet", "update", "--adopt", "-t", address, "--apply", "--local", world.project],
        }
        ran = world.run(*args[verb])
        assert ran.code == 2
        assert "holds a password, and records are committed" in ran.err
        assert not (world.project / ".cruft.json").exists()
        assert git(world.project, "for-each-ref", "refs/heads/mlscaffold") == ""
    else:
        record = json.loads((world.project / ".cruft.json").read_text())
        ran = world.run(verb, "-t", "http://127.0.0.1:1/nobody.git")
        world.record(template=address, commit=record["commit"])
        ran = world.run(verb)
        assert ran.code == 3
        (world.project / ".cruft.json").unlink()  # the token in it is the test's own


def test_a_password_in_the_address_of_a_configured_template_is_not_recorded(
    world: World, tmp_path: Path
) -> None:
    address = f"http://user:{TOKEN}@{world.attacker.url.removeprefix('http://')}/x.git"
    (world.project / ".cruft.json").unlink()
    world.settle()
    config = tmp_path / "config"
    write(config, {"mlscaffold/config.toml": f'templates = ["{address}"]\n'})

    for args in (["adopt", "-y"], ["fleet", "update", "--adopt", "--apply", "--local", world.project]):
        ran = world.run(*args, env={"XDG_CONFIG_HOME": str(config)})

        assert ran.code in (2, 3), ran
        assert "holds a password, and records are committed" in ran.out + ran.err
        assert git(world.project, "for-each-ref", "refs/heads/mlscaffold") == ""


def test_a_commit_of_a_fork_is_not_rendered(world: World, tmp_path: Path) -> None:
    """A forge gives out commits of forks under the address of the original: a hash alone proves nothing."""
    made = template(tmp_path / "served/origin", {"README.md": "x\n"}, variables=VARIABLES)
    git(tmp_path, "clone", "-q", "--bare", str(made.root), "served/t.git")
    git(tmp_path, "clone", "-q", str(made.root), "fork")
    write(tmp_path / "fork", {"hooks/post_gen_project.sh": f"#!/bin/sh\n{world.payload}\n"})
    evil = commit(tmp_path / "fork")
    git(tmp_path / "fork", "push", "-q", str(tmp_path / "served/t.git"), "HEAD:refs/pull/1/head")
    for key in ("uploadpack.allowAnySHA1InWant", "uploadpack.allowFilter"):
        git(tmp_path / "served/t.git", "config", key, "true")
    with serving(tmp_path / "served") as server:
        address = server.address(tmp_path / "served/t.git")
        world.trust(address)
        good = git(made.root, "rev-parse", "HEAD").strip()
        write(world.project, {"README.md": "x\n"})
        world.record(template=address, commit=good)
        world.settle()
        assert world.run("check").code == 0
        world.record(template=address, commit=evil)
        assert "is no longer in the template's history" in world.run("check").out
        for checkout in (evil, "refs/pull/1/head"):
            world.record(template=address, commit=good, checkout=checkout)
            for verb in ("check", "diff"):
                ran = world.run(verb, "--refresh")
                assert ran.code == 3
                assert "is not in the history" in ran.err or "has no branch, tag or commit" in ran.err


def test_the_token_of_one_host_does_not_go_to_another(world: World, tmp_path: Path) -> None:
    """The user's credentials for the forge are scoped, and the template lies elsewhere."""
    made = template(tmp_path / "served/origin", {"README.md": "x\n"}, variables=VARIABLES)
    git(tmp_path, "clone", "-q", "--bare", str(made.root), "served/t.git")
    with serving(tmp_path / "served") as server:
        (world.home / ".gitconfig").write_text(
            f'[user]\n\tname = x\n\temail = x@example.com\n[http "https://github.com/"]\n\textraHeader = "Authorization: Bearer {TOKEN}"\n'
        )
        ran = world.run("new", "-y", "-t", server.address(tmp_path / "served/t.git"), "-o", tmp_path / "made")
        assert ran.code == 0, ran.err
        assert server.requests
        assert not any(TOKEN in request for request in server.requests)
