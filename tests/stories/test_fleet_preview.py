"""`mlscaffold fleet preview`: a template's author sees what a change would do to the repos made from it, and nothing moves."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import PROJECT, Ran, Template, commit, git, mlscaffold, new, template, write

SETTINGS = "a = 1\n\nb = 2\n\nc = 3\n"


@dataclass(frozen=True)
class Author:
    """A template's working copy, and clones of projects made from what is published of it."""

    template: Template
    clones: Path
    made: Path

    def clone(self, name: str, files: dict[str, str | bytes | None] | None = None) -> Path:
        shutil.copytree(self.made, self.clones / name, symlinks=True)
        if files:
            write(self.clones / name, files)
            commit(self.clones / name)
        return self.clones / name

    def preview(self, *args: str | Path, at: Path | None = None) -> Ran:
        return mlscaffold(
            "fleet",
            "preview",
            "--template",
            at or self.template.root,
            "--local",
            self.clones,
            "-j",
            "1",
            *args,
        )

    def found(self, *args: str | Path, at: Path | None = None) -> dict[str, Any]:
        ran = self.preview("--format", "json", *args, at=at)
        assert ran.out, ran.err
        return {repo["repo"]: repo for repo in ran.json["repos"]}


@pytest.fixture
def author(tmp_path: Path) -> Author:
    files = {"README.md": "# {{cookiecutter.project_name}}\none\ntwo\nthree\n", "settings.toml": SETTINGS}
    made = template(tmp_path / "template", files)
    clones = tmp_path / "clones"
    clones.mkdir()
    return Author(made, clones, new(made, tmp_path / "made"))


def changed(author: Author) -> None:
    """Change a line, add a key at a file's end, and add a file, without committing any of it."""
    write(
        author.template.root / PROJECT,
        {
            "README.md": "# {{cookiecutter.project_name}}\none\ntwo\nTHREE\n",
            "settings.toml": f"{SETTINGS}key = 1\n",
            "new.txt": "new\n",
        },
    )


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_repo_is_told_what_the_change_would_do_to_it(author: Author, tmp_path: Path) -> None:
    author.clone("plain")
    author.clone("edited", {"README.md": "# Churn Model\none\ntwo\nIII\n"})
    author.clone("twice", {"settings.toml": f"key = 9\n{SETTINGS}"})
    author.clone("legacy", {".cruft.json": None})
    other = new(template(tmp_path / "other", {"x": "1\n"}), tmp_path / "made of another")
    shutil.copytree(other, author.clones / "stranger")
    changed(author)
    before = everything(author.template.root), everything(author.clones)

    ran = author.preview("--format", "json")

    found = {repo["repo"]: repo for repo in ran.json["repos"]}
    assert {name: repo["state"] for name, repo in found.items()} == {
        "plain": "applies cleanly",
        "edited": "conflicts",
        "twice": "would break parsing",
        "legacy": "no record",
        "stranger": "another template",
    }
    assert [(each["path"], each["what"]) for each in found["plain"]["files"]] == [
        ("README.md", "clean"),
        ("new.txt", "clean"),
        ("settings.toml", "clean"),
    ]
    assert [each["path"] for each in found["edited"]["files"] if each["what"] == "conflict"] == ["README.md"]
    assert [each["path"] for each in found["twice"]["files"] if each["what"] == "breaks"] == ["settings.toml"]
    assert ran.code == 1
    assert (everything(author.template.root), everything(author.clones)) == before


def test_markdown_is_grouped_by_file_and_by_outcome(author: Author) -> None:
    author.clone("plain")
    author.clone("edited", {"README.md": "# Churn Model\none\ntwo\nIII\n"})
    changed(author)

    ran = author.preview("--format", "markdown")

    assert ran.out.startswith("### mlscaffold preview: 2 repos: 1 conflicts, 1 applies cleanly\n")
    assert "| `README.md` |  | 1 | 1 |  |" in ran.out
    assert "#### conflicts: 1 repo" in ran.out
    assert "| `edited` | README.md: conflict |" in ran.out


