"""A child process that is kept and forks for every job: of many renderings, only the first waits for imports.

What the forks do is seen by nobody else: each has its own memory, folder, environment and limits, and ends with its job.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

from mlscaffold.shells import child


def keep() -> None:
    """Let the jobs of this process be done by forks from now on."""
    child.kept = Kept().run


class Kept:
    """Our end: one job at a time. A process that does not do as it is told is ended, and the next job gets another."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._read = b""

    def run(self, module: str, work: Path) -> int:
        """Do a job, and return the exit code of its fork.

        Raises TimeoutError if it takes too long.
        """
        until = monotonic() + child.SECONDS
        fork = 0
        try:
            self._ask({"module": module, "work": str(work), "env": child.scrubbed_environment(work)})
            fork = self._number(until)
            return self._number(until)
        except BrokenPipeError:
            self.end()
            return -signal.SIGKILL
        except BaseException:
            self.end()
            raise
        finally:
            if fork:
                child.end_group(fork)

    def _ask(self, job: dict[str, Any]) -> None:
        if self.process is not None and self.process.poll() is not None:
            self.end()
        if self.process is None:
            with tempfile.TemporaryDirectory(prefix="mlscaffold-") as nowhere:
                self.process = subprocess.Popen(
                    [*child.unshared(), sys.executable, "-m", __name__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=child.scrubbed_environment(Path(nowhere)),
                    cwd="/",
                    bufsize=0,
                    start_new_session=True,
                )
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(job).encode() + b"\n")

    def _number(self, until: float) -> int:
        assert self.process is not None
        assert self.process.stdout is not None
        out = self.process.stdout.fileno()
        while b"\n" not in self._read:
            ready, _, _ = select.select([out], [], [], max(0.0, until - monotonic()))
            if not ready:
                raise TimeoutError
            if not (more := os.read(out, 4096)):
                raise BrokenPipeError
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return int(line)

    def end(self) -> None:
        """End the process, and whatever it does."""
        if self.process is not None:
            child.end_group(self.process.pid)
            self.process.communicate()
        self.process, self._read = None, b""


def main() -> None:
    """Fork for every job that is asked for, and tell of each fork its number and its exit code."""
    child.limit_memory()
    for line in iter(sys.stdin.buffer.readline, b""):
        job = json.loads(line)
        module = importlib.import_module(job["module"])
        module.prepare()
        gc.freeze()
        fork = os.fork()
        if fork == 0:
            _become(module, Path(job["work"]), job["env"])
        _tell(fork)
        code = _ended(fork)
        said = module.told(Path(job["work"]))  # gone as soon as the code is told
        _tell(code)
        module.learn(said)


def _tell(number: int) -> None:
    os.write(1, b"%d\n" % number)


def _ended(fork: int) -> int:
    """Wait for a fork, and end it if there is nobody any more who waits for it."""
    with contextlib.suppress(AttributeError, OSError):  # not on every system
        handle = os.pidfd_open(fork)
        ready, _, _ = select.select([handle, 0], [], [])
        if handle not in ready:
            child.end_group(fork)
        os.close(handle)
    return os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])


def _become(module: Any, work: Path, env: dict[str, str]) -> NoReturn:
    """Do a job as a process of its own would, and end."""
    code = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        log = os.open(work / "log", os.O_WRONLY | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.clear()
        os.environ.update(env)
        os.chdir(work)
        tempfile.tempdir = None
        sys.argv = [module.__name__, *child.arguments(work)]
        module.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - a fork ends here, whatever a template raises
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
