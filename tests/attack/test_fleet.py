"""A fleet with hostile repos in it, and the adoption of one: nothing of theirs runs, and the others are answered."""

import json
import shutil
from pathlib import Path

import pytest

from tests.attack.conftest import RENDERED, SECRET, World
from tests.attack.test_git import ATTRIBUTES, arm
from tests.attack.test_records import REFUSED
from tests.worlds import Ran, Template, commit, git, write

ESCAPES = "\x1b]8;;https://evil.invalid\x07 ::error::x"


def clone(world: World, name: str) -> Path:
    """Put the project as it is, committed, among the clones."""
    world.settle()
    folder = world.root / "clones" / name
    shutil.copytree(world.project, folder, symlinks=True)
    return folder


def fleet(world: World, verb: str, *args: str | Path) -> Ran:
    return world.run("fleet", verb, "--local", world.root / "clones", "-j", "1", *args, cwd=world.root)


def told(ran: Ran) -> dict[str, dict[str, str]]:
    assert "\x1b" not in ran.out + ran.err
    assert ran.out, ran.err
    return {repo["repo"]: repo for repo in ran.json["repos"]}


def test_every_hostile_record_is_named_and_the_others_are_answered(world: World) -> None:
    clone(world, "000 good")
    for number, attack in enumerate(REFUSED.values(), 1):
        shutil.rmtree(world.root / "evil", ignore_errors=True)
        attack.write(world)
        clone(world, f"{number:03}")
    (world.root / "evil").mkdir(exist_ok=True)  # a template that is not there any more is told as that
    git(world.project, "checkout", "-q", git(world.project, "rev-list", "--max-parents=0", "HEAD").strip())
    clone(world, "999 good")

    for verb in ("check", "update"):
        ran = fleet(world, verb, *(["--apply"] if verb == "update" else []), "--format", "json")

        found = told(ran)
        assert ran.code == 3
        assert {name: repo["state"] for name, repo in found.items() if "good" in name} == dict.fromkeys(
            ("000 good", "999 good"), "in sync" if verb == "check" else "nothing to do"
        )
        for number, (name, attack) in enumerate(REFUSED.items(), 1):
            repo = found[f"{number:03}"]
            assert repo["state"] in ("error", "untrusted"), name
            assert attack.says in repo["why"], name


@pytest.mark.usefixtures("newer")
def test_configuration_hooks_and_filters_of_clones_run_nothing(world: World) -> None:
    write(world.project, {".gitattributes": ATTRIBUTES})
    for name in ("a", "b"):
        folder = clone(world, name)
        arm(world, folder / ".git/config")
        for hook in (world.root / "hooks").iterdir():
            shutil.copy(hook, folder / ".git/hooks" / hook.name)

    assert fleet(world, "check").code == 1
    ran = fleet(world, "update", "--apply", "--format", "json")

    assert {repo["state"] for repo in told(ran).values()} == {"updated"}


