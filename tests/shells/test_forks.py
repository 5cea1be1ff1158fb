"""Renderings in forks of one process: each is as alone as a process of its own would be, and is ended like one."""

import json
import os
import select
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlscaffold.core.errors import HookError, RenderError
from mlscaffold.shells import child, forks
from tests.worlds import PROJECT, write


@pytest.fixture(params=["kept", "its own"])
def process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both ways in which a job is done."""
    monkeypatch.setattr(child, "kept", None)
    kept = forks.Kept()
    if request.param == "kept":
        monkeypatch.setattr(child, "kept", kept.run)
    yield
    kept.end()


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One process that all jobs are forks of."""
    one = forks.Kept()
    monkeypatch.setattr(child, "kept", one.run)
    yield
    one.end()


both = pytest.mark.usefixtures("process")
of_one_process = pytest.mark.usefixtures("kept")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A template."""
    write(
        tmp_path / "template",
        {"cookiecutter.json": '{"project_slug": "x", "n": 1}', f"{PROJECT}/a": "{{cookiecutter.n}}\n"},
    )
    return tmp_path


def rendered(folder: Path, number: int = 1) -> Path:
    work = folder / f"work {number}"
    (work / "out").mkdir(parents=True)
    job: dict[str, Any] = {
        "template": str(folder / "template"), "answers": {"n": number}, "private": {}, "out": str(work / "out"),
        "hooks": True, "renamed": {}, "replaced": {},
    }  # fmt: skip
    return Path(child.run("mlscaffold.shells.cookiecutter", job, work, offline=True)["folder"])


def hook(folder: Path, code: str) -> None:
    write(
        folder / "template",
        {"hooks/post_gen_project.py": f"import os, signal, subprocess, sys, time\n{code}\n"},
    )


@both
def test_each_job_has_its_own_folder_home_and_answers(folder: Path) -> None:
    hook(
        folder,
        "open('env', 'w').write(os.environ['HOME'] + ' ' + os.environ.get('MARK', '')); os.environ['MARK'] = 'seen'",
    )

    for number in (1, 2):
        made = rendered(folder, number)
        assert (made / "a").read_text() == f"{number}\n"
        assert (made / "env").read_text() == f"{folder / f'work {number}' / 'home'} "


@both
def test_what_a_job_may_not_take_along_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_canary")
    hook(folder, "open('env', 'w').write(repr(dict(os.environ)))")

    assert "ghp_canary" not in (rendered(folder) / "env").read_text()


@pytest.fixture
def lives(folder: Path) -> Iterator[int]:
    """A pipe that is open for as long as anything lives that a hook started."""
    os.mkfifo(folder / "lives")
    pipe = os.open(folder / "lives", os.O_RDONLY | os.O_NONBLOCK)
    hook(folder, f"subprocess.Popen(['sleep', '600'], stdout=open({str(folder / 'lives')!r}, 'w'))")
    yield pipe
    os.close(pipe)


def ended(pipe: int) -> bool:
    ready, _, _ = select.select([pipe], [], [], 30)
    return bool(ready) and os.read(pipe, 1) == b""


@both
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("os.kill(os.getppid(), signal.SIGKILL)", RenderError),
        ("sys.exit(7)", HookError),
        ("os.killpg(0, signal.SIGKILL)", RenderError),
    ],
    ids=["kills its parent", "fails", "kills its group"],
)
def test_job_that_fails_is_an_error_and_the_next_one_is_done(
    folder: Path, code: str, error: type[Exception]
) -> None:
    hook(folder, code)
    with pytest.raises(error):
        rendered(folder)

    hook(folder, "")
    assert (rendered(folder, 2) / "a").exists()


def test_kept_process_that_is_killed_is_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = forks.Kept()
    monkeypatch.setattr(child, "kept", kept.run)
    rendered(folder)
    assert kept.process is not None
    kept.process.kill()
    kept.process.wait()

    assert (rendered(folder, 2) / "a").exists()
    kept.end()


def test_same_renderings_come_out_of_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        folder / "template",
        {f"{PROJECT}/u": "{{ random_ascii_string(9) }}", f"{PROJECT}/t": "{{ 'Ä b'|slugify }}"},
    )
    alone = rendered(folder)
    kept = forks.Kept()
    monkeypatch.setattr(child, "kept", kept.run)
    both = [rendered(folder, 2), rendered(folder, 3)]
    kept.end()

    assert {(made / "t").read_text() for made in (alone, *both)} == {"a-b"}
    assert len({(made / "u").read_text() for made in (alone, *both)}) == 3, "what is random stays so"
    assert json.loads((folder / "work 2/job.json").read_text())["answers"] == {"n": 2}


@of_one_process
def test_text_is_compiled_once_for_all_jobs(folder: Path) -> None:
    made = [rendered(folder, number) for number in (1, 2, 3)]
    assert [(each / "a").read_text() for each in made] == ["1\n", "2\n", "3\n"]
    told = [compiled_in(folder, number) for number in (1, 2, 3)]
    assert "{{cookiecutter.n}}\n" in told[0]
    assert told[1:] == [[], []], "nor a path of one's own, which is another for every job"


@of_one_process
def test_changed_file_is_compiled_anew(folder: Path) -> None:
    rendered(folder)
    write(folder / "template", {f"{PROJECT}/a": "now {{cookiecutter.n}}\n"})

    assert (rendered(folder, 2) / "a").read_text() == "now 2\n"


@of_one_process
def test_template_with_extensions_of_its_own_shares_nothing(folder: Path) -> None:
    """Its Jinja reads the same text otherwise: here `<<n>>` is a variable."""
    text = "<<cookiecutter.n>> {{cookiecutter.n}}\n"
    variables: dict[str, object] = {"project_slug": "x", "n": 1}
    write(
        folder / "template",
        {f"{PROJECT}/a": text, "cookiecutter.json": json.dumps(variables)},
    )
    assert (rendered(folder, 1) / "a").read_text() == "<<cookiecutter.n>> 1\n"

    marks = {"variable_start_string": "<<", "variable_end_string": ">>"}
    own = {**variables, "_jinja2_env_vars": marks}
    write(
        folder / "template", {"cookiecutter.json": json.dumps(own), "<<cookiecutter.project_slug>>/a": text}
    )
    (folder / "template" / PROJECT / "a").unlink()
    (folder / "template" / PROJECT).rmdir()
    assert (rendered(folder, 2) / "a").read_text() == "2 {{cookiecutter.n}}\n"


def compiled_in(folder: Path, number: int) -> list[str]:
    """Return the texts that a job compiled."""
    said = folder / f"work {number}" / "compiled.json"
    return [source for source, *_ in json.loads(said.read_text())] if said.exists() else []
