"""Journals of organisations of any size, the same ones each time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from mlscaffold.core.finding import WORDS
from mlscaffold.core.kept import Ended, Kept
from mlscaffold.core.outcome import Excuse, Outcome, Standing

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
RUNS = 12
FILES = [
    *("pyproject.toml", "ruff.toml", "Makefile", ".pre-commit-config.yaml", "Dockerfile", ".gitignore", "uv.lock"),
    *(f".github/workflows/{name}.yml" for name in ("ci", "release", "docs", "nightly", "audit")),
    *(f"conf/{name}.toml" for name in ("train", "predict", "retrain", "folds", "ensemble", "data", "logging", "local")),
    *(f"k8s/{name}.yaml" for name in ("train", "predict", "retrain", "namespace", "quota", "spot", "secrets", "volume")),
    *(f"src/{name}.py" for name in ("main", "tasks", "models", "metrics", "features", "server", "schema", "storage", "cli")),
    *(f"tests/test_{name}.py" for name in ("units", "accuracy", "runtime", "cache", "server", "schema", "tasks", "cli")),
    *(f"docs/{name}.md" for name in ("index", "data", "model", "operations", "decisions", "glossary")),
    *("README.md", "CODEOWNERS", "LICENSE", "mypy.ini", "setup.cfg", "tox.ini", ".dockerignore", ".editorconfig", "renovate.json"),
]  # fmt: skip
TEAMS = ("ads", "churn", "fraud", "pricing", "ranking", "search", "supply", "vision")
_FAULTS = [word for word in WORDS if word != "style"]
_COMMON = (1, 1, 3, 1, 3, 4, 14, 6)


def journal(repos: int, runs: int = RUNS) -> Iterator[Kept]:
    """Yield the lines of so many runs over so many repos, most of which are as they should be at the end."""
    chance = random.Random(repos)
    names = [f"acme/{TEAMS[place % len(TEAMS)]}-{place:05}" for place in range(repos)]
    for run in range(runs):
        at = NOW - timedelta(days=14 * (runs - 1 - run))
        share = 0.75 - 0.5 * run / max(1, runs - 1)
        for name in names:
            if run == 0 or chance.random() < 0.35 or run == runs - 1:
                yield Kept(f"run-{run}", at.isoformat(), _checked(name, share, chance))
        yield Kept(f"run-{run}", (at + timedelta(minutes=4)).isoformat(), Ended("check", repos))
    for name in names[:: max(9, repos // 40)]:
        opened = Outcome(name, "update", Standing.PULL_OPEN, url=f"https://git.example.com/{name}/pulls/7")
        yield Kept("update", (NOW - timedelta(days=chance.randrange(40))).isoformat(), opened)


def dense(repos: int) -> Iterator[Kept]:
    """Yield one run in which every file of every repo differs."""
    chance = random.Random(repos)
    for place in range(repos):
        files = {path: chance.choice(["behind", "diverged", "modified", "missing"]) for path in FILES}
        words = {word: [*files.values()].count(word) for word in dict.fromkeys(files.values())}
        found = Outcome(f"acme/{place:05}", "check", Standing.DIVERGED, words=words, files=files, days=place)
        yield Kept("run", NOW.isoformat(), found)


def _checked(name: str, share: float, chance: random.Random) -> Outcome:
    if chance.random() < 0.04:
        state = chance.choice([Standing.NO_RECORD, Standing.SKIPPED, Standing.ERROR, Standing.UNTRUSTED])
        return Outcome(
            name, "check", state, "archived" if state is Standing.SKIPPED else "", page=_page(name)
        )
    faulty = chance.random() < share
    files = _files(chance) if faulty else {}
    words = {word: [*files.values()].count(word) for word in dict.fromkeys(files.values())}
    state = Standing.IN_SYNC
    if files:
        behind = words.keys() == {"behind"}
        state = Standing.DIVERGED if "diverged" in words else Standing.BEHIND if behind else Standing.DRIFTED
    waivers = (
        (Excuse(chance.choice(FILES), _day(chance.randrange(-5, 200)), "until the migration is through"),)
        if chance.random() < 0.06
        else ()
    )
    return Outcome(
        name, "check", state, ", ".join(f"{path} {word}" for path, word in [*files.items()][:3]), words=words,
        head="1" * 40, template=f"https://git.example.com/acme/{'service' if len(name) % 2 else 'library'}-template",
        recorded="a1b2c3d4" * 5, target="d4c3b2a1" * 5, files=files, compared=len(FILES),
        days=chance.randrange(1, 420) if "behind" in words or "diverged" in words else None,
        waivers=waivers, page=_page(name),
    )  # fmt: skip


def _files(chance: random.Random) -> dict[str, str]:
    only_behind = chance.random() < 0.55
    weights = [1 / (place + 3) for place in range(len(FILES))]
    paths = dict.fromkeys(chance.choices(FILES, weights, k=chance.choice([1, 1, 2, 2, 3, 4, 6, 9])))
    return {path: "behind" if only_behind else chance.choices(_FAULTS, _COMMON)[0] for path in paths}


def _page(name: str) -> str:
    return f"https://git.example.com/{name}"


def _day(away: int) -> str:
    return (NOW + timedelta(days=away)).date().isoformat()
