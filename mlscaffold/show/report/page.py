"""The page: one HTML file that loads nothing, runs nothing but what is in it, and takes every name for text."""

import base64
import hashlib
import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path

from mlscaffold.core.overview import Overview
from mlscaffold.show.report.data import data

_HERE = Path(__file__).parent
_LIBRARIES = {
    "vendor/chart.js/chart.umd.min.js": "vendor/chart.js/LICENSE.md",
    "vendor/chartjs-chart-matrix/chartjs-chart-matrix.min.js": "vendor/chartjs-chart-matrix/LICENSE",
}
_OURS = ("model.js", "table.js", "charts.js", "heat.js", "lists.js", "main.js")
_IN_SCRIPTS = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def page(overview: Overview, made: datetime) -> str:
    """Return the report."""
    document = json.dumps(data(overview, made), separators=(",", ":"))
    said = re.sub("[<>&]", lambda found: _IN_SCRIPTS[found[0]], document)
    parts = {"data": said, **_fixed()}
    return re.sub(r"\{\{ (\w+) \}\}", lambda found: parts[found[1]], _text("page.html"))


@cache
def _fixed() -> dict[str, str]:
    """Return what is the same in every report: styles, scripts, and the policy that lets the browser run no others."""
    style = _text("page.css")
    scripts = [*(_library(*each) for each in _LIBRARIES.items()), "".join(map(_text, _OURS))]
    hashes = " ".join(f"'{_hash(script)}'" for script in scripts)
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return {
        "policy": policy,
        "style": style,
        "scripts": "\n".join(f"<script>{script}</script>" for script in scripts),
    }


def _library(script: str, licence: str) -> str:
    """Return a library below its licence, without the line that asks for its map."""
    code = re.sub(r"(?m)^//# sourceMappingURL=.*$", "", _text(script))
    return f"/*\n{_text(licence).strip()}\n*/\n{code}"


def _text(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
