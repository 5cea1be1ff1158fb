"""A project whose files are not what they seem: links, folders, devices. Nothing is followed out of it."""

import os
from pathlib import Path

import pytest

from tests.attack.conftest import RENDERED, VARIABLES, World
from tests.worlds import git, template, write


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize(
    "target", ["OUTSIDE/secret.txt", "HOME/.netrc", "/proc/self/environ", "../outside/secret.txt"]
)
def test_a_link_in_the_place_of_a_file_is_shown_as_a_link(target: str, world: World) -> None:
    target = target.replace("OUTSIDE", str(world.outside)).replace("HOME", str(world.home))
    (world.project / "README.md").unlink()
    (world.project / "README.md").symlink_to(target)
    world.settle()
    assert world.run("check").code == 1
    shown = world.run("diff", "README.md").out
    assert "120000" in shown
    assert f"-{target}" in shown or f"+{target}" in shown
    world.run("update")


@pytest.mark.usefixtures("newer")
def test_a_link_in_the_place_of_a_folder_is_not_walked_through(world: World) -> None:
    for path in ("src/app/io.py",):
        (world.project / path).unlink()
    (world.project / "src/app").rmdir()
    (world.project / "src").rmdir()
    write(world.outside.parent, {"elsewhere/app/io.py": "theirs\n"})
    (world.project / "src").symlink_to(world.outside.parent / "elsewhere")
    world.settle()
    assert "theirs" not in world.run("diff").out
    ran = world.run("update")
    assert ran.code in (0, 1)
    assert (world.outside.parent / "elsewhere/app/io.py").read_text() == "theirs\n"
    assert list((world.outside.parent / "elsewhere").iterdir()) == [world.outside.parent / "elsewhere/app"]


@pytest.mark.parametrize("verb", ["check", "diff", "update", "link"])
@pytest.mark.parametrize("target", ["secret.txt", "nothing-there"])
def test_a_record_that_is_a_link_is_not_followed(verb: str, target: str, world: World) -> None:
    record = world.project / ".cruft.json"
    record.unlink()
    record.symlink_to(world.outside / target)
    world.settle()
    args = ["link", world.template.root, "-y"] if verb == "link" else [verb]
    ran = world.run(*args)
    assert ran.code == (2 if verb == "link" else 3)
    assert (
        "has a .cruft.json already" in ran.err
        if verb == "link"
        else "is a link, which is not followed" in ran.err
    )


@pytest.mark.usefixtures("newer")
def test_a_pipe_in_the_place_of_a_file_does_not_hang(world: World) -> None:
    (world.project / "README.md").unlink()
    os.mkfifo(world.project / "README.md")
    (world.project / "pyproject.toml").unlink(missing_ok=True)
    os.mkfifo(world.project / "pyproject.toml")
    assert world.run("check").code == 1
    assert world.run("diff").code == 0


def test_a_record_that_is_a_pipe_does_not_hang(world: World) -> None:
    (world.project / ".cruft.json").unlink()
    os.mkfifo(world.project / ".cruft.json")
    assert world.run("check").code == 3


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("{{cookiecutter.project_slug}}/stolen.txt", "OUTSIDE/secret.txt"),
        ("{{cookiecutter.project_slug}}/stolen", "OUTSIDE"),
        ("{{cookiecutter.project_slug}}/stolen", "../../outside"),
        ("policy.toml", "OUTSIDE/secret.txt"),
        ("sub", "OUTSIDE"),
        ("hooks", "OUTSIDE"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "new"])
def test_a_link_out_of_the_template_takes_nothing_in(
    link: str, target: str, verb: str, world: World, tmp_path: Path
) -> None:
    made = template(tmp_path / "linked", {"README.md": "x\n"}, variables=VARIABLES)
    (made.root / link).symlink_to(target.replace("OUTSIDE", str(world.outside)))
    head = made.change({})
    world.trust(made.root)
    world.record(template=str(made.root), commit=head)
    args = ["check"] if verb == "check" else ["new", "-y", "-t", made.root, "-o", tmp_path / "made"]
    ran = world.run(*args)
    assert ran.code == 3
    assert "has a link that points out of it" in ran.err
    assert not (tmp_path / "made").exists()


def test_a_folder_of_the_template_that_is_a_link_out_of_it(world: World, tmp_path: Path) -> None:
    template(
        tmp_path / "evil",
        {"README.md": "x\n"},
        beside={"hooks/post_gen_project.sh": f"#!/bin/sh\n{world.payload}\n"},
    )
    made = template(tmp_path / "linked", {"README.md": "x\n"}, variables=VARIABLES)
    (made.root / "sub").symlink_to("../evil")
    world.trust(made.root)
    world.record(template=str(made.root), commit=made.change({}), directory="sub")
    assert world.run("check").code == 3


