"""What a template's policy asks of a project, from the command line."""

import json
import os
from pathlib import Path

import pytest

from mlscaffold.project.survey import matching
from mlscaffold.shells import index
from tests.worlds import Template, commit, git, mlscaffold, new, states, template, write

POLICY = """\
[[rule]]
path = "ruff.toml"
rule = "exact"
reason = "one style"
waivable = false

[[rule]]
path = ".gitignore"
rule = "lines"

[[rule]]
path = "notes.md"
rule = "once"

[[rule]]
paths = ["setup.cfg", "/[0-9]*.py", "*.ipynb"]
rule = "absent"
reason = "it is said elsewhere"

[[rule]]
path = "notebooks/**"
rule = "once"
"""
FILES = {
    "README.md": "one\ntwo\nthree\n",
    "ruff.toml": "line-length = 100\n",
    ".gitignore": "*.pyc\n/data\n",
    "notes.md": "notes\n",
}


@pytest.fixture
def made(tmp_path: Path) -> Template:
    return template(tmp_path / "template", FILES, beside={"policy.toml": POLICY})


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    return new(made, tmp_path)


def findings(project: Path) -> dict[str, dict[str, object]]:
    ran = mlscaffold("check", "-p", project, "--format", "json")
    return {finding["path"]: finding for finding in ran.json["findings"]}


def test_each_rule_is_judged_in_its_own_way(project: Path) -> None:
    write(
        project,
        {
            "README.md": "mine\ntwo\nthree\n",
            "ruff.toml": "line-length = 100\nextra\n",
            ".gitignore": "*.pyc\nmine\n",
            "notes.md": "mine\n",
            "a/setup.cfg": "x\n",
            "03_train.py": "x\n",
            "notebooks/a.ipynb": "{}",
            "src/a.ipynb": "{}",
        },
    )
    commit(project)
    assert states(project) == {
        "03_train.py": "forbidden",
        "a/setup.cfg": "forbidden",
        "src/a.ipynb": "forbidden",
        ".gitignore": "modified",
        "ruff.toml": "modified",
        "README.md": "modified",
    }
    found = findings(project)
    assert [path for path, finding in found.items() if not finding["fault"]] == ["README.md"]
    assert (found["ruff.toml"]["line"], found["ruff.toml"]["reason"]) == (2, "one style")
    assert found["03_train.py"]["mend"] == "git rm -- 03_train.py"


def test_update_does_what_the_rules_ask_and_leaves_what_a_person_wrote(made: Template, project: Path) -> None:
    write(project, {"ruff.toml": "mine\n", ".gitignore": "mine", "notes.md": None, "setup.cfg": "x\n"})
    commit(project)
    made.change({"README.md": "eins\ntwo\nthree\n"})
    ran = mlscaffold("update", "-p", project)
    assert ran.code == 0, ran.err
    assert (project / "ruff.toml").read_text() == FILES["ruff.toml"]
    assert (project / ".gitignore").read_text() == "mine\n*.pyc\n/data\n"
    assert not (project / "notes.md").exists()
    assert states(project) == {"setup.cfg": "forbidden", ".gitignore": "modified"}


def test_a_file_that_git_does_not_track_is_not_the_projects(project: Path) -> None:
    write(project, {"setup.cfg": "x\n", ".venv/pyvenv.cfg": "", ".venv/lib/setup.cfg": "x\n"})
    assert states(project) == {}
    git(project, "add", "-f", "setup.cfg")
    assert states(project) == {"setup.cfg": "forbidden"}


def test_outside_of_git_what_is_there_counts(project: Path) -> None:
    write(project, {"setup.cfg": "x\n"})
    (project / ".git").rename(project.parent / "git")
    assert states(project) == {"setup.cfg": "forbidden"}


def test_a_forbidden_file_is_found_again_and_its_removal_is_seen(project: Path) -> None:
    write(project, {"a/b/setup.cfg": "x\n"})
    commit(project)
    assert states(project) == states(project) == {"a/b/setup.cfg": "forbidden"}
    git(project, "rm", "-q", "a/b/setup.cfg")
    assert states(project) == {}


def test_what_git_tracks_is_asked_again_only_when_its_index_changed(tmp_path: Path) -> None:
    root, memory = tmp_path / "p", tmp_path / "memory"
    write(root, {"a/x.py": "", "b/y.py": ""})
    git(root, "init", "-q")
    git(root, "add", "-A")
    asked: list[str] = []

    def wanted(path: str) -> bool:
        asked.append(path)
        return path.endswith("y.py")

    os.utime(root / ".git/index", (1_000_000_000, 1_000_000_000))
    assert matching(root, wanted, memory) == ["b/y.py"]
    assert matching(root, wanted, memory) == ["b/y.py"]
    assert sorted(asked) == ["a/x.py", "b/y.py"]
    write(root, {"a/y.py": ""})
    git(root, "add", "-A")
    assert matching(root, wanted, memory) == ["a/y.py", "b/y.py"]
    (root / "b/y.py").unlink()
    assert matching(root, wanted, memory) == ["a/y.py"]


