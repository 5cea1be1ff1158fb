"""Templates that are not as they should be, in `new`, `check` and `link`: one clear sentence, and no project half made."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlscaffold.core.errors import RenderError
from mlscaffold.project.gather import Wanted, gather
from mlscaffold.shells import child
from tests.worlds import PROJECT, Ran, Template, commit, git, mlscaffold, template, write

VARIABLES = {"project_slug": "churn", "licence": ["MIT", "BSD"], "tests": True}


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Template:
    made = template(tmp_path / "template", {"README.md": "# {{cookiecutter.licence}}\n"}, variables=VARIABLES)
    monkeypatch.setenv("MLSCAFFOLD_TRUST", str(made.root))
    return made


def project(made: Template) -> Path:
    """Write a project of the template's newest commit."""
    document = {
        "template": str(made.root),
        "commit": git(made.root, "rev-parse", "HEAD").strip(),
        "checkout": None,
        "context": {"cookiecutter": {"project_slug": "churn", "licence": "MIT"}},
        "directory": None,
    }
    folder = made.root.parent / "churn"
    write(folder, {".cruft.json": json.dumps(document), "README.md": "# MIT\n"})
    return folder


def refused(says: str, *args: str | Path, code: int = 3) -> Ran:
    ran = mlscaffold(*args)
    assert (ran.code, ran.out) == (code, ""), ran
    assert ran.err.startswith("mlscaffold: ")
    assert says in ran.err, ran.err
    assert "Traceback" not in ran.err
    return ran


def new(made: Template, *args: str | Path) -> list[str | Path]:
    return ["new", "-y", "-t", made.root, "-o", made.root.parent / "made", *args]


def nothing_made(made: Template) -> bool:
    return not (made.root.parent / "made/churn").exists()


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["-a", "licens=MIT"], 2, "does not ask for 'licens'"),
        (["-a", "licence=GPL"], 2, "The template offers MIT, BSD"),
        (["-a", "licence"], 2, "Write it as KEY=VALUE"),
        (["-a", "=x"], 2, "Write it as KEY=VALUE"),
        (["-a", "_private=x"], 2, "does not ask for '_private'"),
        (["--extra-context", "{"], 2, "--extra-context is not JSON"),
        (["--extra-context", "[]"], 2, "--extra-context is no JSON object"),
        (["--extra-context", '{"licence": "GPL"}'], 2, "licence cannot be 'GPL'"),
        (["-E", "nowhere.json"], 2, "nowhere.json cannot be read"),
        (["-E", "."], 2, "cannot be read"),
        (["-t", ""], 2, "--template is empty"),
        (["-c", "v9"], 3, "has no branch, tag or commit 'v9'"),
        (["--directory", "nowhere"], 3, "has no cookiecutter.json in the folder 'nowhere'"),
        (["--directory", "../elsewhere"], 3, "has no cookiecutter.json in the folder '../elsewhere'"),
        (["--config-file", "nowhere.yaml"], 3, "nowhere.yaml"),
    ],
)
def test_what_new_cannot_do(args: list[str], code: int, says: str, made: Template) -> None:
    refused(says, *new(made, *args), code=code)
    assert nothing_made(made)


@pytest.mark.parametrize("content", ["\udcff", "{", '"x"'])
def test_an_answers_file_that_is_none(content: str, made: Template) -> None:
    write(made.root.parent, {"answers.json": os.fsencode(content)})
    refused("answers.json", *new(made, "-E", made.root.parent / "answers.json"), code=2)


def test_the_more_specific_answer_wins(made: Template, tmp_path: Path) -> None:
    write(tmp_path, {"answers.json": '{"licence": "BSD", "project_slug": "from-file"}'})
    args = new(made, "-E", tmp_path / "answers.json", "--extra-context", '{"project_slug": "from-json"}')
    ran = mlscaffold(*args, "-a", "project_slug=from-option")
    assert ran.code == 0, ran.err
    assert (tmp_path / "made/from-option/README.md").read_text() == "# BSD\n"


