"""A Python child process that has no secrets, its own home, and limits on time, memory and output.

A template's hooks and extensions are code, and cookiecutter changes the folder of the whole process, so both
cookiecutter and cruft run here.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from mlscaffold.core.errors import HookError, RenderError

SECONDS = 120
MEMORY_BYTES = 2 << 30
FILE_BYTES = 256 << 20
ANSWER_BYTES = 16 << 20
LOG_CHARACTERS = 2000
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TERM", "COLUMNS", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
_IDENTITY = {"NAME": "mlscaffold", "EMAIL": "mlscaffold@localhost", "DATE": "2000-01-01T00:00:00Z"}


def run(
    module: str,
    job: Mapping[str, Any],
    work: Path,
    *,
    env: Mapping[str, str] | None = None,
    asking: bool = False,
    offline: bool = False,
) -> dict[str, Any]:
    """Run a module's `serve` in a child and return its answer.

    work: a folder of our own; the child finds `home` and `tmp` in it.
    asking: the child talks with the user: it has our terminal, and no limit on time.
    offline: the child reaches no network, where the system lets us say so.

    Raises RenderError with what the child said when there is no answer.
    """
    for folder in ("home", "tmp"):
        (work / folder).mkdir(exist_ok=True)
    question, answer, log = work / "job.json", work / "answer.json", work / "log"
    question.write_text(json.dumps(job))
    log.touch()
    try:
        if kept is not None and offline and not (asking or env):
            code = kept(module, work)
        else:
            code = _process(module, work, env or {}, asking=asking, offline=offline)
    except TimeoutError as error:
        raise RenderError(f"The template does not render within {SECONDS} seconds.", _end_of(log)) from error
    return _answer(answer, code, _end_of(log))


kept: Callable[[str, Path], int] | None = None
"""Does a job in a fork of a process that is there already, where many are to be done; `forks.keep` sets it."""


def _process(module: str, work: Path, env: Mapping[str, str], *, asking: bool, offline: bool) -> int:
    """Do a job in a process of its own, and return its exit code."""
    with (work / "log").open("wb") as output:
        process = subprocess.Popen(
            [*(unshared() if offline else ()), sys.executable, "-m", module, *arguments(work)],
            stdin=None if asking else subprocess.DEVNULL,
            stdout=None if asking else output,
            stderr=None if asking else subprocess.STDOUT,
            env={**scrubbed_environment(work), **env},
            cwd=work,
            start_new_session=not asking,
        )
        try:
            process.wait(None if asking else SECONDS)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError from error
        finally:
            if not asking:
                end_group(process.pid)
                process.wait()
    return process.returncode


def arguments(work: Path) -> list[str]:
    """Return what tells a child where its job is, and where its answer goes."""
    return [str(work / "job.json"), str(work / "answer.json")]


def end_group(leader: int) -> None:
    """End a child, and what a hook may have left running too."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def serve(
    verb: Callable[[Mapping[str, Any]], dict[str, Any]], explained: Callable[[BaseException], str]
) -> None:
    """Answer one job, and end; this is what runs in the child.

    explained: says in one line what an error of the tool means.
    """
    question, answer = map(Path, sys.argv[1:3])
    limit_memory()
    _limit(resource.RLIMIT_FSIZE, FILE_BYTES)
    try:
        said = verb(json.loads(question.read_text()))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a template is code, and can raise anything
        said = {"error": explained(error)}
    answer.write_text(json.dumps(said))


def scrubbed_environment(work: Path) -> dict[str, str]:
    """Return an environment without the user's secrets, home and configuration; git has an identity in it."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    person = {
        f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _IDENTITY.items()
    }
    return {
        **kept,
        **person,
        "HOME": str(work / "home"),
        "TMPDIR": str(work / "tmp"),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }


@cache
def unshared() -> tuple[str, ...]:
    """Return the command that runs another one without a network, nothing where the system does not let us.

    https://man7.org/linux/man-pages/man1/unshare.1.html
    """
    for command in (("unshare", "-n"), ("unshare", "-r", "-n")):
        with suppress(OSError):
            if subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0:
                return command
    return ()


def _answer(answer: Path, code: int, log: str) -> dict[str, Any]:
    if code in (130, -signal.SIGINT):
        raise KeyboardInterrupt
    try:
        if answer.stat().st_size > ANSWER_BYTES:
            raise RenderError("The template does not render: its context is larger than 16 MiB.", log)
        said = json.loads(answer.read_bytes())
    except (OSError, ValueError) as error:
        raise RenderError(
            f"The template does not render: rendering ended early, with exit code {code}.", log
        ) from error
    if "hook" in said:
        raise HookError(f"A hook of the template failed: {said['hook']}", log)
    if "error" in said:
        raise RenderError(f"The template does not render: {said['error']}", log)
    return dict(said)


def _end_of(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4 * LOG_CHARACTERS))
        return file.read().decode("utf-8", "replace")[-LOG_CHARACTERS:].strip()


def limit_memory() -> None:
    """Let this process have so much memory, and no more."""
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
