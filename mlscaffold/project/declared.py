"""What a project itself says to cruft and to us: paths to leave alone, and what it is excused from."""

import re
from typing import Any, NamedTuple

from mlscaffold.core.place import Files
from mlscaffold.core.waiver import Broken, Waiver

PYPROJECT = "pyproject.toml"
OWN = ".mlscaffold.toml"
_MAX_BYTES = 1 << 20


class Declared(NamedTuple):
    """What a project says.

    skip: `[tool.cruft] skip`. waivers: what it wants to be excused from. broken: waivers that mean nothing.
    notices: what a reader should know and no path shows.
    """

    skip: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    broken: tuple[Broken, ...] = ()
    notices: tuple[str, ...] = ()


NOTHING = Declared()


def declared(files: Files) -> Declared:
    """Read a project's pyproject.toml and .mlscaffold.toml, each only if it speaks of us."""
    pyproject = files.read(PYPROJECT, _MAX_BYTES) or b""
    own = files.read(OWN, _MAX_BYTES) or b""
    named = re.search(rb"cruft|mlscaffold", pyproject)
    if not named and not own:
        return NOTHING
    said = _from_pyproject(pyproject) if named else NOTHING
    more = _from_own(own) if own else NOTHING
    return Declared(
        said.skip, said.waivers + more.waivers, said.broken + more.broken, said.notices + more.notices
    )


def _from_pyproject(content: bytes) -> Declared:
    document, text, why, line = _document(content)
    if why:
        broken: tuple[Broken, ...] = (
            (Broken(f"it cannot be read, so its waivers excuse nothing: {why}", PYPROJECT, line),)
            if b"tool.mlscaffold" in content
            else ()
        )
        notice = f"{PYPROJECT} cannot be read, so its [tool.cruft] skip is not known: {why}"
        return Declared(broken=broken, notices=(notice,))
    tool = _table(document, "tool")
    skip = _table(tool, "cruft").get("skip", [])
    notices = (
        () if isinstance(skip, list) else ("pyproject.toml: [tool.cruft] skip is not a list, and is ignored",)
    )
    skipped = tuple(entry for entry in skip if isinstance(entry, str)) if isinstance(skip, list) else ()
    waivers, broken = _waivers(_table(tool, "mlscaffold"), text, PYPROJECT, "tool.mlscaffold.waiver")
    return Declared(skipped, waivers, broken, notices)


def _from_own(content: bytes) -> Declared:
    document, text, why, line = _document(content)
    if why:
        return Declared(broken=(Broken(f"it cannot be read: {why}", OWN, line),))
    waivers, broken = _waivers(document, text, OWN, "waiver")
    return Declared(waivers=waivers, broken=broken)


def _waivers(
    table: dict[str, Any], text: str, file: str, header: str
) -> tuple[tuple[Waiver, ...], tuple[Broken, ...]]:
    if not table:
        return (), ()
    from mlscaffold.core import waiver
    from mlscaffold.core.places import section_line

    unknown = tuple(
        Broken(f"unknown key {key!r}; there is `waiver`", file, section_line(text, key))
        for key in table
        if key != "waiver"
    )
    waivers, broken = waiver.parse(text, file, header, table.get("waiver", []))
    return tuple(waivers), (*broken, *unknown)


def _document(content: bytes) -> tuple[dict[str, Any], str, str, int]:
    """Return a TOML document and its text, or why it is none and in which line."""
    import tomllib

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return {}, "", "it is not UTF-8 text", content[: error.start].count(b"\n") + 1
    try:
        return tomllib.loads(text), text, "", 0
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        from mlscaffold.core.places import error_line

        return {}, text, str(error), error_line(str(error), text)


def _table(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key, {})
    return value if isinstance(value, dict) else {}