def linked(place: Path, target: Path) -> None:
    """Put a link in the place of a file or folder, whose content goes along with it."""
    if place.is_dir():
        shutil.rmtree(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(target)


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize(
    "place",
    [
        "refs",
        "refs/heads",
        "refs/heads/mlscaffold",
        "refs/heads/mlscaffold/update",
        "refs/heads/BRANCH",
        "refs/heads/BRANCH.lock",
        "packed-refs",
        "objects/XX",
        "objects",
    ],
)
def test_update_is_not_written_through_a_link(world: World, place: str) -> None:
    folder = clone(world, "a")
    [planned] = told(fleet(world, "update", "--format", "json")).values()
    git(folder, "pack-refs", "--all")
    places = [place.replace("BRANCH", planned["branch"])]
    if place == "objects/XX":
        places = [f"objects/{number:02x}" for number in range(256)]
    for each in places:
        if not (folder / ".git" / each).exists() or place != "objects/XX":
            outside = "secret.txt" if "BRANCH" in place or place == "packed-refs" else "folder"
            linked(folder / ".git" / each, world.outside / outside)

    ran = fleet(world, "update", "--apply", "--format", "json")

    [found] = told(ran).values()
    assert (ran.code, found["state"] in ("refused", "error", "skipped")) == (3, True), found
    assert found["why"]


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize("place", ["logs/refs/heads/BRANCH", "logs/refs/heads", "logs", "logs/HEAD"])
def test_update_writes_no_log_that_a_clone_leads_elsewhere(world: World, place: str) -> None:
    folder = clone(world, "a")
    [planned] = told(fleet(world, "update", "--format", "json")).values()
    whose = "folder" if place in ("logs", "logs/refs/heads") else "secret.txt"
    linked(folder / ".git" / place.replace("BRANCH", planned["branch"]), world.outside / whose)
    git(folder, "config", "user.name", f"x; {world.payload}; #")
    git(folder, "config", "core.logAllRefUpdates", "always")

    ran = fleet(world, "update", "--apply", "--format", "json")

    assert told(ran)["a"]["state"] == "updated"
    assert (folder / ".git/refs/heads" / planned["branch"]).read_text().strip() == planned["commit"]


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize("place", ["config", "config.worktree", "included"])
def test_configuration_of_a_clone_moves_its_update_nowhere_else(world: World, place: str) -> None:
    folder = clone(world, "a")
    git(folder, "config", "include.path", str(folder / ".git/included"))
    git(folder, "config", "extensions.worktreeConfig", "true")
    with (folder / ".git" / place).open("a") as config:
        config.write(
            f"[core]\n\tworktree = {world.outside}\n\tsharedRepository = 0777\n\tlogAllRefUpdates = always\n"
        )
        config.write("[extensions]\n\trefStorage = reftable\n\tobjectFormat = sha256\n")
    (folder / ".git/commondir").write_text(f"{world.outside}\n")

    ran = fleet(world, "update", "--apply", "--format", "json")

    found = told(ran)["a"]
    assert found["state"] == "updated"
    assert (folder / ".git/refs/heads" / found["branch"]).read_text().strip() == found["commit"]


@pytest.mark.usefixtures("newer")
def test_branch_that_stands_for_another_moves_no_other(world: World) -> None:
    folder = clone(world, "a")
    [planned] = told(fleet(world, "update", "--format", "json")).values()
    git(folder, "symbolic-ref", f"refs/heads/{planned['branch']}", "refs/heads/main")
    before = git(folder, "rev-parse", "main")

    ran = fleet(world, "update", "--apply", "--format", "json")

    assert (told(ran)["a"]["state"], git(folder, "rev-parse", "main")) == ("error", before)


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize(
    "place",
    ["refs/heads/BRANCH/x", "refs/heads/mlscaffold"],
    ids=["a folder", "a branch above"],
)
def test_clone_with_something_in_the_way_of_the_branch_is_named_and_the_others_go_on(
    world: World, place: str
) -> None:
    for name in ("a", "b"):
        folder = clone(world, name)
    [planned, _] = told(fleet(world, "update", "--format", "json")).values()
    folder = world.root / "clones" / "a"
    write(folder / ".git", {place.replace("BRANCH", planned["branch"]): git(folder, "rev-parse", "HEAD")})

    ran = fleet(world, "update", "--apply", "--format", "json")

    states = {name: repo["state"] for name, repo in told(ran).items()}
    assert states == {"a": "left to a person", "b": "updated"}


@pytest.mark.usefixtures("newer")
def test_merge_drivers_and_submodules_of_clones_are_not_asked(world: World) -> None:
    mine = {
        "README.md": "# mine\nof the template\none\ntwo\nthree\nmine\n",
        ".gitattributes": "* merge=union\n",
    }
    modules = f'[submodule "x"]\n\tpath = x\n\turl = {world.attacker.url}/evil.git\n'
    write(world.project, {**mine, ".gitmodules": modules})
    world.settle()
    git(world.project, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},x")
    git(world.project, "commit", "-qm", "module")
    shutil.copytree(world.project, world.root / "clones" / "a", symlinks=True)

    ran = fleet(world, "update", "--apply", "--format", "json")

    assert told(ran)["a"]["state"] == "conflicts", "an attribute does not hide it"


@pytest.mark.parametrize("format_", ["terminal", "markdown", "csv", "json"])
def test_names_that_speak_to_a_terminal_or_a_log_only_show(format_: str, world: World) -> None:
    world.record(template=f"https://evil.invalid/{ESCAPES}")
    clone(world, ESCAPES.replace("/", "-"))

    ran = fleet(world, "check", "--format", format_)

    assert ran.code == 3
    assert "\x1b" not in ran.out + ran.err
    assert "::error::" not in ran.out + ran.err


def test_secrets_behind_links_are_in_no_commit_and_in_no_cohort(world: World) -> None:
    for name in ("a", "b"):
        (world.project / "README.md").unlink(missing_ok=True)
        (world.project / "README.md").symlink_to(world.home / ".netrc")
        (world.project / "notes.txt").unlink(missing_ok=True)
        (world.project / "notes.txt").symlink_to(world.home / ".netrc")
        clone(world, name)

    ran = fleet(world, "cohorts", "--format", "json")

    assert (ran.code, SECRET in ran.out) == (0, False)


def test_preview_renders_the_working_copy_and_never_the_template_that_a_repo_names(world: World) -> None:
    REFUSED["c a template of the attacker's with hooks"].write(world)
    clone(world, "a")
    world.record(
        template=str(world.root / "evil"), commit=git(world.root / "evil", "rev-parse", "HEAD").strip()
    )
    clone(world, "b")
    write(world.template.root, {"notes of the author.md": "not committed\n"})
    try:
        ran = fleet(world, "preview", "--template", world.template.root, "--format", "json")
    finally:
        write(world.template.root, {"notes of the author.md": None})

    assert {name: repo["state"] for name, repo in told(ran).items()} == {
        "a": "nothing to do",  # its commit is the working copy's, whatever address it names
        "b": "another template",
    }


def legacy(world: World, files: dict[str, str | bytes | None] | None = None) -> None:
    write(world.project, {".cruft.json": None, **RENDERED, **(files or {})})
    world.settle()


def test_adoption_runs_nothing_of_the_repos_configuration(world: World, newer: Template) -> None:
    legacy(world, {".gitattributes": ATTRIBUTES})
    arm(world, world.project / ".git/config")
    git(world.project, "config", "commit.gpgSign", "false")  # with it, nothing would be committed

    ran = world.run("adopt", "-t", newer.root, "-y", "-a", "size=1")

    assert ran.code == 0, ran
    assert git(world.project, "rev-list", "--count", "HEAD", "--").strip() == "2"


def test_template_that_a_legacy_repo_names_is_not_fetched(world: World) -> None:
    legacy(world, {"README.md": f"Made from {world.attacker.url}/evil.git with cookiecutter\n"})
    shutil.copytree(world.project, world.root / "clones" / "a", symlinks=True)
    record = {"template": f"{world.attacker.url}/evil.git", "commit": "1" * 40}
    write(world.project, {".cookiecutter.json": json.dumps(record), ".cruft.json.bak": json.dumps(record)})
    commit(world.project)

    world.run("adopt", "-t", world.template.root, "--plan")
    world.run("adopt", "--plan")
    fleet(world, "update", "--adopt", "--apply")


@pytest.mark.parametrize(
    "name",
    ["{{ cycler.__init__.__globals__.os.popen('touch MARKER') }}", "../../outside/folder", "/etc", ESCAPES],
)
def test_answers_that_a_legacy_repo_shows_are_data(name: str, world: World) -> None:
    name = name.replace("MARKER", str(world.marker))
    legacy(
        world,
        {
            "pyproject.toml": f"[project]\nname = {json.dumps(name)}\ndescription = {json.dumps(name)}\n",
            "README.md": f"# {name}\nof the template\none\ntwo\nthree\n",
        },
    )
    shutil.copytree(world.project, world.root / "clones" / "a", symlinks=True)

    for ran in (
        world.run("adopt", "-t", world.template.root, "-y"),
        fleet(world, "update", "--adopt", "--template", world.template.root, "--apply"),
    ):
        assert ran.code in (0, 1, 2, 3)
        assert "\x1b" not in ran.out + ran.err


def test_files_that_a_legacy_repo_links_to_are_not_read(world: World) -> None:
    legacy(world)
    for name in ("LICENSE", "setup.cfg", "README.md"):
        (world.project / name).unlink(missing_ok=True)
        (world.project / name).symlink_to(world.home / ".netrc")
    world.settle()
    shutil.copytree(world.project, world.root / "clones" / "a", symlinks=True)

    assert SECRET not in world.run("adopt", "-t", world.template.root, "--plan").out
    fleet(world, "update", "--adopt", "--template", world.template.root, "--apply")
    assert SECRET not in git(world.root / "clones" / "a", "log", "-p", "--all")