def test_a_link_inside_the_template_is_fine(world: World, tmp_path: Path) -> None:
    made = template(
        tmp_path / "linked", {"README.md": "x\n"}, variables=VARIABLES, beside={"shared.md": "shared\n"}
    )
    (made.root / "{{cookiecutter.project_slug}}/shared.md").symlink_to("../shared.md")
    world.trust(made.root)
    world.record(template=str(made.root), commit=made.change({}))
    write(world.project, {"README.md": "x\n", "shared.md": "shared\n"})
    ran = world.run("check", "--fail-on", "edits")
    assert (ran.code, ran.err) == (0, "")


def test_a_repository_that_a_hook_leaves_is_dropped(world: World, tmp_path: Path) -> None:
    hook = f"#!/bin/sh\ngit init -q .\ngit init -q src\nprintf '#!/bin/sh\\n{world.payload}\\n' > .git/hooks/pre-commit\nchmod +x .git/hooks/pre-commit\ngit config core.fsmonitor 'sh -c \"{world.payload}\"'\n"
    made = template(tmp_path / "left", {"README.md": "x\n", "src/a": "a\n"}, variables=VARIABLES)
    write(made.root, {"hooks/post_gen_project.sh": hook})
    os.chmod(made.root / "hooks/post_gen_project.sh", 0o755)
    made.change({})
    world.run("new", "-y", "-t", made.root, "-o", tmp_path / "made")
    project = tmp_path / "made/churn"
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "config", "--get", "core.fsmonitor", check=False) == ""
    assert not (project / ".git/hooks/pre-commit").exists()
    ran = world.run("check", "--fail-on", "edits", cwd=project)
    assert (ran.code, ran.err) == (0, "")


def test_a_project_folder_that_a_hook_exchanges_is_not_walked(world: World, tmp_path: Path) -> None:
    hook = f'#!/bin/sh\nhere=$(pwd)\ncd ..\nrm -rf "$here"\nln -s {world.outside} "$here"\n'
    made = template(
        tmp_path / "swapped",
        {"README.md": "x\n"},
        variables=VARIABLES,
        beside={"hooks/post_gen_project.sh": hook},
    )
    world.trust(made.root)
    world.record(template=str(made.root), commit=made.change({}))
    ran = world.run("check")
    assert ran.code == 3
    assert "its folder is gone after its hooks ran" in ran.err


def test_a_trusted_hook_sees_no_token_and_no_home(world: World, tmp_path: Path) -> None:
    seen = tmp_path / "seen.txt"
    hook = f"#!/bin/sh\nenv > {seen}\ncat ~/.netrc >> {seen} 2>/dev/null\ntrue\n"
    made = template(
        tmp_path / "looking",
        {"README.md": "x\n"},
        variables=VARIABLES,
        beside={"hooks/post_gen_project.sh": hook},
    )
    head = made.change({})
    for args in (["new", "-y", "-t", made.root, "-o", tmp_path / "made"], ["check"]):
        world.record(template=str(made.root), commit=head)
        seen.unlink(missing_ok=True)
        assert world.run(*args, env={"MY_PASSWORD": "canary-in-the-environment"}).code in (0, 1)
        text = seen.read_text()
        assert "PATH=" in text
        for secret in ("ghp_", "canary", str(world.home), "GITHUB_TOKEN"):
            assert secret not in text


def test_submodules_of_a_template_are_never_fetched(world: World, tmp_path: Path) -> None:
    write(tmp_path / "private", {"secret.txt": "canary of a private repository\n"})
    git(tmp_path / "private", "init", "-q", "-b", "main")
    from tests.worlds import commit

    secret = commit(tmp_path / "private")
    made = template(tmp_path / "greedy", {"README.md": "x\n"}, variables=VARIABLES)
    project = "{{cookiecutter.project_slug}}"
    modules = "".join(
        f'[submodule "{path}"]\n\tpath = "{path}"\n\turl = {url}\n'
        for path, url in (
            (f"{project}/lib", tmp_path / "private"),
            (f"{project}/web", f"{world.attacker.url}/x.git"),
        )
    )
    write(made.root, {".gitmodules": modules})
    git(made.root, "add", ".gitmodules")
    for path in ("lib", "web"):
        git(made.root, "update-index", "--add", "--cacheinfo", f"160000,{secret},{project}/{path}")
    git(made.root, "commit", "-qm", "submodules")
    head = git(made.root, "rev-parse", "HEAD").strip()
    ran = world.run("new", "-y", "-t", made.root, "-o", tmp_path / "made")
    assert ran.code == 0, ran.err
    assert not list((tmp_path / "made").rglob("secret.txt"))
    world.record(template=str(made.root), commit=head)
    assert "canary" not in world.run("diff").out


def test_a_huge_rendering_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlscaffold.core.errors import RenderError
    from mlscaffold.project.gather import Wanted, gather
    from mlscaffold.templates import store as templates

    for limit in ("MAX_FILES", "MAX_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(templates, limit, 2)
            with pytest.raises(RenderError, match="renders to more than"):
                gather(world.project, Wanted())
    assert gather(world.project, Wanted()).base.keys() == RENDERED.keys()
