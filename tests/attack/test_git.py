"""A project that was handed over with its `.git`, or lies in somebody's repository: git runs nothing of it."""

import json
import os
from pathlib import Path

import pytest

from mlscaffold.core.leftover import FOLDER, JOURNAL
from tests.attack.conftest import World
from tests.terminals import at_terminal
from tests.worlds import git, write

pytestmark = pytest.mark.usefixtures("newer")

ATTRIBUTES = "* filter=evil diff=evil merge=evil\n"
NAME = "a=b\n.c"


def arm(world: World, config: Path, name: str = "evil") -> None:
    """Name a program in every place of a git configuration that has one."""
    program = world.marker.parent / "program"
    program.write_text(f"#!/bin/sh\n{world.payload}\ncat\n")
    program.chmod(0o755)
    quoted = name.replace("\n", "\\n")
    lines = [
        f"[core]\n\tfsmonitor = {program}\n\thooksPath = {program.parent}/hooks\n\tpager = {program}\n\teditor = {program}",
        f"\tsshCommand = {program}\n\taskPass = {program}\n\tgitProxy = {program}",
        f"[pager]\n\tdiff = {program}\n[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = {program}\n\tformat = openpgp",
        f'[gpg "openpgp"]\n\tprogram = {program}\n[user]\n\tsigningKey = x',
        f'[filter "{quoted}"]\n\tclean = {program}\n\tsmudge = {program}\n\trequired = true',
        f'[diff "evil"]\n\tcommand = {program}\n\ttextconv = {program}\n[merge "evil"]\n\tdriver = {program}',
        f'[filter "process"]\n\tprocess = {program}\n\trequired = true\n[diff]\n\texternal = {program}',
        f'[credential]\n\thelper = "!{program}"\n[alias]\n\tstatus = "!{program}"\n\tcommit = "!{program}"',
    ]
    with config.open("a") as file:
        file.write("\n".join(lines) + "\n")
    write(
        program.parent / "hooks",
        dict.fromkeys(
            ("pre-commit", "post-commit", "post-index-change", "reference-transaction"),
            f"#!/bin/sh\n{world.payload}\n",
        ),
    )
    for hook in (program.parent / "hooks").iterdir():
        hook.chmod(0o755)


def _all(world: World, *where: str | Path) -> list[int]:
    """Run every command on the project and return the exit codes."""
    for path in world.project.glob("*.md"):
        os.utime(path)  # git looks into a file whose time has changed
    codes = [world.run(verb, *where).code for verb in ("check", "diff")]
    at_terminal("diff", *where, cwd=world.project)
    return [
        *codes,
        world.run("update", *where, "--dry-run").code,
        world.run("update", *where, "--commit").code,
    ]


@pytest.mark.parametrize("place", ["config", "included", "worktree"])
@pytest.mark.parametrize("attributes", ["evil", "process"])
def test_a_hostile_configuration_runs_nothing(place: str, attributes: str, world: World) -> None:
    write(world.project, {".gitattributes": f"* filter={attributes} diff=evil merge=evil\n"})
    world.settle()
    config = world.project / ".git" / "config"
    if place == "included":
        git(world.project, "config", "include.path", "../.more")
        config = world.project / ".more"
    elif place == "worktree":
        git(world.project, "config", "extensions.worktreeConfig", "true")
        config = world.project / ".git" / "config.worktree"
    arm(world, config)
    assert _all(world)[:3] == [1, 0, 0]


def test_a_filter_whose_name_is_made_to_be_overlooked_runs_nothing(world: World) -> None:
    write(world.project, {".gitattributes": "* filter=a=b\n"})
    world.settle()
    arm(world, world.project / ".git/config", "a=b")
    assert _all(world)[:3] == [1, 0, 0]


def test_the_users_own_filter_still_runs(world: World) -> None:
    """What git-lfs does: the file in the project is not what git keeps of it."""
    write(world.project, {".gitattributes": "*.bin filter=upper\n", "x.bin": "abc\n"})
    git(world.project, "config", "--global", "filter.upper.clean", "tr a-z A-Z")
    world_config = world.home / ".gitconfig"
    kept = world_config.read_text()
    world.settle()
    os.utime(world.project / "x.bin", (1, 1))
    assert world.run("update").code == 0
    assert world_config.read_text() == kept