def test_a_template_in_a_folder_of_its_repository_is_told_of(made: Template) -> None:
    made.change(beside={"cookiecutter.json": None, "inner/cookiecutter.json": '{"project_slug": "churn"}'})
    for command in (new(made), ["policy", made.root]):
        ran = refused("has no cookiecutter.json in its root", *command)
        assert "Name the template's folder: --directory inner." in ran.err


def test_questions_that_nobody_can_answer_are_said_to_be_that(made: Template, tmp_path: Path) -> None:
    ran = mlscaffold("new", "-t", made.root, "-o", tmp_path / "made", stdin="")
    assert ran.code == 3
    assert "there is nobody to answer its questions: -y takes the defaults" in ran.err
    assert nothing_made(made)


def test_a_folder_that_exists(made: Template, tmp_path: Path) -> None:
    write(tmp_path, {"made/churn/mine.txt": "mine\n"})
    ran = refused("exists already", *new(made), code=2)
    assert str(tmp_path / "made/churn") in ran.err
    assert "--overwrite-if-exists" in ran.err
    assert [path.name for path in (tmp_path / "made/churn").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "configured",
    [
        "[feature]\n\tmanyFiles = true\n",
        "[index]\n\tversion = 4\n",
        "[init]\n\tdefaultObjectFormat = sha256\n",
    ],
)
def test_the_first_commit_is_made_by_the_users_git_as_it_is(
    configured: str, made: Template, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, {".gitconfig": configured})
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256" if "sha256" in configured else "sha1")
    ran = mlscaffold(*new(made))
    assert ran.code == 0, ran.err
    assert git(tmp_path / "made/churn", "status", "--porcelain") == ""
    assert git(tmp_path / "made/churn", "log", "--format=%an").strip() == "A Tester"


def test_a_project_that_is_interrupted_is_gone_and_can_be_made_again(made: Template, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    os.mkfifo(reached)
    made.change(
        {},
        beside={
            "hooks/post_gen_project.py": f"import time\nopen({str(reached)!r}, 'w').close()\ntime.sleep(600)\n"
        },
    )
    at_a_terminal = (  # a run in the background would not be interrupted at all
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from mlscaffold.cli import main; main()"
    )
    process = subprocess.Popen([sys.executable, "-c", at_a_terminal, *map(str, new(made))])
    reached.read_bytes()
    assert (tmp_path / "made/churn/README.md").exists()
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert not (tmp_path / "made/churn").exists()
    made.change({}, beside={"hooks/post_gen_project.py": ""})
    assert mlscaffold(*new(made)).code == 0


def test_writing_into_a_repository_that_exists_leaves_its_history_alone(
    made: Template, tmp_path: Path
) -> None:
    write(tmp_path, {"made/churn/mine.txt": "mine\n"})
    git(tmp_path / "made/churn", "init", "-q")
    head = commit(tmp_path / "made/churn")
    write(tmp_path, {"made/churn/mine.txt": "edited\n"})
    assert mlscaffold(*new(made, "-f")).code == 0
    assert git(tmp_path / "made/churn", "rev-parse", "HEAD").strip() == head
    assert " M mine.txt" in git(tmp_path / "made/churn", "status", "--porcelain")


def test_a_template_that_is_not_there(tmp_path: Path) -> None:
    ran = refused("cannot be reached", "new", "-y", "-t", tmp_path / "nowhere", "-o", tmp_path / "made")
    assert "Check the address" in ran.err


def test_a_folder_that_is_no_repository(tmp_path: Path) -> None:
    write(tmp_path, {"template/cookiecutter.json": "{}"})
    refused("is no git repository", "new", "-y", "-t", tmp_path / "template", "-o", tmp_path / "made")


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "template")
    refused("has no commit yet", "new", "-y", "-t", tmp_path / "template", "-o", tmp_path / "made")
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    refused("has no commit yet", "new", "-y", "-t", tmp_path / "bare.git", "-o", tmp_path / "made")


def test_a_bare_repository_is_as_good_as_any(made: Template, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(made.root), "bare.git")
    assert mlscaffold("new", "-y", "-t", tmp_path / "bare.git", "-o", tmp_path / "made").code == 0
    assert mlscaffold("check", "-p", tmp_path / "made/churn").code == 0


