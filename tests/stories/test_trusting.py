"""Which template is used, whether it may run, and when its repository is asked."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlscaffold.core.errors import UnreachableTemplateError
from mlscaffold.shells import gitfetch
from mlscaffold.templates import store as templates
from mlscaffold.templates.sources import Source
from mlscaffold.templates.store import Store
from tests.servers import GitServer, serving
from tests.terminals import at_terminal
from tests.worlds import Template, commit, git, mlscaffold, template, write

VARIABLES = {"project_slug": "churn"}
QUESTION = "Trust it from now on? [y/N]"


@pytest.fixture
def made(tmp_path: Path) -> Template:
    made = template(tmp_path / "served/template", {"README.md": "one\n"}, variables=VARIABLES)
    git(made.root.parent, "clone", "-q", "--bare", "template", "t.git")
    git(made.root.parent / "t.git", "config", "uploadpack.allowFilter", "true")
    return made


@pytest.fixture
def server(made: Template) -> Iterator[GitServer]:
    with serving(made.root.parent) as served:
        yield served


def publish(made: Template, content: str) -> None:
    """Commit a change of the template and bring it to the server."""
    made.change({"README.md": content})
    git(made.root, "push", "-q", str(made.root.parent / "t.git"), "main")


def project_of(address: str, made: Template) -> Path:
    folder = made.root.parent.parent / "churn"
    document = {
        "template": address,
        "commit": git(made.root, "rev-parse", "HEAD").strip(),
        "context": {"cookiecutter": VARIABLES},
    }
    write(folder, {".cruft.json": json.dumps(document), "README.md": "one\n"})
    return folder


def test_a_template_that_is_not_trusted_is_named_with_the_command_to_type(made: Template) -> None:
    project = project_of(str(made.root), made)
    for verb in ("diff", "check"):
        ran = mlscaffold(verb, "-p", project)
        assert (ran.code, ran.out) == (3, "")
        assert QUESTION not in ran.err
    assert mlscaffold(*ran.err.splitlines()[-1].partition("mlscaffold ")[2].split()).code == 0
    assert mlscaffold("check", "-p", project).code == 0


@pytest.mark.parametrize(
    ("typed", "code"), [("y\n", 0), ("YES\n", 0), ("n\n", 3), ("\n", 3), ("x\n", 3), ("\x04", 3)]
)
def test_somebody_at_a_terminal_is_asked_once(typed: str, code: int, made: Template, home: Path) -> None:
    project = project_of(str(made.root), made)
    ran = at_terminal("check", "-p", project, typed=typed)
    assert ran.code == code
    assert ran.out.count(QUESTION) == 1
    again = at_terminal("check", "-p", project, typed="n\n")
    assert QUESTION not in again.out if code == 0 else QUESTION in again.out
    trusted = home / ".config/mlscaffold/trusted.txt"
    assert trusted.exists() is (code == 0)


def test_an_address_is_added_below_whatever_the_list_ends_in(made: Template, home: Path) -> None:
    write(home, {".config/mlscaffold/trusted.txt": b"\xff\nhttps://example.com/a"})
    assert mlscaffold("trust", made.root).code == 0
    lines = (home / ".config/mlscaffold/trusted.txt").read_bytes().splitlines()
    assert lines == [b"\xff", b"https://example.com/a", os.fsencode(made.root)]
    assert mlscaffold("check", "-p", project_of(str(made.root), made)).code == 0


def test_an_empty_address_is_not_the_current_folder(made: Template) -> None:
    ran = mlscaffold("trust", "", cwd=made.root)
    assert (ran.code, ran.out) == (2, "")
    assert mlscaffold("check", "-p", project_of(str(made.root), made)).code == 3


def test_nobody_is_asked_where_the_answer_would_be_a_pipes(made: Template) -> None:
    project = project_of(str(made.root), made)
    ran = mlscaffold("check", "-p", project, stdin="y\n")
    assert ran.code == 3
    assert QUESTION not in ran.err


def test_what_cannot_be_trusted_is_not_asked_about(made: Template) -> None:
    project = project_of("ext::sh -c id", made)
    ran = at_terminal("check", "-p", project, typed="y\n")
    assert (ran.code, QUESTION in ran.out) == (3, False)
    ran = mlscaffold("trust", "https://user:secret@example.com/x")
    assert ran.code == 2
    assert "cannot be trusted" in ran.err
    assert "secret" not in ran.err


def test_a_template_that_is_named_is_trusted_and_stays_so(made: Template, tmp_path: Path) -> None:
    ran = mlscaffold("new", "-y", "-t", made.root, "-o", tmp_path / "made")
    assert "Trusted from now on" in ran.out
    assert "a template on this machine, which nobody else can reach" in ran.out
    assert mlscaffold("check", "-p", tmp_path / "made/churn").code == 0


def test_a_named_template_serves_a_check_once_and_is_not_recorded(made: Template) -> None:
    project = project_of("https://gone.example/t", made)
    before = (project / ".cruft.json").read_bytes()
    assert mlscaffold("check", "-p", project, "-t", made.root).code == 0
    assert (project / ".cruft.json").read_bytes() == before
    assert mlscaffold("check", "-p", project).code == 3


def test_an_update_to_a_fork_moves_the_record_to_it(made: Template, tmp_path: Path) -> None:
    project = project_of("https://gone.example/t", made)
    git(project, "init", "-q")
    commit(project)
    git(tmp_path, "clone", "-q", str(made.root), "fork")
    fork = Template(tmp_path / "fork")
    assert mlscaffold("update", "-p", project, "-t", fork.root, "--dry-run").code == 0
    assert json.loads((project / ".cruft.json").read_text())["template"] == "https://gone.example/t"
    wanted = fork.change({"README.md": "of the fork\n"})
    ran = mlscaffold("update", "-p", project, "-t", fork.root, "--commit")
    assert ran.code == 0, ran.err
    assert f"the record names {fork.root} from now on, a template on this machine" in ran.out
    record = json.loads((project / ".cruft.json").read_text())
    assert (record["template"], record["commit"]) == (str(fork.root), wanted)
    assert record["context"]["cookiecutter"]["_template"] == str(fork.root)
    assert mlscaffold("check", "-p", project).code == 0
    before = (project / ".cruft.json").read_bytes()
    ran = mlscaffold("update", "-p", project, "-t", "https://me:secret@example.com/t", "--offline")
    assert ran.code in (2, 3)
    assert "secret" not in ran.out + ran.err
    assert (project / ".cruft.json").read_bytes() == before


def test_an_update_that_only_moves_the_record_is_one(made: Template) -> None:
    project = project_of("https://gone.example/t", made)
    git(project, "init", "-q")
    commit(project)
    ran = mlscaffold("update", "-p", project, "-t", made.root, "--commit")
    assert ran.code == 0, ran.err
    assert mlscaffold("check", "-p", project).code == 0
    assert "Nothing to do" in mlscaffold("update", "-p", project).out


def test_an_alias_stands_for_a_dead_address(made: Template, home: Path) -> None:
    dead = "/tmp/pip-build-1234/template"
    project = project_of(dead, made)
    write(
        home,
        {".config/mlscaffold/config.toml": f'trust = ["{made.root}"]\n[alias]\n"{dead}" = "{made.root}"\n'},
    )
    made.change({"README.md": "two\n"})
    assert mlscaffold("check", "-p", project).code == 1
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "x")
    assert mlscaffold("update", "-p", project).code == 0
    assert json.loads((project / ".cruft.json").read_text())["template"] == dead


@pytest.mark.parametrize(
    "content",
    [
        "trust = 'x'\n",
        "alias = 'x'\n",
        "trust = [1]\n",
        "[alias]\nx = 1\n",
        "template = 1\n",
        "trust = [\n",
        "trsut = []\n",
        "\udcff",
    ],
)
def test_a_configuration_that_cannot_be_meant_is_named(content: str, made: Template, home: Path) -> None:
    write(home, {".config/mlscaffold/config.toml": os.fsencode(content)})
    ran = mlscaffold("check", "-p", project_of(str(made.root), made))
    assert ran.code == 3
    assert "config.toml" in ran.err


def test_option_before_environment_before_configuration(home: Path, tmp_path: Path) -> None:
    others = {}
    for name in ("option", "environment", "configuration"):
        others[name] = template(tmp_path / name, {"which.txt": f"{name}\n"}, variables=VARIABLES)
    write(home, {".config/mlscaffold/config.toml": f'template = "{others["configuration"].root}"\n'})
    environment = {"MLSCAFFOLD_TEMPLATE": str(others["environment"].root)}
    for expected, args, env in (
        ("option", ["-t", str(others["option"].root)], environment),
        ("environment", [], environment),
        ("configuration", [], {}),
    ):
        ran = mlscaffold("new", "-y", "-o", tmp_path / "made", *args, env=env)
        assert ran.code == 0, ran.err
        assert (tmp_path / "made/churn/which.txt").read_text() == f"{expected}\n"
        shutil.rmtree(tmp_path / "made/churn")


def test_a_server_is_asked_at_most_once_in_ten_minutes(made: Template, server: GitServer, home: Path) -> None:
    address = server.address(made.root.parent / "t.git")
    project = project_of(address, made)
    env = {"MLSCAFFOLD_TRUST": address}
    assert mlscaffold("check", "-p", project, env=env).code == 0
    publish(made, "two\n")
    server.requests.clear()

    def asked(*args: str) -> tuple[int, int]:
        server.requests.clear()
        return mlscaffold("check", "-p", project, *args, env=env).code, len(server.requests)

    assert asked() == (0, 0)
    assert asked("--offline") == (0, 0)
    code, requests = asked("--refresh")
    assert (code, requests > 0) == (1, True)
    assert asked() == (1, 0)
    publish(made, "three\n")
    (note,) = home.rglob("asked.json")
    document = json.loads(note.read_text())
    write(note.parent, {"asked.json": json.dumps({**document, "at": document["at"] - 700})})
    code, requests = asked("--offline")
    assert (code, requests) == (1, 0)
    assert "asked 11 minutes ago" in mlscaffold("check", "-p", project, "--offline", env=env).out
    code, requests = asked()
    assert (code, requests > 0) == (1, True)


def test_offline_with_nothing_known_says_so(made: Template, server: GitServer) -> None:
    address = server.address(made.root.parent / "t.git")
    ran = mlscaffold("check", "-p", project_of(address, made), "--offline", env={"MLSCAFFOLD_TRUST": address})
    assert ran.code == 3
    assert "without --offline" in ran.err
    assert server.requests == []


def test_a_server_that_is_gone_is_named_and_offline_still_answers(made: Template) -> None:
    with serving(made.root.parent) as served:
        address = served.address(made.root.parent / "t.git")
        project = project_of(address, made)
        env = {"MLSCAFFOLD_TRUST": address}
        assert mlscaffold("check", "-p", project, env=env).code == 0
    ran = mlscaffold("check", "-p", project, "--refresh", env=env)
    assert ran.code == 3
    assert "cannot be reached" in ran.err
    assert mlscaffold("check", "-p", project, "--offline", env=env).code == 0


def test_a_cache_that_is_broken_is_made_anew(made: Template, server: GitServer, home: Path) -> None:
    address = server.address(made.root.parent / "t.git")
    project = project_of(address, made)
    env = {"MLSCAFFOLD_TRUST": address}
    assert mlscaffold("check", "-p", project, env=env).code == 0
    for path in home.rglob("*"):
        if path.is_file() and path.parent.name == "renderings":
            path.write_text("{")
    (note,) = home.rglob("asked.json")
    note.write_text("[]")
    assert mlscaffold("check", "-p", project, env=env).code == 0
    shutil.rmtree(note.parent / "git/objects")
    ran = mlscaffold("diff", "-p", project, "--refresh", env=env)
    assert ran.code in (0, 3)


def test_a_branch_goes_before_a_tag_of_its_name_as_in_cruft_and_an_expression_is_no_name(
    made: Template, tmp_path: Path
) -> None:
    git(made.root, "tag", "stable")
    git(made.root, "checkout", "-q", "-b", "stable")
    wanted = made.change({"README.md": "of the branch\n"})
    ran = mlscaffold("new", "-y", "-t", made.root, "-c", "stable", "-o", tmp_path / "made")
    assert ran.code == 0, ran.err
    assert json.loads((tmp_path / "made/churn/.cruft.json").read_text())["commit"] == wanted
    for name in ("stable~1", "HEAD^"):
        ran = mlscaffold("new", "-y", "-t", made.root, "-c", name, "-o", tmp_path / "other")
        assert ran.code == 3
        assert f"has no branch, tag or commit '{name}'" in ran.err


def test_a_template_that_is_not_reached_is_asked_once_in_a_run_and_each_time_without_one(
    tmp_path: Path, server: GitServer
) -> None:
    address = server.address(server.root / "gone.git")
    source = Source(address, address, local=False)

    def asked(since: float) -> int:
        server.requests.clear()
        told = set()
        for _ in range(3):
            with pytest.raises(UnreachableTemplateError) as raised:
                Store(source, tmp_path / "cache").newest(None, since=since)
            told.add((raised.value.what, raised.value.hint))
        assert len(told) == 1, "the same is said each time"
        return len(server.requests)

    assert (asked(1.0), asked(2.0)) == (1, 1), "a run asks for itself"
    assert asked(0.0) == 3


def test_a_template_whose_asking_was_ended_is_not_asked_again_in_the_run(
    made: Template, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = server.address(made.root.parent / "t.git")
    source = Source(address, address, local=False)

    def ended(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as within:
        within.setattr(gitfetch, "mirror", ended)
        with pytest.raises(SystemExit):
            Store(source, tmp_path / "cache").newest(None, since=1.0)
    with pytest.raises(UnreachableTemplateError, match="no answer in time"):
        Store(source, tmp_path / "cache").newest(None, since=1.0)
    assert server.requests == []
    assert Store(source, tmp_path / "cache").newest(None, since=2.0).commit
    assert Store(source, tmp_path / "cache").newest(None, since=2.0).commit


def test_a_bundle_that_is_exchanged_is_read_again_however_old_it_looks(
    made: Template, tmp_path: Path
) -> None:
    place = tmp_path / "template.bundle"
    store = Store(Source("https://example.com/t", str(place), local=True, builtin=True), tmp_path / "cache")
    for content in ("older\n", "newer\n"):
        wanted = made.change({"README.md": content})
        git(made.root, "bundle", "create", "-q", str(tmp_path / "next"), "--all", "HEAD")
        (tmp_path / "next").replace(place)
        os.utime(place, (315_532_800, 315_532_800))
        assert store.newest(None).commit == wanted
    assert store.newest(None).commit == wanted


def test_an_answer_from_the_future_is_none(made: Template, server: GitServer, tmp_path: Path) -> None:
    address = server.address(made.root.parent / "t.git")
    store = Store(Source(address, address, local=False), tmp_path / "cache")
    store.newest(None)
    asked = store.folder / "asked.json"
    asked.write_text(json.dumps({**json.loads(asked.read_text()), "at": 9e9}))
    publish(made, "two\n")
    assert store.newest(None).commit == git(made.root, "rev-parse", "HEAD").strip()


def test_a_rendering_is_made_anew_after_what_renders_was_upgraded(
    made: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(str(made.root), str(made.root), local=True)
    commit = git(made.root, "rev-parse", "HEAD").strip()
    store = Store(source, tmp_path / "cache")
    store.fetch()
    renderings = store.folder / "renderings"
    kept = []
    for renderer in (("cookiecutter 1",), ("cookiecutter 1",), ("cookiecutter 2",)):
        monkeypatch.setattr(templates, "renderer", lambda renderer=renderer: renderer)
        store.rendering(commit, "", VARIABLES)
        kept.append(len([path for path in renderings.iterdir() if path.suffix != ".lock"]))
    assert kept == [1, 1, 2]


def test_a_cache_that_lost_files_is_said_to_have(made: Template, home: Path) -> None:
    project = project_of(str(made.root), made)
    assert mlscaffold("trust", made.root).code == 0
    write(project, {"README.md": "mine\n"})
    assert mlscaffold("check", "-p", project).code == 0
    for folder in (home / ".cache/mlscaffold/templates").glob("*/git/objects/??"):
        shutil.rmtree(folder)
    ran = mlscaffold("diff", "-p", project)
    assert ran.code == 3
    assert "The cache has lost files" in ran.err
    shutil.rmtree(home / ".cache/mlscaffold/templates")
    assert mlscaffold("diff", "-p", project).code == 0


def test_several_templates_are_trusted_listed_and_trusted_no_longer(home: Path) -> None:
    one, two = "https://github.com/acme/one", "https://github.com/other/*"
    config = home / ".config/mlscaffold"
    write(config, {"config.toml": 'trust = ["https://example.com/of/config"]\n', "trusted.txt": "# mine\n"})

    ran = mlscaffold("trust", "gh:acme/one", two)

    assert (ran.code, ran.out.splitlines()) == (
        0,
        [f"Trusted from now on: {one}.git", f"Trusted from now on: {two}"],
    )
    assert mlscaffold("trust", "--list").out.splitlines() == [
        *(f"{one}.git", two, "https://example.com/of/config")
    ]
    gone = mlscaffold("trust", "--remove", "gh:acme/one")
    assert (gone.code, gone.out) == (0, f"Trusted no longer: {one}.git\n")
    assert (config / "trusted.txt").read_text() == f"# mine\n{two}\n"


@pytest.mark.parametrize("where", ["trusted.txt", "config.toml", "MLSCAFFOLD_TRUST"])
def test_template_that_something_else_trusts_is_not_said_to_be_trusted_no_longer(
    where: str, home: Path
) -> None:
    one, all_of_them = "https://github.com/acme/one", "https://github.com/acme/*"
    config = home / ".config/mlscaffold"
    assert mlscaffold("trust", one).code == 0
    if where == "trusted.txt":
        assert mlscaffold("trust", all_of_them).code == 0
    if where == "config.toml":
        write(config, {"config.toml": f'trust = ["{all_of_them}"]\n'})
    env = {"MLSCAFFOLD_TRUST": all_of_them} if where == "MLSCAFFOLD_TRUST" else {}

    ran = mlscaffold("trust", "--remove", one, env=env)

    place = where if env else config / where
    said = f"Off the list, and trusted still: {one}, by {all_of_them} in {place}\n"
    assert (ran.code, ran.out) == (1, said)
    assert one not in mlscaffold("trust", "--list", env=env).out.splitlines()


def test_template_is_trusted_no_longer_however_its_address_is_spelt(home: Path) -> None:
    assert mlscaffold("trust", "gh:acme/one", "git@github.com:acme/one", "gh:acme/two").code == 0

    gone = mlscaffold("trust", "--remove", "https://github.com/acme/one")

    assert (gone.code, gone.out) == (0, "Trusted no longer: https://github.com/acme/one\n")
    listed = home / ".config/mlscaffold/trusted.txt"
    assert listed.read_text() == "https://github.com/acme/two.git\n"


def test_of_several_templates_one_of_which_cannot_be_trusted_none_is() -> None:
    for args in (
        ("https://github.com/acme/one", "ext::sh -c id"),
        ("--remove", "https://github.com/acme/one"),
        ("--list", "https://github.com/acme/one"),
        (),
    ):
        ran = mlscaffold("trust", *args)
        assert (ran.code, ran.out) == (2, ""), ran
    assert mlscaffold("trust", "--list").out == ""
