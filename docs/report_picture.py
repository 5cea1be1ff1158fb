"""Draws docs/report.png: `mlscaffold fleet report` of an organisation that is made here, at a forge that runs here.

Every state in it was found by a real run over real repos; only the runs' dates are set, two weeks apart, since nobody
waits for them.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mlscaffold.core.forge import Owner
from mlscaffold.fleet import journal
from mlscaffold.fleet.remotes import Filter, Remotes
from mlscaffold.fleet.run import run
from mlscaffold.fleet.waves import Waves
from mlscaffold.fleet.work import Asked
from mlscaffold.shells import github
from tests.browser.page import opened
from tests.forge.lab import Lab, Store, new_lab, new_server
from tests.forge.server import serving
from tests.forge.world import World
from tests.worlds import Template, commit, git, mlscaffold, new, template, write

REPOS = 40
ROUNDS = 8
NOW = datetime.now(UTC)
TEAMS = ("ads", "churn", "fraud", "pricing", "ranking", "search", "supply", "vision")
THINGS = ("features", "model", "forecast", "training", "scoring", "labels")
EXACT = ("ruff.toml", "mypy.ini", ".editorconfig", ".github/workflows/ci.yml", "k8s/quota.yaml", "Makefile")
MERGED = (
    "README.md", "pyproject.toml", "Dockerfile", ".pre-commit-config.yaml", ".github/workflows/release.yml",
    "conf/train.toml", "conf/predict.toml", "conf/retrain.toml", "k8s/train.yaml", "k8s/predict.yaml",
    "src/main.py", "src/tasks.py", "src/metrics.py", "tests/test_units.py", "tests/test_accuracy.py",
)  # fmt: skip
POLICY = "".join(
    [
        f'[[rule]]\npaths = {json.dumps(EXACT)}\nrule = "exact"\nreason = "one way everywhere"\nwaivable = true\n',
        '[[rule]]\npaths = ["setup.cfg", "tox.ini"]\nrule = "absent"\nreason = "pyproject.toml has it"\n',
    ]
)


def main() -> None:
    """Make the organisation, let it live through its rounds, and photograph its report."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HOME=folder, GIT_CONFIG_NOSYSTEM="1")
        for who in ("AUTHOR", "COMMITTER"):
            os.environ.update({f"GIT_{who}_NAME": "A Person", f"GIT_{who}_EMAIL": "person@example.com"})
        with forge(Path(folder)) as lab:
            organisation = Organisation(lab, Path(folder))
            for number in range(ROUNDS):
                organisation.live(number)
            organisation.publish()
            organisation.check(ROUNDS)
        kept = Path(folder, "journal.jsonl")
        report = Path(folder, "report.html")
        dated(kept)
        ran = mlscaffold("fleet", "report", "--journal", kept, "-o", report)
        assert ran.code == 0, ran.err
        photograph(report, Path(__file__).with_name("report.png"))