@pytest.mark.parametrize("path", ["venv/pyvenv.cfg", "node_modules/i.ipynb", "src/__pycache__/a.ipynb"])
def test_what_git_tracks_is_forbidden_in_whatever_folder_it_lies(project: Path, path: str) -> None:
    write(project, {".mlscaffold.toml": "", path: "x\n"})
    forbids = {path}.__contains__
    memory = project.parent / "memory"
    assert matching(project, forbids, memory) == []
    git(project, "add", "-f", path)
    assert matching(project, forbids, memory) == [path]


@pytest.mark.parametrize("kind", ["2", "3", "4", "sha256", "linked"])
def test_tracked_paths_are_read_from_gits_index(tmp_path: Path, kind: str) -> None:
    write(tmp_path, {"a.py": "", "dir/a.py": "", "other.py": "", "with space.py": "", "x" * 200: ""})
    git(tmp_path, "init", "-q", f"--object-format={'sha256' if kind == 'sha256' else 'sha1'}")
    git(tmp_path, "add", "a.py", "dir", "with space.py", "x" * 200)
    if kind == "3":
        git(tmp_path, "add", "--intent-to-add", "other.py")
    if kind == "linked":
        git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "all")
        git(tmp_path, "worktree", "add", "-q", str(tmp_path / "linked"))
        tmp_path /= "linked"
    if kind.isdigit():
        git(tmp_path, "update-index", "--index-version", kind)
    assert index.names(tmp_path) == git(tmp_path, "ls-files", "-z").split("\0")[:-1]
    assert index.names(tmp_path / "dir") == ["a.py"]


