"""Where the tables and keys of a TOML text stand, since tomllib does not say."""

import re


def table_lines(text: str, name: str) -> list[int]:
    """Return the lines of the `[[name]]` headers, in the order in which they are written."""
    spaced = r"\s*\.\s*".join(rf'"?{re.escape(part)}"?' for part in name.split("."))
    header = re.compile(rf"\s*\[\[\s*{spaced}\s*\]\]")
    return [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]


def key_line(text: str, key: str, after: int) -> int:
    """Return the line of a key in the table whose header stands at line `after`; that line if it is not found."""
    assignment = re.compile(rf'\s*"?{re.escape(key)}"?\s*[=.]')
    for number, line in enumerate(text.splitlines()[after:], after + 1):
        if assignment.match(line):
            return number
        if line.lstrip().startswith("["):
            break
    return after


def error_line(message: str, text: str) -> int:
    """Return the line that a message of tomllib names: "(at line 3, column 5)", "(at end of document)"."""
    found = re.search(r"at line (\d+)", message)
    return int(found[1]) if found else max(1, text.count("\n"))


def section_line(text: str, key: str) -> int:
    """Return the first line that names a table or a key, the last part of its dotted name; 1 if none does."""
    named = re.compile(rf'\s*(?:\[+[^\]]*\b{re.escape(key)}"?\s*\]|"?{re.escape(key)}"?\s*[=.])')
    return next((number for number, line in enumerate(text.splitlines(), 1) if named.match(line)), 1)
