"""A forge's JSON answer, read field by field, so that an answer of another shape is a sentence and no traceback."""

from collections.abc import Iterator
from dataclasses import dataclass

from mlscaffold.core.errors import ForgeError


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON value, and the words that say where it came from."""

    value: object
    source: str

    def at(self, *path: str) -> "Fields":
        """Return what lies at `path`; where any part of it is absent, that is null."""
        found = self.value
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return Fields(found, f"{self.source}, field {'.'.join(path)}" if path else self.source)

    def text(self, *path: str, default: str | None = None) -> str:
        """Return the string at `path`; null is `default`, or else an error."""
        found = self.at(*path)
        if isinstance(found.value, str):
            return found.value
        if found.value is None and default is not None:
            return default
        raise _unexpected(found, "a text")

    def number(self, *path: str) -> int:
        """Return the whole number at `path`."""
        found = self.at(*path)
        if isinstance(found.value, int) and not isinstance(found.value, bool):
            return found.value
        raise _unexpected(found, "a number")

    def flag(self, *path: str) -> bool:
        """Return whether `path` holds true; absent is false."""
        return self.at(*path).value is True

    def each(self, *path: str) -> Iterator["Fields"]:
        """Yield the members of the list at `path`; null has none."""
        found = self.at(*path)
        if found.value is None:
            return
        if not isinstance(found.value, list):
            raise _unexpected(found, "a list")
        for member in found.value:
            yield Fields(member, found.source)


def _unexpected(found: Fields, wanted: str) -> ForgeError:
    return ForgeError(
        f"The forge's answer is not what it should be: {found.source} is not {wanted}.",
        "Check --platform and --base-url: is another kind of forge answering there?",
    )