def test_an_index_that_is_none_is_told_from_an_empty_one(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert index.names(tmp_path) == []
    (tmp_path / ".git/index").write_bytes(b"DIRC no index")
    assert index.names(tmp_path) is None
    write(tmp_path, {"a.py": "", "node_modules/a.py": "", "venv/pyvenv.cfg": "", "venv/a.py": ""})
    assert matching(tmp_path, lambda path: path.endswith(".py"), tmp_path / "memory") == ["a.py"]


def test_an_update_leaves_what_a_waiver_excuses_and_merges_what_the_template_changes_there(
    made: Template, project: Path
) -> None:
    rules = (
        POLICY.replace("waivable = false\n", "")
        + '\n[[rule]]\npath = "fixed.txt"\nrule = "exact"\nwaivable = false\n'
    )
    lines = "".join(f"{number}\n" for number in range(20))
    made.change(
        {"ruff.toml": lines, "a[1].toml": "a\n", "fixed.txt": "fixed\n"},
        beside={"policy.toml": rules + '[[rule]]\npath = "a*.toml"\nrule = "exact"\n'},
    )
    assert mlscaffold("update", "-p", project, "--commit").code == 0
    excuse = "\n".join(
        f"[[waiver]]\npath = '{path}'\nreason = 'ours'\n" for path in ("ruff.toml", "fixed.txt")
    )
    mine = {"ruff.toml": lines.replace("19\n", "mine\n"), "a[1].toml": "mine\n", "fixed.txt": "mine\n"}
    write(project, {**mine, ".mlscaffold.toml": excuse})
    commit(project)
    made.change({"ruff.toml": lines.replace("0\n", "zero\n", 1)})
    ran = mlscaffold("update", "-p", project, "--commit")
    assert ran.code == 0, ran.err
    assert "ruff.toml keeps your edit, excused for good" in ran.out + ran.err
    assert (project / "ruff.toml").read_text() == mine["ruff.toml"].replace("0\n", "zero\n", 1)
    assert (project / "a[1].toml").read_text() == "a\n"
    assert (project / "fixed.txt").read_text() == "fixed\n"
    ran = mlscaffold("check", "-p", project, "--format", "json")
    found = {each["path"]: each for each in ran.json["findings"]}
    assert not found["ruff.toml"]["fault"]
    assert "Nothing to do" in mlscaffold("update", "-p", project).out


def test_policy_prints_each_path_with_its_rule_and_why(made: Template) -> None:
    write(made.root, {"policy.toml": POLICY + '\n[[rule]]\npath = "nowhere.txt"\nrule = "exact"\n'})
    ran = mlscaffold("policy", ".", cwd=made.root)
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert [line.split()[:2] for line in lines[:4]] == [
        [".gitignore", "lines"],
        ["README.md", "merge"],
        ["notes.md", "once"],
        ["ruff.toml", "exact"],
    ]
    assert lines[3].endswith("one style (" + str(made.root / "policy.toml") + ":1)")
    assert "nowhere.txt decides about no path" in lines[4]


def test_a_broken_policy_is_named_with_its_line_by_policy_and_by_check(made: Template, project: Path) -> None:
    write(made.root, {"policy.toml": POLICY.replace('"lines"', '"line"')})
    ran = mlscaffold("policy", made.root)
    assert ran.code == 3
    assert "policy.toml:9: `rule` is 'line'" in ran.err
    commit(made.root)
    assert "policy.toml:9: `rule` is 'line'" in mlscaffold("check", "-p", project).err


def test_a_file_that_the_template_has_and_forbids_is_named(made: Template) -> None:
    write(made.root, {"policy.toml": POLICY + '\n[[rule]]\npath = "notes.md"\nrule = "absent"\n'})
    ran = mlscaffold("policy", made.root)
    assert ran.code == 1
    assert "notes.md: the template has it, and forbids it" in ran.out


WAIVER = """
[[tool.mlscaffold.waiver]]
path = "{path}"
reason = "we need it"
until = {until}
"""


@pytest.mark.parametrize(
    ("path", "until", "said"),
    [
        ("setup.cfg", "2020-01-01", "the waiver for setup.cfg ended on 2020-01-01"),
        ("setup.cf", "2999-01-01", "the waiver for setup.cf excuses nothing"),
        ("ruff.toml", "2999-01-01", "the template lets nobody be excused from `exact` for ruff.toml"),
        ("setup.cfg", '"soon"', "has `until` 'soon', which is no date"),
        ("setup.cfg", "3", "has `until` 3, which is no date"),
    ],
)
def test_a_waiver_that_does_not_hold_is_a_fault_of_its_own(
    project: Path, path: str, until: str, said: str
) -> None:
    write(
        project,
        {
            "setup.cfg": "x\n",
            "ruff.toml": "mine\n",
            "pyproject.toml": "[project]\n" + WAIVER.format(path=path, until=until),
        },
    )
    commit(project)
    found = findings(project)
    assert said in str(found["pyproject.toml"]["detail"])
    assert found["pyproject.toml"]["line"] in (3, 6)
    assert all(finding["fault"] for finding in found.values())


@pytest.mark.parametrize(
    ("file", "text", "line", "said"),
    [
        (
            "pyproject.toml",
            "[[tool.mlscaffold.waiver]]\npath = 'a'\n",
            1,
            "the waiver for a gives no `reason`",
        ),
        (
            "pyproject.toml",
            "[tool.mlscaffold]\nwaivers = 1\n",
            2,
            "unknown key 'waivers'; there is `waiver`",
        ),
        (
            ".mlscaffold.toml",
            "[[waiver]]\nreason = 'a'\npath = 'b'\nwhy = 'c'\n",
            4,
            "unknown key 'why'; a waiver",
        ),
        (".mlscaffold.toml", "[[waiver]]\npath = \n", 2, "it cannot be read"),
        (".mlscaffold.toml", "[[waiver]]\nreason = 'a'\n", 1, "a waiver needs `path`"),
        ("pyproject.toml", "[[tool.mlscaffold.waiver]]\npath\n", 2, "so its waivers excuse nothing"),
    ],
)
def test_a_waiver_that_means_nothing_is_named_with_file_and_line(
    project: Path, file: str, text: str, line: int, said: str
) -> None:
    write(project, {file: text})
    found = findings(project)[file]
    assert (found["state"], found["line"]) == ("waiver", line)
    assert said in str(found["detail"])


def test_a_waiver_excuses_and_is_shown(project: Path) -> None:
    write(
        project,
        {"setup.cfg": "x\n", ".mlscaffold.toml": "[[waiver]]\npath = 'setup.cfg'\nreason = 'old tools'\n"},
    )
    commit(project)
    ran = mlscaffold("check", "-p", project)
    assert ran.code == 0
    assert "excused, old tools" in ran.out
    assert ran.out.splitlines()[-1].endswith("; 1 excused")
    assert mlscaffold("check", "-p", project, "--fail-on", "edits").code == 1


def test_a_new_file_under_once_waits_for_the_update_that_writes_it_and_never_again(
    made: Template, project: Path
) -> None:
    made.change({"notebooks/first.txt": "one\n"})
    assert states(project) == {"notebooks/first.txt": "behind"}
    assert mlscaffold("update", "-p", project, "--commit").code == 0
    write(project, {"notebooks/first.txt": None})
    commit(project)
    made.change({"notebooks/first.txt": "two\n"})
    assert states(project) == {}


def test_skip_is_shown_and_does_not_reach_what_nobody_may_be_excused_from(project: Path) -> None:
    record = json.loads((project / ".cruft.json").read_text())
    write(project, {".cruft.json": json.dumps({**record, "skip": ["*"]}), "ruff.toml": "mine\n"})
    commit(project)
    ran = mlscaffold("check", "-p", project)
    assert (ran.code, "; 3 skipped" in ran.out) == (1, True), ran.out
    assert states(project) == {"ruff.toml": "modified"}
    assert "skipped    .gitignore, README.md, notes.md" in mlscaffold("status", "-p", project).out


def test_where_all_is_skipped_nothing_is_said_to_be_in_sync(tmp_path: Path) -> None:
    project = new(template(tmp_path / "template", {"a.txt": "one\n"}), tmp_path, "--skip", "*")
    ran = mlscaffold("check", "-p", project)
    assert (ran.code, ran.out.startswith("Nothing was compared")) == (0, True)
