"""An organisation at a fake forge, some of whose repos were made to do harm: every attack of tests/attack on a record, and more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.attack import conftest as machine
from tests.attack.test_records import REFUSED
from tests.forge.lab import new_server
from tests.forge.server import ForgeServer, serving
from tests.forge.world import World as Forge
from tests.worlds import Ran, Template, commit, git

Attack = Callable[[machine.World], None]


def _content(content: bytes) -> Attack:
    return lambda world: _put(world, content)


def _put(world: machine.World, content: bytes) -> None:
    (world.project / ".cruft.json").write_bytes(content)


def _fields(**fields: Any) -> Attack:
    return lambda world: world.record(None, **fields)


def _linked(world: machine.World) -> None:
    (world.project / ".cruft.json").unlink()
    (world.project / ".cruft.json").symlink_to(world.outside / "secret.txt")


def _folder(world: machine.World) -> None:
    (world.project / ".cruft.json").unlink()
    (world.project / ".cruft.json").mkdir()
    (world.project / ".cruft.json" / "x").write_text("x")


def _submodule(world: machine.World) -> None:
    world.settle()
    git(world.project, "rm", "-q", "--cached", ".cruft.json")
    git(world.project, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},.cruft.json")
    (world.project / ".cruft.json").unlink()


ATTACKS: tuple[Attack, ...] = (
    *(each.write for each in REFUSED.values()),
    _linked,
    _folder,
    _submodule,
    *map(_content, [b"", b"[]", b"null", b'"x"', b"{}", b"\xff\xfe{}", b"{" * 1000, b'{"template": 1}', b"\0" * 100]),
    _content(b'{"template": "x", "template": "y", "commit": "z"}'),
    _content(b" " * (2 << 20)),
    _fields(commit="0" * 40),
    _fields(commit=None),
    _fields(commit="HEAD"),
    _fields(template=""),
    _fields(template="https://user:hunter2-hunter2@127.0.0.1/x"),
    _fields(template="\x1b]8;;https://evil\x07x"),
    _fields(template=["https://x/y"]),
    _fields(directory=["x"]),
    _fields(directory="x\0y"),
    _fields(context=[]),
)  # fmt: skip


@dataclass(frozen=True)
class Organisation:
    """What was made, and the command over it."""

    machine: machine.World
    forge: Forge
    server: ForgeServer
    good: tuple[str, ...]
    bad: tuple[str, ...]

    def run(self, verb: str, *args: str) -> Ran:
        """Run a command over all of it, with the token in the environment."""
        journal = self.machine.root / "journal.jsonl"
        return self.machine.run(
            "fleet", verb, "--org", "acme", "--base-url", self.server.origin, "--journal", journal, "--format", "json", *args,
            cwd=self.machine.root,
        )  # fmt: skip


@contextmanager
def organisation(world: machine.World, template: Template, good: int, bad: int) -> Iterator[Organisation]:
    """Make one, its repos good and bad in turn; every third good one has an edited file."""
    forge = Forge(world.root / "forge")
    forge.tokens = {machine.TOKEN: "robot"}
    world.record(template=str(template.root))
    world.settle()
    clean = git(world.project, "rev-parse", "HEAD").strip()
    made = Organisation(world, forge, new_server("github", forge), *_names(good, bad))
    attacks = iter(ATTACKS[len(ATTACKS) * at // bad] for at in range(bad))
    for number, name in enumerate(sorted([*made.good, *made.bad])):
        git(world.project, "reset", "-q", "--hard", clean)
        git(world.project, "clean", "-qfdx")
        if name in made.bad:
            next(attacks)(world)
            if not git(world.project, "diff", "--cached", "--name-only"):
                world.settle()
            else:
                git(world.project, "commit", "-q", "-m", "change")
        elif number % 3 == 0:
            (world.project / "README.md").write_text("mine\n")
            commit(world.project)
        repo = forge.add(f"acme/{name}")
        git(world.project, "push", "-q", str(repo.path), "HEAD:refs/heads/main")
    git(world.project, "reset", "-q", "--hard", clean)
    with serving(made.server):
        yield made
    assert not forge.violations


def _names(good: int, bad: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    every = [f"repo-{number:03}" for number in range(good + bad)]
    chosen = tuple(every[number * (good + bad) // bad] for number in range(bad))
    return tuple(name for name in every if name not in chosen), chosen


def judged(made: Organisation, ran: Ran, sound: set[str]) -> None:
    """Prove that the good ones finished right, that each bad one is named with its reason, and that nobody was harmed."""
    states = {repo["repo"].removeprefix("acme/"): (repo["state"], repo["why"]) for repo in ran.json["repos"]}
    assert states.keys() == {*made.good, *made.bad}
    assert sum(ran.json["counts"].values()) == len(states)
    assert {states[name][0] for name in made.good} == sound, {
        name: states[name] for name in made.good if states[name][0] not in sound
    }
    named = {name: states[name] for name in made.bad}
    assert {state for state, _ in named.values()} <= {"error", "untrusted"}, named
    assert all(why for _, why in named.values())
    assert ran.code == 3
    assert made.machine.harm() == []
    assert not {"\x1b", "hunter2"} & {part for part in ("\x1b", "hunter2") if part in ran.out + ran.err}
