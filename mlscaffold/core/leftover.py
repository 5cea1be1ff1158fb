"""What an update keeps in a checkout's git directory while it is not done, and how its conflicts look in a file."""

import re

FOLDER = "mlscaffold-update"
"""Where it is staged: on the same file system as the checkout wherever git itself needs that."""
JOURNAL = f"{FOLDER}/journal.json"
"""There from the moment at which it is decided until all is in place."""
LOCKED = b"mlscaffold update: if it was killed, mlscaffold update --continue or --abort goes on\n"
"""What stands in git's `index.lock` while an update puts files and index in place, so that the next one knows it."""
STATE = "mlscaffold-update.json"
"""What is needed to finish or undo it, until it is committed."""


def marked_line(content: bytes) -> int:
    """Return the line in which an unresolved conflict begins, 0 if there is none."""
    if b"<<<<<<< " not in content:
        return 0
    at, first = 0, 0
    for marker in (rb"(?m)^<{7} ", rb"(?m)^={7}\r?$", rb"(?m)^>{7} "):
        found = re.compile(marker).search(content, at)
        if found is None:
            return 0
        at, first = found.end(), first or content.count(b"\n", 0, found.start()) + 1
    return first