def test_a_shallow_clone_as_template(made: Template, tmp_path: Path) -> None:
    """It lacks the history that records may name; what it has, it gives."""
    old = project(made)
    made.change({"README.md": "# new\n"})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{made.root}", "shallow")
    ran = mlscaffold("new", "-y", "-t", tmp_path / "shallow", "-o", tmp_path / "made")
    if ran.code == 0:
        assert mlscaffold("check", "-p", tmp_path / "made/churn").code == 0
    else:
        assert (ran.code, "shallow" in ran.err) == (3, True), ran.err
    ran = mlscaffold("check", "-p", old, "-t", tmp_path / "shallow")
    assert ran.code in (1, 3)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"cookiecutter.json": None}, "has no cookiecutter.json"),
        ({"cookiecutter.json": "{"}, "Expecting property name"),
        ({"cookiecutter.json": "[]"}, "is not a JSON object"),
        ({"cookiecutter.json": b"\xff"}, "codec can't decode"),
        ({"cookiecutter.json": "[" * 100_000}, "maximum recursion depth"),
        (
            {"cookiecutter.json": '{"project_slug": "churn", "_extensions": ["no_such_module.X"]}'},
            "no_such_module",
        ),
        ({f"{PROJECT}/README.md": "one\n{{ cookiecutter.gone }}\n"}, "README.md, line 2"),
        ({f"{PROJECT}/README.md": "one\ntwo\n{% if %}\n"}, "README.md, line 3"),
        ({f"{PROJECT}/README.md": "{% include 'gone.txt' %}\n"}, "gone.txt"),
        ({f"{PROJECT}/{{{{cookiecutter.gone}}}}.txt": "x\n"}, "gone"),
        ({"cookiecutter.json": '{"project_slug": "churn", "x": "{{ cookiecutter.gone }}"}'}, "gone"),
        ({"cookiecutter.json": '{"project_slug": "churn", "x": "{{ 1 / 0 }}"}'}, "division"),
        ({f"{PROJECT}/latin.txt": "grün\n".encode("latin-1")}, "latin.txt"),
        (
            {"hooks/post_gen_project.sh": "#!/bin/sh\necho the reason\nexit 7\n"},
            "Hook script failed (exit status: 7)",
        ),
        ({"hooks/pre_gen_project.py": "raise SystemExit('the reason')\n"}, "the reason"),
        ({"hooks/post_gen_project.sh": "echo no shebang\n"}, "Hook script failed"),
        ({f"{PROJECT}/README.md": None}, "has no folder whose name asks for a variable"),
    ],
)
@pytest.mark.parametrize("verb", ["new", "check"])
def test_a_template_that_does_not_render(
    files: dict[str, str | bytes | None], says: str, verb: str, made: Template
) -> None:
    made.change(beside=files)
    args = new(made) if verb == "new" else ["check", "-p", project(made)]
    ran = refused(says, *args)
    assert "cookiecutter.json" in ran.err or "cookiecutter.json" not in files or "{{" in str(files)
    assert "the reason" in ran.err or "the reason" not in str(files)
    assert nothing_made(made)


def test_a_hook_that_hangs_is_ended_with_all_that_it_started(
    made: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "alive")
    alive = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    hook = f"#!/bin/sh\nexec 9> {tmp_path}/alive\necho still here\nsleep 600 &\nwait\n"
    made.change(beside={"hooks/post_gen_project.sh": hook})
    monkeypatch.setattr(child, "SECONDS", 2)
    with pytest.raises(RenderError) as caught:
        gather(project(made), Wanted())
    assert caught.value.what == "The template does not render within 2 seconds."
    os.set_blocking(alive, True)
    assert os.read(alive, 1) == b""  # the pipe ends when the last that could write to it is gone
    os.close(alive)


def test_a_commit_that_was_forced_away(made: Template) -> None:
    folder = project(made)
    lost = json.loads((folder / ".cruft.json").read_text())
    lost["commit"] = "1" * 40
    write(folder, {".cruft.json": json.dumps(lost)})
    refused("the template's history", "check", "-p", folder)


