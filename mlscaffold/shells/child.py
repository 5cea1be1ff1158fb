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
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*(_unshared() if offline else ()), sys.executable, "-m", module, str(question), str(answer)],
            stdin=None if asking else subprocess.DEVNULL,
            stdout=None if asking else output,
            stderr=None if asking else subprocess.STDOUT,
            env={**scrubbed_environment(work), **(env or {})},
            cwd=work,
            start_new_session=not asking,
        )
        _wait(process, log, None if asking else SECONDS)
    return _answer(answer, process.returncode, _end_of(log))


def serve(
    verb: Callable[[Mapping[str, Any]], dict[str, Any]], explained: Callable[[BaseException], str]
) -> None:
    """Answer one job, and end; this is what runs in the child.

    explained: says in one line what an error of the tool means.
    """
    question, answer = map(Path, sys.argv[1:3])
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
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
def _unshared() -> tuple[str, ...]:
    """Return the command that runs another one without a network, nothing where the system does not let us.

    https://man7.org/linux/man-pages/man1/unshare.1.html
    """
    for command in (("unshare", "-n"), ("unshare", "-r", "-n")):
        with suppress(OSError):
            if subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0:
                return command
    return ()


def _wait(process: subprocess.Popen[bytes], log: Path, seconds: int | None) -> None:
    """Wait for the child, and end what a hook may have left running too."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise RenderError(f"The template does not render within {seconds} seconds.", _end_of(log)) from error
    finally:
        if seconds is not None:
            _kill_group(process)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


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


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
