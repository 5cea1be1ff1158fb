"""What a text file wears: byte order mark, line ends, a newline at its end; and a template's file in a project's dress.

A project that is checked out with CRLF, or whose editor ends every file with a newline, has not edited the
template's text. So the template's versions are dressed as the project's file is, and compared and merged like that.
"""

from dataclasses import dataclass, replace

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Dress:
    """What a text file wears; None where it has no opinion (no line at all, both kinds of line ends), or any will do."""

    bom: bool | None
    crlf: bool | None
    newline: bool | None


def dress_of(content: bytes) -> Dress | None:
    """Return what a file wears, None for one that is not text."""
    if b"\0" in content:
        return None
    pairs, ends = content.count(b"\r\n"), content.count(b"\n")
    crlf = None if ends == 0 or 0 < pairs < ends else pairs == ends
    newline = content.endswith(b"\n") if content.removeprefix(_BOM) else None
    return Dress(content.startswith(_BOM), crlf, newline)


def dressed(content: bytes, dress: Dress) -> bytes:
    """Return the same text in another dress."""
    text = content.removeprefix(_BOM)
    crlf = dress.crlf if dress.crlf is not None else b"\r\n" in text
    if dress.crlf is not None:
        text = text.replace(b"\r\n", b"\n")
        text = text.replace(b"\n", b"\r\n") if crlf else text
    end = b"\r\n" if crlf else b"\n"
    if dress.newline is True and text and not text.endswith(b"\n"):
        text += end
    elif dress.newline is False and text.endswith(end):
        text = text.removesuffix(end)
    bom = content.startswith(_BOM) if dress.bom is None else dress.bom
    return _BOM + text if bom else text


def as_worn_here(base: bytes | None, ours: bytes, theirs: bytes | None) -> tuple[bytes | None, bytes | None]:
    """Return base and theirs in the dress of ours, as far as the project alone changed it."""
    mine = dress_of(ours)
    old = None if base is None else dress_of(base)
    new = None if theirs is None else dress_of(theirs)
    if mine is None or (base is not None and old is None) or (theirs is not None and new is None):
        return base, theirs
    return _in(base, old, _chosen(old, mine, new)), _in(theirs, new, _chosen(old, mine, new))


def variants(ours: bytes) -> list[bytes]:
    """Return the same text as a template may hold it: in the other line ends, without or with the end's newline, the mark."""
    mine = dress_of(ours)
    if mine is None:
        return []
    ends = {mine.crlf, None if mine.crlf is None else not mine.crlf}
    newlines = {mine.newline, None if mine.newline is None else not mine.newline}
    worn = [Dress(bom, crlf, newline) for bom in (False, True) for crlf in ends for newline in newlines]
    return [dressed(ours, each) for each in worn]


def _chosen(old: Dress | None, mine: Dress, new: Dress | None) -> Dress:
    """Return what base and theirs shall wear: None in a field that stays as each of them has it."""
    was, its = old or new, new or old
    assert was is not None, "a path has a base or theirs"
    assert its is not None, "a path has a base or theirs"
    return Dress(
        bom=_here(was.bom, mine.bom, its.bom),
        crlf=_here(was.crlf, mine.crlf, its.crlf),
        newline=_here(was.newline, mine.newline, its.newline),
    )


def _here(was: bool | None, mine: bool | None, its: bool | None) -> bool | None:
    """Return ours if the project changed it and the template did not change it to something else, else None."""
    return mine if mine != was and its in (was, mine) else None


def _in(content: bytes | None, worn: Dress | None, wanted: Dress) -> bytes | None:
    if content is None or worn is None:
        return content
    return dressed(content, replace(wanted, crlf=wanted.crlf if worn.crlf is not None else None))
