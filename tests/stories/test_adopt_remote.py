"""A template on a server: its history comes without file contents, and what is needed of those in one request."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlscaffold.adopting import history
from mlscaffold.shells import settings
from mlscaffold.templates.sources import locate
from mlscaffold.templates.store import Store
from tests.servers import GitServer, serving
from tests.worlds import Template, git, mlscaffold, new, states, template

FILES = {"README.md": "# {{cookiecutter.project_name}}\none\ntwo\n", "app.py": "a = 1\nb = 2\nc = 3\n"}


@pytest.fixture
def made(tmp_path: Path) -> Template:
    made = template(tmp_path / "template", FILES)
    for number in range(4):
        made.change({"app.py": FILES["app.py"] + f"d = {number}\n"})
    return made


@pytest.fixture
def server(tmp_path: Path, made: Template) -> Iterator[GitServer]:
    (tmp_path / "served").mkdir()
    bare = tmp_path / "served" / "template.git"
    git(tmp_path, "clone", "-q", "--bare", str(made.root), str(bare))
    git(bare, "config", "uploadpack.allowFilter", "true")
    git(bare, "config", "uploadpack.allowAnySHA1InWant", "true")
    with serving(tmp_path / "served") as served:
        yield served


def test_contents_of_all_commits_come_in_one_request(server: GitServer) -> None:
    store = Store(locate(f"{server.url}/template.git", settings.load()), settings.load().cache)
    store.fetch()
    before = len(server.requests)
    past = history.read(store, "", None)
    packs = [line for line in server.requests[before:] if line.startswith("POST")]
    assert len(packs) <= 2
    assert len(past.versions) == 5
    asked = len(server.requests)
    history.read(store, "", None)
    assert len(server.requests) == asked


def test_a_repo_is_adopted_from_a_server(server: GitServer, made: Template, tmp_path: Path) -> None:
    project = new(made, tmp_path)
    git(project, "rm", "-q", ".cruft.json")
    git(project, "commit", "-q", "--amend", "-m", "start")
    url = f"{server.url}/template.git"
    ran = mlscaffold("adopt", "-p", project, "-t", url, "-y")
    assert ran.code == 0, ran.err
    assert url in (project / ".cruft.json").read_text()
    assert states(project, "-t", url) == {}


def test_commits_that_leave_the_template_as_it_is_cost_nothing(made: Template) -> None:
    for number in range(5):
        (made.root / "README.md").write_text(f"about the template, {number}\n")
        git(made.root, "add", "-A")
        git(made.root, "commit", "-q", "-m", "about")
    inner = made.root / "inner"
    inner.mkdir()
    for name in ("cookiecutter.json", "{{cookiecutter.project_slug}}"):
        git(made.root, "mv", name, f"inner/{name}")
    git(made.root, "commit", "-q", "-m", "move")
    store = Store(locate(str(made.root), settings.load()), settings.load().cache)
    store.fetch()
    for number in range(5):
        (made.root / "README.md").write_text(f"about the repository, {number}\n")
        git(made.root, "commit", "-q", "-am", "about")
    store.fetch()
    assert len(history.read(store, "inner", None).versions) == 1


def test_a_template_that_is_named_is_trusted_from_then_on(made: Template, tmp_path: Path, home: Path) -> None:
    project = new(made, tmp_path)
    git(project, "rm", "-q", ".cruft.json")
    git(project, "commit", "-q", "--amend", "-m", "start")
    (home / ".config" / "mlscaffold" / "trusted.txt").unlink()
    assert mlscaffold("adopt", "-p", project, "-t", made.root, "--plan").code in (0, 1)
    assert not (home / ".config" / "mlscaffold" / "trusted.txt").exists()
    ran = mlscaffold("adopt", "-p", project, "-t", made.root, "-y")
    assert f"Trusted from now on: {made.root}" in ran.out
    assert states(project) == {}
