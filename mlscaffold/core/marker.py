"""What our branch and our pull requests say about themselves, so that every run finds them again."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace

from mlscaffold.core.trust import address, expanded, without_password

_FOLDS = {"github.com", "gitlab.com", "bitbucket.org"}
"""Where Acme/T is acme/t."""
_MARKER = re.compile(r"<!-- mlscaffold (\{[^\n]{1,4000}\}) -->")


@dataclass(frozen=True, slots=True)
class Marker:
    """What a pull request's text says, unseen, about what it brings.

    `old` and `new` are template commits, `tree` is the id of the template as rendered at `new` for this
    project, `commit` is the branch's commit. `withdrawn` says that we closed it ourselves.
    """

    template: str
    old: str
    new: str
    tree: str
    commit: str
    withdrawn: bool = False

    def stamp(self, text: str) -> str:
        """Return the text with this marker at its end, in the place of any that was there."""
        value = json.dumps(asdict(self), sort_keys=True).replace("-", r"\u002d").replace(">", r"\u003e")
        return f"{_MARKER.sub('', text).rstrip()}\n\n<!-- mlscaffold {value} -->\n"


def template_id(url: str, directory: str | None = None) -> str:
    """Return a short name for a template that is the same however its address is spelt."""
    found = address(expanded(without_password(url)))
    place = [found.host, *found.segments, directory or ""] if found else [url, directory or ""]
    if found and found.host in _FOLDS:
        place[:-1] = [part.lower() for part in place[:-1]]
    slug = (
        re.sub(r"[^a-z0-9]+", "-", (directory or place[-2]).lower()).strip("-")[-40:].lstrip("-")
        or "template"
    )
    name = "/".join(place).encode("utf-8", "surrogateescape")
    return f"{slug}-{hashlib.sha256(name).hexdigest()[:8]}"


def branch_name(template: str) -> str:
    """Return the one branch this template's updates go to."""
    return f"mlscaffold/update/{template}"


def read_marker(body: str) -> Marker | None:
    """Return the last marker of a text, None where there is none that can be read."""
    found = _MARKER.findall(body)
    try:
        value = json.loads(found[-1]) if found else None
    except ValueError:
        return None
    if not isinstance(value, dict) or value.keys() != Marker.__dataclass_fields__.keys():
        return None
    if not all(isinstance(value[name], bool if name == "withdrawn" else str) for name in value):
        return None
    return Marker(**value)


def withdrawn(body: str, template: str) -> str:
    """Return the text of a pull request that we close ourselves: unlike a person's, that is no answer for good."""
    marker = read_marker(body) or Marker(template, "", "", "", "")
    return replace(marker, withdrawn=True).stamp(body)