def test_hooks_that_the_project_tracks_do_not_run_at_a_commit(world: World) -> None:
    write(
        world.project,
        dict.fromkeys(
            (".husky/pre-commit", ".husky/post-commit", ".husky/commit-msg"), f"#!/bin/sh\n{world.payload}\n"
        ),
    )
    for hook in (world.project / ".husky").iterdir():
        hook.chmod(0o755)
    world.settle()
    git(world.project, "config", "core.hooksPath", ".husky")
    ran = world.run("update", "--commit")
    assert ran.code == 0, ran.err
    assert git(world.project, "rev-list", "--count", "HEAD").strip() == "2"


@pytest.mark.parametrize("tree", [".", ".."])
def test_a_bare_repository_buried_in_the_tree_runs_nothing(tree: str, world: World) -> None:
    git(world.project, "init", "-q", "--bare", ".")
    git(world.project, "config", "core.bare", "false")
    git(world.project, "config", "core.worktree", tree)
    arm(world, world.project / "config")
    codes = [world.run(verb).code for verb in ("check", "diff", "update")]
    assert codes == [1, 0, 3]


def test_a_hostile_repository_above_runs_nothing(world: World) -> None:
    git(world.root, "init", "-q")
    write(world.root, {".gitattributes": ATTRIBUTES})
    git(world.root, "add", ".gitattributes", "project")
    git(world.root, "commit", "-qm", "all")
    arm(world, world.root / ".git/config")
    assert _all(world)[:3] == [1, 0, 0]


def test_an_attribute_does_not_hide_a_conflict(world: World) -> None:
    write(
        world.project,
        {
            ".gitattributes": "* merge=union\n",
            "README.md": "# mine\nof the template\none\ntwo\nthree\nmine\n",
        },
    )
    world.settle()
    ran = world.run("update")
    assert ran.code == 1
    assert "README.md" in ran.out
    assert "<<<<<<< project" in (world.project / "README.md").read_text()


def test_a_module_of_the_project_is_not_imported(world: World) -> None:
    """Somebody runs mlscaffold in the project's folder, which holds modules with names of ours."""
    import subprocess
    import sys

    evil = f"import pathlib\npathlib.Path({str(world.marker)!r}).touch()\n"
    names = (
        "json",
        "cookiecutter",
        "jinja2",
        "mlscaffold",
        "typer",
        "cruft",
        "sitecustomize",
        "usercustomize",
    )
    write(world.project, {f"{name}.py": evil for name in names})
    world.settle()
    script = Path(sys.executable).parent / "mlscaffold"
    for verb in ("check", "diff", "update"):
        done = subprocess.run([script, verb], cwd=world.project, capture_output=True, check=False, text=True)
        assert done.returncode == (1 if verb == "check" else 0), done.stderr


@pytest.mark.parametrize("kind", ["delete", "write", "through a link", "no journal"])
def test_a_journal_that_was_handed_over_touches_nothing_outside(kind: str, world: World) -> None:
    """An update that was killed is carried out by the next command: from a file below `.git`."""
    (world.project / "link").symlink_to(world.outside)
    world.settle()
    outside = os.path.relpath(world.outside, world.project)
    path = {"through a link": "link/secret.txt", "write": f"{outside}/secret.txt"}.get(
        kind, f"{outside}/folder/file.txt"
    )
    deletes, writes = ([path], []) if kind == "delete" else ([], [path])
    document = [] if kind == "no journal" else {"writes": writes, "deletes": deletes, "state": False}
    write(world.project / ".git" / FOLDER, {"new/link/secret.txt": "evil\n", "index": b""})
    write(world.project / ".git" / FOLDER / "new" / "x", {f"../{path}": "evil\n"} if kind == "write" else {})
    write(world.project / ".git", {JOURNAL: json.dumps(document)})
    for args in (["update"], ["update", "--abort"], ["update", "--continue"]):
        ran = world.run(*args)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.count("\n") == 2


def test_a_link_in_the_place_of_the_journals_folder_is_not_written_through(world: World) -> None:
    world.settle()
    (world.project / ".git" / FOLDER).symlink_to(world.outside / "folder")
    assert world.run("update").code == 0
