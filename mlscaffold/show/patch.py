"""A patch: byte for byte into a pipe, coloured, made safe and paged by git's rules on a terminal."""

import os
import re
import secrets
import subprocess
import sys

from mlscaffold.core.text import safe_lines

_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m", "d": "\x1b[1m"}


def show_patch(patch: bytes, pager: str) -> None:
    """Print a patch; `pager` is what git would page with, "" or "cat" for no paging."""
    if not sys.stdout.isatty():
        sys.stdout.buffer.write(_disarmed(patch))
        return
    text = "".join(
        f"{_coloured(line)}\n" for line in patch.decode("utf-8", "surrogateescape").split("\n")[:-1]
    )
    if pager in ("", "cat"):
        sys.stdout.write(text)
        return
    env = {"LESS": "FRX", "LV": "-c", **os.environ}
    subprocess.run(
        pager, shell=True, input=text.encode("utf-8", "replace"), env=env, check=False
    )  # as git does


def _disarmed(patch: bytes) -> bytes:
    """Keep a CI runner from obeying lines of files (`::error::`, `##vso[…]`) in its log; `git apply` takes the result.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions#stopping-and-starting-workflow-commands
    """
    if patch and os.environ.get("GITHUB_ACTIONS") == "true":
        word = secrets.token_hex(16).encode()
        return b"::stop-commands::%b\n%b::%b::\n" % (word, patch, word)
    if patch and os.environ.get("TF_BUILD", "").lower() == "true":
        return re.sub(rb"(?i)##(?=\[|vso\[)", b"# #", patch)
    return patch


def _coloured(line: str) -> str:
    safe = safe_lines(line)
    colour = "" if "NO_COLOR" in os.environ else _COLOURS.get(line[:1], "")
    return f"{colour}{safe}\x1b[m" if colour else safe
