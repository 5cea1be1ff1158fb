"""What a hostile `.cruft.json` asks for: to run code, to read and write elsewhere, to call somebody."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.attack.conftest import PROJECT, World
from tests.worlds import git, template, write

VERBS = ("check", "diff", "update")


class Attack(NamedTuple):
    """One row: how the record is written, and the sentence that every command answers with exit code 3."""

    write: Callable[[World], None]
    says: str


def _answer(name: str, value: str) -> Callable[[World], None]:
    return lambda world: world.record({name: value.replace("MARKER", str(world.marker))})


def _field(name: str, value: str) -> Callable[[World], None]:
    return lambda world: world.record(None, **{name: value.replace("MARKER", str(world.marker))})


def _jinja_without_slashes(world: World) -> str:
    path = f"{str(world.marker).split('/')}|join('%c'|format(47))"
    return f"{{{{ cycler.__init__.__globals__.os.popen('touch ' ~ {path}).read() }}}}"


def _evil(world: World) -> str:
    """Make a template of the attacker's in the project, with hooks, and return its folder."""
    folder = world.root / "evil"
    if folder.exists():
        return str(folder)
    hook = f"import pathlib\npathlib.Path({str(world.marker)!r}).touch()\n"
    template(
        folder,
        {"README.md": "evil\n"},
        beside={
            "hooks/post_gen_project.py": hook,
            "hooks/pre_gen_project.sh": f"#!/bin/sh\n{world.payload}\n",
        },
    )
    return str(folder)


def _evil_here(world: World) -> None:
    write(
        world.project,
        {
            "cookiecutter.json": "{}",
            f"{PROJECT}/x": "",
            "hooks/post_gen_project.sh": f"#!/bin/sh\n{world.payload}\n",
        },
    )
    world.settle()


def _own_template(address: str) -> Callable[[World], None]:
    def write_it(world: World) -> None:
        _evil_here(world)
        world.record(template=address.replace("HERE", str(world.project)))

    return write_it


def _evil_directory(address: str) -> Callable[[World], None]:
    def write_it(world: World) -> None:
        _evil(world)
        world.record(directory=address.replace("ROOT", str(world.root)))

    return write_it


NOT_TRUSTED = "is not trusted, and rendering a template runs its code"
REFUSED = {
    "a4 Jinja in the name of the folder, which cookiecutter renders twice": Attack(
        lambda world: world.record({"project_slug": _jinja_without_slashes(world)}), "not one folder's name"
    ),
    "c a template of the attacker's with hooks": Attack(
        lambda world: world.record(template=_evil(world)), NOT_TRUSTED
    ),
    "c the same as a file URL": Attack(
        lambda world: world.record(template=f"file://{_evil(world)}"), NOT_TRUSTED
    ),
    "c a template on the attacker's server": Attack(
        lambda world: world.record(template=f"{world.attacker.url}/evil.git"), NOT_TRUSTED
    ),
    "c a trusted host in the user's place": Attack(
        _field("template", "https://github.com@127.0.0.1/x"), NOT_TRUSTED
    ),
    "d1 an option as template": Attack(_field("template", "--upload-pack=touch MARKER"), "is no URL"),
    "d1 an option as ssh host": Attack(
        _field("template", "ssh://-oProxyCommand=touch%20MARKER/x"), NOT_TRUSTED
    ),
    "d1 an option as scp host": Attack(_field("template", "git@-oProxyCommand=touch MARKER:x"), NOT_TRUSTED),
    "d2 a remote helper": Attack(_field("template", "ext::sh -c touch% MARKER"), NOT_TRUSTED),
    "d3 the project as its own template": Attack(_own_template("."), NOT_TRUSTED),
    "d3 the same by its path": Attack(_own_template("HERE"), NOT_TRUSTED),
    "d3 the same as a file URL": Attack(_own_template("file://HERE"), NOT_TRUSTED),
    "e1 an option as commit": Attack(
        _field("commit", "--pathspec-from-file=/etc/hostname"), "is no commit id"
    ),
    "e2 an output as commit": Attack(_field("commit", "--output=MARKER"), "is no commit id"),
    "e2 a branch as commit": Attack(_field("commit", "main"), "is no commit id"),
    "e3 an option as checkout": Attack(_field("checkout", "--output=MARKER"), "has no branch, tag or commit"),
    "e3 a short option as checkout": Attack(_field("checkout", "-OMARKER"), "has no branch, tag or commit"),
    "f an absolute directory": Attack(_evil_directory("ROOT/evil"), "not a folder inside the template"),
    "f a directory that climbs": Attack(_evil_directory("../../evil"), "not a folder inside the template"),
    "h1 an answer that climbs": Attack(
        _answer("module", "../../../../outside/folder"), "no path inside a project"
    ),
    "h1 an answer into .git": Attack(_answer("module", ".git"), "no path inside a project"),
    "h1 an answer into .GIT": Attack(_answer("module", "x/.GIT/hooks"), "no path inside a project"),
    "h3 an absolute folder": Attack(
        lambda world: world.record({"project_slug": str(world.outside)}), "not one folder's name"
    ),
    "h3 the folder above": Attack(_answer("project_slug", ".."), "not one folder's name"),
    "h3 no folder": Attack(_answer("project_slug", ""), "not one folder's name"),
    "i an answer without end": Attack(_answer("description", "x" * (2 << 20)), "larger than 1 MiB"),
    "i a record without bottom": Attack(
        lambda world: write(world.project, {".cruft.json": "[" * 200_000}), "not JSON"
    ),
    "k2 a workflow command as template": Attack(_field("template", "https://x/y\n::error::z"), "is no URL"),
}


@pytest.mark.parametrize("attack", REFUSED.values(), ids=REFUSED.keys())
def test_a_record_is_refused_by_every_command(attack: Attack, world: World) -> None:
    attack.write(world)
    world.settle()
    before = git(world.project, "rev-parse", "HEAD")
    for verb in VERBS:
        ran = world.run(verb, env={"GIT_ALLOW_PROTOCOL": "ext:file:http:https:ssh"})
        assert (ran.code, ran.out) == (3, ""), verb
        assert attack.says in ran.err, verb
        assert not {"\x1b", "::error"} & set(ran.err)
        assert git(world.project, "status", "--porcelain") == ""
    assert git(world.project, "rev-parse", "HEAD") == before