def test_a_template_that_was_deleted(made: Template) -> None:
    folder = project(made)
    assert mlscaffold("check", "-p", folder).code == 0
    made.root.rename(made.root.with_name("moved"))
    ran = refused("cannot be reached", "check", "-p", folder)
    assert str(made.root) in ran.err
    assert "mlscaffold update --template ADDRESS" in ran.err
    assert "network" not in ran.err


def test_a_recorded_folder_that_is_nowhere_is_not_to_be_trusted(made: Template) -> None:
    folder = project(made)
    record = json.loads((folder / ".cruft.json").read_text())
    write(folder, {".cruft.json": json.dumps({**record, "template": "/tmp/tmpx3k2/template"})})

    ran = refused("There is no template at /tmp/tmpx3k2/template", "check", "-p", folder)

    assert "mlscaffold update --template ADDRESS" in ran.err
    assert "[alias] in config.toml" in ran.err
    assert "trust" not in ran.err


def test_a_record_that_is_broken_in_the_last_commit_is_to_be_had_from_an_older_one(made: Template) -> None:
    folder = project(made)
    write(folder, {".cruft.json": "{"})

    ran = refused(".cruft.json cannot be used", "check", "-p", folder)

    assert (
        "git log -- .cruft.json names its commits, git checkout COMMIT -- .cruft.json takes one's" in ran.err
    )


def test_link_on_a_project_that_has_a_record(made: Template) -> None:
    folder = project(made)
    before = (folder / ".cruft.json").read_bytes()
    refused("has a .cruft.json already", "link", made.root, "-y", "-p", folder, code=2)
    assert (folder / ".cruft.json").read_bytes() == before
    refused("is no folder", "link", made.root, "-y", "-p", folder / "nowhere", code=2)


def test_link_writes_a_record_that_check_takes(made: Template) -> None:
    folder = project(made)
    (folder / ".cruft.json").unlink()
    assert mlscaffold("link", made.root, "-y", "-p", folder).code == 0
    assert mlscaffold("check", "-p", folder, "--fail-on", "edits").code == 0


def test_the_users_own_filters_and_line_ends_do_not_touch_a_template(made: Template, tmp_path: Path) -> None:
    """What git-lfs, nbstripout or autocrlf would do to the user's checkouts; the template is the same for everybody."""
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 1\n"
    made.change({"model.bin": pointer, "notes.md": "one\n", ".gitattributes": "*.bin filter=lfs -text\n"})
    write(tmp_path, {"attributes": "*.md filter=shout\n"})
    for key, value in {
        "core.attributesFile": tmp_path / "attributes",
        "core.autocrlf": "true",
        "core.eol": "crlf",
        "filter.shout.smudge": f"touch {tmp_path}/ran",
        "filter.shout.required": "true",
        "filter.lfs.process": f"touch {tmp_path}/ran",
        "filter.lfs.required": "true",
    }.items():
        git(tmp_path, "config", "--global", key, str(value))
    ran = mlscaffold("new", "-y", "-t", made.root, "-o", tmp_path / "made", "--no-git")
    assert ran.code == 0, ran.err
    assert (tmp_path / "made/churn/model.bin").read_text() == pointer
    assert (tmp_path / "made/churn/notes.md").read_bytes() == b"one\n"
    assert mlscaffold("check", "-p", tmp_path / "made/churn", "--fail-on", "edits").code == 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% now 'utc', '%Y' %}\n", True),
        ("{{ random_ascii_string(8) }}\n", True),
        ("{{ cookiecutter.licence }}, now ({%raw%}uuid4(){%endraw%})\n", False),
    ],
)
def test_a_file_that_renders_differently_each_time_is_named(text: str, said: bool, made: Template) -> None:
    made.change({"stamp.txt": text})
    ran = mlscaffold("check", "-p", project(made))
    assert (f"the template's {PROJECT}/stamp.txt has dates or random values in it" in ran.out) is said, ran
