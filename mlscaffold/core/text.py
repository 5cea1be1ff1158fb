"""Text from a repo made safe to show: what it says, and never what it does to a terminal or a CI log."""

import re

_COMMANDS = re.compile(r"(?<=:)(?=:)|(?<=#)(?=#\[|#vso\[)", re.IGNORECASE)
_MARKUP = r"([\\`*_{}\[\]<>#|~$&])"
_REFERENCES = r"(?i)@(?=\w)|#(?=\d)|\bGH-(?=\d)|\bwww(?=\.)|:(?=//)|!(?=\d)"
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def safe_text(text: str) -> str:
    """Return one `printable` line that may stand in a CI system's log.

    Workflow commands (`::error::`, `##[group]`, `##vso[…]`) are broken by spaces, since runners obey them
    wherever they stand in a line.
    """
    shown = printable(text)
    if "::" not in shown and "##" not in shown:
        return shown
    return _COMMANDS.sub(" ", shown)


def printable(text: str) -> str:
    """Return one line in which every character that does not print as itself is spelled out.

    Those are control, bidirectional, zero-width, private and undecodable ones.
    """
    return text if text.isprintable() else "".join(map(_spelled, text))


def safe_lines(text: str) -> str:
    """Return several lines, each as `safe_text` gives it; tabs stay."""
    return "\n".join("\t".join(safe_text(cell) for cell in line.split("\t")) for line in text.split("\n"))


def safe_json(text: str) -> str:
    """Return JSON of the same values in which no CI system sees a command; the text must be ASCII already."""
    return re.sub(r":(?=:)", r"\\u003a", text).replace("##", r"#\u0023")


def code_span(text: str) -> str:
    """Return Markdown that shows a text as code, in a table too: nothing in it is a mention, a link or markup."""
    safe = safe_text(text).replace("|", "\\|") or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", safe)), default=0) + 1)
    space = " " if safe.startswith("`") or safe.endswith("`") else ""
    return f"{fence}{space}{safe}{space}{fence}"


def prose(text: str) -> str:
    """Return Markdown that shows a text as words: markup is escaped, and mentions, references and links are broken.

    A forge looks for `@name`, `#12` and addresses after it has read the markup, so that a space is what breaks them.
    """
    broken = re.sub(_REFERENCES, r"\g<0> ", safe_text(text))
    return re.sub(_MARKUP, r"\\\1", broken).replace("\\<", "&lt;").replace("\\&", "&amp;")


def workflow_value(text: str) -> str:
    """Return a text as a GitHub workflow command takes it for a property.

    https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
    """
    return workflow_message(text).replace(":", "%3A").replace(",", "%2C")


def workflow_message(text: str) -> str:
    """Return a text as a GitHub workflow command takes it for its message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _spelled(char: str) -> str:
    code = ord(char)
    if char.isprintable():
        return char
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return _SHORT.get(char) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )
