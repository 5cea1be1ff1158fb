"""Cut GitHub's published description of its API down to the operations the fake answers.

    npm pack @octokit/openapi@23.0.2 && tar xf octokit-openapi-23.0.2.tgz
    python tests/forge/prune_openapi.py package

writes github-openapi.json.gz and github-openapi.LICENSE beside this file.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

OPERATIONS = {
    "/orgs/{org}/repos": ["get"],
    "/repos/{owner}/{repo}": ["get"],
    "/repos/{owner}/{repo}/branches/{branch}": ["get"],
    "/repos/{owner}/{repo}/commits/{ref}/check-runs": ["get"],
    "/repos/{owner}/{repo}/commits/{ref}/status": ["get"],
    "/repos/{owner}/{repo}/compare/{basehead}": ["get"],
    "/repos/{owner}/{repo}/git/ref/{ref}": ["get"],
    "/repos/{owner}/{repo}/issues/{issue_number}/labels": ["post"],
    "/repos/{owner}/{repo}/pulls": ["get", "post"],
    "/repos/{owner}/{repo}/pulls/{pull_number}": ["get", "patch"],
    "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers": ["post"],
    "/repos/{owner}/{repo}/pulls/{pull_number}/reviews": ["get"],
    "/user": ["get"],
    "/user/repos": ["get"],
    "/users/{username}/repos": ["get"],
}
UNUSED = {"examples", "example", "description", "externalDocs", "summary", "tags", "x-github", "x-octokit"}


def pruned(document: dict[str, Any]) -> dict[str, Any]:
    """Return the description with these operations, what they refer to, and nothing meant for readers."""
    paths = {
        path: {method: bare(document["paths"][path][method]) for method in methods}
        for path, methods in OPERATIONS.items()
    }
    components: dict[str, dict[str, Any]] = {}
    pending = references(paths)
    while pending:
        _, _, kind, name = pending.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = bare(document["components"][kind][name])
            pending |= references(components[kind][name])
    info = {key: document["info"][key] for key in ("title", "version", "license")}
    return {"openapi": document["openapi"], "info": info, "paths": paths, "components": components}


def bare(value: Any, *, names: bool = False) -> Any:
    """Return the value without what is meant for readers; `names`: its keys are names of fields, and stay."""
    if isinstance(value, list):
        return [bare(member) for member in value]
    if not isinstance(value, dict):
        return value
    kept = {
        key: bare(member, names=key == "properties" and not names)
        for key, member in value.items()
        if names or key not in UNUSED
    }
    if not names and kept.get("nullable") is True and "enum" in kept and None not in kept["enum"]:
        kept["enum"] = [
            *kept["enum"],
            None,
        ]  # OpenAPI 3.0 wants it in both places, and the description forgets one
    return kept


def references(value: Any) -> set[str]:
    """Return what the value refers to."""
    if isinstance(value, list):
        return set().union(*map(references, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return own.union(*map(references, value.values()))


def main(package: Path) -> None:
    document = json.loads((package / "generated" / "api.github.com.json").read_bytes())
    here = Path(__file__).parent
    text = json.dumps(pruned(document), sort_keys=True, separators=(",", ":"))
    (here / "github-openapi.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    (here / "github-openapi.LICENSE").write_text((package / "LICENSE").read_text())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