class Organisation:
    """Repos of one organisation, each a clone here and a repo at the forge."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.chance = random.Random(7)
        dated_commits(number=-4)
        self.template: Template = template(
            folder / "service-template",
            {path: f"{path}\n1\n2\n3\n" for path in (*EXACT, *MERGED)},
            beside={"policy.toml": POLICY},
        )
        made = new(self.template, folder / "made")
        names = [f"{TEAMS[place % 8]}-{THINGS[place // 8 % 6]}" for place in range(REPOS)]
        self.clones = {name: folder / "clones" / name for name in names}
        self.repos = {name: lab.world.add(f"acme/{name}") for name in names}
        for clone in self.clones.values():
            shutil.copytree(made, clone, symlinks=True)
        self.newest = shutil.copytree(made, folder / "newest", symlinks=True)
        self._spoil(names)
        lab.world.repos.remove(lab.repo)
        lab.world.add("acme/old-experiments", archived=True)

    def _spoil(self, names: list[str]) -> None:
        """Give a few repos no record, none that can be read, or that of a template which nobody trusts."""
        record = json.loads((self.newest / ".cruft.json").read_text())
        other = json.dumps({**record, "template": "https://git.example.com/elsewhere/template"})
        self.spoilt = dict(zip(names[5::9], [None, "{", other, None], strict=False))
        for name, content in self.spoilt.items():
            write(self.clones[name], {".cruft.json": content})
            commit(self.clones[name])

    def live(self, number: int) -> None:
        """Let the template move, some repos follow and some stray, and look at all of them."""
        dated_commits(number)
        changed = self.chance.sample(MERGED, 2) + self.chance.sample(EXACT, 1)
        self.template.change({path: f"{path}\n1\n2\n3\nround {number}\n" for path in changed})
        assert mlscaffold("update", "-p", self.newest, "--commit").code == 0
        for name, clone in self.clones.items():
            if name not in self.spoilt:
                self._live(clone, follows=0.12 + 0.075 * number, strays=0.3 - 0.02 * number)
            git(clone, "push", "-q", "--force", str(self.repos[name].path), "HEAD:refs/heads/main")
        self.check(number)

    def _live(self, clone: Path, follows: float, strays: float) -> None:
        if self.chance.random() < follows:
            for path in clone.iterdir():
                if path.name != ".git":
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            shutil.copytree(self.newest, clone, ignore=shutil.ignore_patterns(".git"), dirs_exist_ok=True)
        elif self.chance.random() < strays:
            own = self.chance.choice([*EXACT[:4], *MERGED[:6]])
            write(
                clone,
                self.chance.choice(
                    [{"setup.cfg": "[flake8]\n"}, {own: "of our own\n"}, {own: "of our own\n"}]
                ),
            )
        if self.chance.random() < 0.07:
            until = (NOW + timedelta(days=self.chance.randrange(4, 60))).date()
            path = self.chance.choice(EXACT[:3])
            excuse = f'[[waiver]]\npath = "{path}"\nreason = "moves with the next release"\nuntil = {until}\n'
            write(clone, {path: "waived\n", ".mlscaffold.toml": excuse})
        if git(clone, "status", "--porcelain"):
            commit(clone)

    def check(self, number: int) -> None:
        """Run `fleet check` over the organisation."""
        home = self._home()
        with journal.opened(self.folder / "journal.jsonl", f"{number}") as kept:
            for _ in run(home.listed([(Owner.ORG, "acme")], Filter()), home, Asked("check"), kept, 2):
                pass

    def publish(self) -> None:
        """Run `fleet update --publish`, seven pull requests at most."""
        home = self._home()
        with journal.opened(self.folder / "journal.jsonl", "publish") as kept:
            for _ in run(
                home.listed([(Owner.ORG, "acme")], Filter()), home, Asked("update"), kept, 2, home.act
            ):
                pass

    def _home(self) -> Remotes:
        return Remotes(
            self.lab.forge, github.GIT_USER, self.lab.secret, self.folder / "cache", Waves(canary=7)
        )


@contextmanager
def forge(folder: Path) -> Iterator[Lab]:
    """Start a forge."""
    world = World(folder / "forge")
    store = Store(folder / "store")
    store.git("init", "-q", "--bare", str(store.path))
    with serving(new_server("github", world)) as server:
        lab = new_lab("github", world, server, store)
        yield lab
        lab.close()


def date(number: int) -> datetime:
    """Return when a round was."""
    return NOW - timedelta(days=14 * (ROUNDS - number))


def dated_commits(number: int) -> None:
    """Let git date commits a week before a round."""
    for who in ("AUTHOR", "COMMITTER"):
        os.environ[f"GIT_{who}_DATE"] = f"{int((date(number) - timedelta(days=6)).timestamp())} +0000"


def dated(path: Path) -> None:
    """Set the dates of the runs."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        number = ROUNDS - 0.4 if line["run"] == "publish" else int(line["run"])
        line["at"] = (NOW - timedelta(days=14 * (ROUNDS - number))).isoformat(timespec="seconds")
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def photograph(report: Path, picture: Path) -> None:
    """Write a picture of the report's beginning."""
    with opened() as page:
        page.open(report, 1200)
        height = page.ask(
            "document.querySelector('#repos tbody tr:nth-child(7)').getBoundingClientRect().bottom"
        )
        clip = {"x": 0, "y": 0, "width": 1200, "height": round(height), "scale": 1}
        shot = {"format": "png", "captureBeyondViewport": True, "clip": clip, "optimizeForSpeed": False}
        picture.write_bytes(b64decode(page.driver.execute_cdp_cmd("Page.captureScreenshot", shot)["data"]))
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--output", picture, "64", picture], check=True)
    sys.stdout.write(f"{picture}: {picture.stat().st_size >> 10} KiB\n")


if __name__ == "__main__":
    main()
