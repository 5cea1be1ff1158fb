"""The command line at a terminal, where it may ask, colour and page."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.worlds import Ran


def at_terminal(
    *args: str | Path, typed: str = "", cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Ran:
    """Run the command line with a terminal as its stdin, stdout and stderr, and return what stood on the screen."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    process = subprocess.Popen(
        [sys.executable, "-m", "mlscaffold", *map(str, args)],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", "TERM": "xterm", "PAGER": "cat", **(env or {})},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen = b""
    while True:
        try:
            read = os.read(ours, 65536)
        except OSError:  # Linux' way to say that nobody has the terminal open any more
            break
        if not read:
            break
        screen += read
    os.close(ours)
    shown = os.fsdecode(screen).replace("\r\n", "\n")
    assert "Traceback" not in shown, shown
    return Ran(process.wait(), shown, "")