def test_change_that_is_committed_is_told_from_what_origin_has(author: Author, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(author.template.root), "copy")
    copy = Template(tmp_path / "copy")
    copy.change({"README.md": "# {{cookiecutter.project_name}}\none\ntwo\nTHREE\n"})
    author.clone("plain")

    found = author.found(at=copy.root)

    assert [(each["path"], each["what"]) for each in found["plain"]["files"]] == [("README.md", "clean")]


def test_what_a_repo_meets_without_the_change_is_not_held_against_it(author: Author) -> None:
    author.clone("edited", {"README.md": "# Churn Model\none\ntwo\nIII\n"})
    author.template.change({"README.md": "# {{cookiecutter.project_name}}\none\ntwo\nTHREE\n"})
    write(author.template.root / PROJECT, {"README.md": "# {{cookiecutter.project_name}}\none\ntwo\n3\n"})

    ran = author.preview("--format", "json")

    [edited] = ran.json["repos"]
    assert (edited["state"], ran.code) == ("nothing to do", 0)
    assert [(each["path"], each["what"]) for each in edited["files"]] == [("README.md", "conflict already")]
    assert edited["why"] == "README.md: conflicts without the change, too"


def test_change_of_what_no_project_has_changes_nothing(author: Author) -> None:
    author.clone("plain")
    write(author.template.root, {"CHANGES.md": "for authors\n"})

    ran = author.preview("--format", "json")

    assert (ran.json["counts"], ran.code) == ({"nothing to do": 1}, 0)


def test_change_that_does_not_render_is_said(author: Author) -> None:
    author.clone("plain")
    write(author.template.root / PROJECT, {"README.md": "{{ cookiecutter.nowhere.at_all }}\n"})

    ran = author.preview("--format", "json")

    [plain] = ran.json["repos"]
    assert (plain["state"], ran.code) == ("does not render", 1)
    assert "nowhere" in plain["why"]


def test_repo_whose_commit_is_a_forks_is_no_repo_of_this_template(author: Author) -> None:
    """A record names any commit; one that the working copy only fetched from somebody's fork is not rendered."""
    root = author.template.root
    published = git(root, "rev-parse", "HEAD").strip()
    write(root, {"hooks/post_gen_project.py": "raise SystemExit('the hook of a fork ran')\n"})
    forked = commit(root, "of a fork")
    git(root, "update-ref", "refs/remotes/fork/main", forked)
    git(root, "reset", "-q", "--hard", published)
    record = json.loads((author.made / ".cruft.json").read_text())
    author.clone("hostile", {".cruft.json": json.dumps({**record, "commit": forked})})
    changed(author)

    found = author.found()

    assert found["hostile"]["state"] == "error"
    assert "the hook of a fork ran" not in found["hostile"]["why"]


def test_working_copy_without_a_change_is_one_sentence(author: Author) -> None:
    ran = author.preview("--against", "HEAD")

    assert (ran.code, "has no change against" in ran.err) == (2, True), ran


def test_change_cannot_be_told_where_nothing_is_published(author: Author) -> None:
    ran = author.preview()

    assert (ran.code, "--against REF" in ran.err) == (2, True), ran


def test_template_that_is_no_folder_is_one_sentence(author: Author, tmp_path: Path) -> None:
    ran = author.preview(at=tmp_path / "nowhere")

    assert (ran.code, "There is no folder" in ran.err) == (2, True), ran


def test_shallow_working_copy_is_told_what_it_lacks(author: Author, tmp_path: Path) -> None:
    author.template.change({"README.md": "# {{cookiecutter.project_name}}\n"})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{author.template.root}", "copy")

    ran = author.preview(at=tmp_path / "copy")

    assert (ran.code, "fetch-depth: 0" in ran.err) == (2, True), ran
