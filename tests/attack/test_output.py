"""What a project says, a terminal does not obey, and a CI runner neither."""

import os

import pytest

from tests.attack.conftest import World
from tests.terminals import at_terminal
from tests.worlds import git, write

BELL = "\x1b]8;;https://evil\x07click\x1b]8;;\x07\x1b[2J\x9b31m"
COMMANDS = "::error::owned\n ::set-output name=x::y\n##[error]owned\n##vso[task.setvariable variable=x]y\n"
NAME = "src/app/\x1b[31m::error::[link=https://evil]x[/link] [/x]\n.py"

pytestmark = pytest.mark.usefixtures("newer")


def test_a_terminal_is_not_given_control_characters_of_a_file(world: World) -> None:
    write(world.project, {"README.md": f"{BELL}\n{COMMANDS}"})
    for pager in ("cat", "sh -c 'cat'"):
        screen = at_terminal("diff", cwd=world.project, env={"GIT_PAGER": pager}).out
        assert "\\x1b]8;;https://evil\\x07click" in screen
        for raw in ("\x1b]", "\x07", "\x1b[2J", "\x9b", "::error", "##[", "##vso["):
            assert raw not in screen


@pytest.mark.parametrize("verb", ["check", "update"])
@pytest.mark.parametrize("terminal", [True, False])
def test_names_and_records_are_shown_and_not_obeyed(verb: str, terminal: bool, world: World) -> None:
    world.record({"description": f"{BELL}{COMMANDS}"})
    write(world.project, {f"{NAME}.rej": "", "src/app/io.py": f"<<<<<<< {BELL}\n=======\n>>>>>>> x\n"})
    run = at_terminal if terminal else world.run
    ran = run(verb, cwd=world.project)
    text = ran.out + ran.err
    for raw in ("\x1b]", "\x07", "\x1b[2J", "\x9b", "::error", "##[", "##vso["):
        assert raw not in text


@pytest.mark.parametrize("shape", ["terminal", "json", "github", "sarif", "junit", "markdown", "gitlab"])
def test_a_file_name_is_no_command_in_any_format(shape: str, world: World) -> None:
    made = world.root / "newer"
    write(made / "{{cookiecutter.project_slug}}", {NAME: "x = 1\n", "##[error]x ##vso[y]": "z\n"})
    git(made, "add", "-A")
    git(made, "commit", "-qm", "odd names")
    ran = world.run("check", "--format", shape)
    assert ran.code == 1, ran.err
    lines = [line.lstrip() for line in ran.out.splitlines()]
    if shape != "github":
        assert not any(line.startswith("::") for line in lines)
    assert not any("owned" in line and "::error::" in line for line in lines)
    for raw in ("\x1b]", "\x1b[31m", "##[", "##vso[", "]8;"):
        assert raw not in ran.out


def test_a_patch_in_a_ci_log_stops_commands_and_applies(world: World) -> None:
    write(world.project, {"README.md": COMMANDS})
    world.settle()
    plain = world.run("diff", "README.md").out
    ran = world.run("diff", "README.md", env={"GITHUB_ACTIONS": "true"})
    first, *patch, last = ran.out.splitlines()
    assert first.startswith("::stop-commands::")
    assert last == f"::{first.removeprefix('::stop-commands::')}::"
    assert patch == plain.splitlines()
    assert len(first) > len("::stop-commands::") + 30
    (world.root / "patch").write_text(ran.out)
    git(world.project, "apply", str(world.root / "patch"))
    azure = world.run("diff", env={"TF_BUILD": "True"}).out
    assert "##vso[" not in azure
    assert "##[" not in azure


def test_an_error_is_shown_and_not_obeyed(world: World) -> None:
    world.record(
        template=f"https://evil.example/{BELL}::error::x".replace("\x1b", "\u202e")
        .replace("\x07", "")
        .replace("\x9b", "\u200b")
    )
    ran = world.run("check")
    assert ran.code == 3
    for raw in ("\u202e", "\u200b", "::error"):
        assert raw not in ran.err


def test_what_the_output_cannot_encode_is_spelled_out(world: World) -> None:
    write(world.project, {"src/app/grün.py.rej": ""})
    ran = world.run("check", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert ran.code == 1
    assert os.fsencode(ran.out).isascii()
