"""What a template asks of each of its paths, for its author to try: policy.toml as it lies there, uncommitted too."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mlscaffold.core import policy as policies
from mlscaffold.core.policy import Kind, Policy, Rule
from mlscaffold.core.trust import without_password
from mlscaffold.shells import files, git, settings
from mlscaffold.templates.renderings import Rendering
from mlscaffold.templates.sources import locate
from mlscaffold.templates.store import Store


class Ruled(NamedTuple):
    """One path of the template as it renders with its defaults, and the rule that it falls under."""

    path: str
    rule: Rule


class Policies(NamedTuple):
    """A template's policy over its paths.

    template: its address. commit: whose paths these are. file: the policy that was read, "" if there is none.
    paths: every path and its rule. idle: `exact`, `keys` and `lines` rules that decide about no path.
    unmet: files of the template that are not as its own rules ask, and why.
    """

    template: str
    commit: str
    file: str
    paths: tuple[Ruled, ...]
    idle: tuple[Rule, ...]
    unmet: tuple[tuple[Ruled, str], ...]


def policy(template: str, directory: str | None = None, ref: str | None = None) -> Policies:
    """Render a template with its defaults, and say of each path which rule it falls under.

    template: an address, trusted by being typed. directory: the template's folder in its repository.
    ref: a branch, tag or commit; None for what lies there, or the default branch.

    Raises PolicyError, with file and line, for a policy that cannot be meant, and MlscaffoldError if the
    template does not render.
    """
    user = settings.load()
    source = locate(template, user)
    folder = directory or ""
    store = Store(source, user.cache)
    commit = store.newest(ref, refresh=True).commit
    rendering = store.rendering(commit, folder, {})
    lying = Path(source.location, folder, policies.NAME)
    if source.local and ref is None and lying.is_file():
        name, parsed = (
            str(lying),
            policies.parse(files.Folder(lying.parent).read(lying.name) or b"", str(lying)),
        )
    elif rendering.policy is not None:
        name = policies.NAME
        parsed = policies.parse(rendering.policy.encode("utf-8", "surrogateescape"))
    else:
        name, parsed = "", Policy()
    paths = tuple(Ruled(path, parsed.rule_for(path)) for path in sorted(rendering.tree))
    return Policies(
        without_password(source.url),
        commit,
        name,
        paths,
        _idle(parsed, paths),
        tuple(_unmet(store, rendering, paths)),
    )


def _idle(parsed: Policy, paths: tuple[Ruled, ...]) -> tuple[Rule, ...]:
    used = {ruled.rule for ruled in paths}
    return tuple(
        rule for rule in parsed.rules if rule not in used and rule.kind in (Kind.EXACT, Kind.KEYS, Kind.LINES)
    )


def _unmet(store: Store, rendering: Rendering, paths: tuple[Ruled, ...]) -> Iterator[tuple[Ruled, str]]:
    """Hold the template's own files against the rules that forbid them or ask for keys of them."""
    for ruled in paths:
        if ruled.rule.kind is Kind.ABSENT:
            yield ruled, "the template has it, and forbids it"
    keyed = [ruled for ruled in paths if ruled.rule.kind is Kind.KEYS]
    if not keyed:
        return
    from mlscaffold.merging.demanding import settle_keys

    oids = {ruled.path: rendering.tree[ruled.path].oid for ruled in keyed}
    contents = git.read_blobs(store.git_dir, oids.values(), whole=True)
    for ruled in keyed:
        content = contents[oids[ruled.path]]
        asked = settle_keys(ruled.path, content, content, ruled.rule)
        if asked.unreadable:
            yield ruled, asked.unreadable
        for key in asked.unmet:
            yield ruled, f"the key {key} is not in it"
        for key in asked.differing:
            yield ruled, f"the key {key} is forbidden, and is in it"
