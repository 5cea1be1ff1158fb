"""Repos and what is said of each: at a terminal those of one reason together, in a pipe, where people grep, a line each."""

from collections.abc import Iterable, Iterator, Sequence

from mlscaffold.core.text import safe_text
from mlscaffold.show.screen import Screen

MOST = 20
"""So many reasons are told on a terminal, or so many repos in a pipe; other formats name all."""
FEW = 5
"""So many repos of one reason are named."""


def rows(told: Iterable[tuple[str, str]], on: Screen, whole: str) -> Iterator[str]:
    """Yield lines for repos and what is said of each; `whole` is the format that names all."""
    groups = _groups(told, on)
    for names, why in groups[:MOST]:
        yield from _row(_named(names), safe_text(why), on)
    more = sum(len(names) for names, _ in groups[MOST:])
    if more:
        yield f"  and {more} more: --format {whole} names all"


def _groups(told: Iterable[tuple[str, str]], on: Screen) -> list[tuple[list[str], str]]:
    if on.width is None:
        return [([repo], why) for repo, why in told]
    together: dict[str, list[str]] = {}
    for repo, why in told:
        together.setdefault(why, []).append(repo)
    return [(names, why) for why, names in together.items()]


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(map(safe_text, names[:FEW])) + more


def _row(names: str, why: str, on: Screen) -> Iterator[str]:
    """Yield one line, or what is said below the names where a screen is too narrow for both."""
    line = f"  {names}  {why}".rstrip()
    if on.holds(line):
        yield line
        return
    yield from on.folded(f"  {names}", 4)
    yield from on.folded(f"      {why}", 6)
