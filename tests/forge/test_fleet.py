"""A fleet at a forge: listed, compared without a checkout, brought to one pull request each, and taken back."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlscaffold.core.errors import MlscaffoldError, UsageError
from mlscaffold.core.forge import Owner
from mlscaffold.core.forge import Repo as Seen
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.fleet import forges, journal
from mlscaffold.fleet.follow import followed
from mlscaffold.fleet.listing import Filter
from mlscaffold.fleet.remotes import Remotes
from mlscaffold.fleet.run import run
from mlscaffold.fleet.selection import Selected
from mlscaffold.fleet.waves import Waves
from mlscaffold.fleet.work import Asked
from mlscaffold.shells import git as git_shell
from mlscaffold.shells import gitea, github, gitlab
from tests.forge.lab import Lab, github_only
from tests.forge.test_interruptions import incompressible
from tests.forge.world import TOKEN, Fault, Repo
from tests.worlds import Template, commit, git, mlscaffold, new, template, write


@dataclass
class Fleet:
    """A template, a forge, and the runs over it."""

    lab: Lab
    template: Template
    made: Path
    folder: Path
    run: str = "run"

    def remotes(self, canary: int | None = None) -> Remotes:
        shell = {"github": github, "gitlab": gitlab, "gitea": gitea}[self.lab.platform]
        return Remotes(
            self.lab.forge, shell.GIT_USER, self.lab.secret, self.folder / "cache", Waves(canary=canary)
        )

    def push(self, repo: Repo) -> None:
        git(self.made, "push", "-q", "--force", str(repo.path), "HEAD:refs/heads/main")

    def add(self, name: str, **flags: bool) -> Repo:
        repo = self.lab.world.add(name, **flags)
        self.push(repo)
        return repo

    def over(
        self,
        step: str,
        home: Remotes,
        act: Callable[..., Outcome | None] | None = None,
        selected: Iterable[Selected] | None = None,
    ) -> dict[str, Outcome]:
        asked = Asked("check" if step == "check" else "update")
        chosen = home.listed([(Owner.ORG, "acme")], Filter()) if selected is None else selected
        with journal.opened(self.folder / "journal.jsonl", self.run) as opened:
            home.waves.before = {name: pulls[-1] for name, pulls in opened.ours().items()}
            return {outcome.repo: outcome for outcome in run(chosen, home, asked, opened, 1, act)}

    def check(self) -> dict[str, Outcome]:
        return self.over("check", self.remotes())

    def publish(self, canary: int | None = None) -> dict[str, Outcome]:
        home = self.remotes(canary)
        return self.over("update", home, home.act)

    def follow(self, step: str, of_run: str | None = None) -> dict[str, Outcome]:
        home = self.remotes()
        with journal.opened(self.folder / "journal.jsonl", self.run) as opened:
            each = (
                home.status if step == "status" else lambda repo, before: home.close(repo, before, dry=False)
            )
            chosen = home.listed([(Owner.ORG, "acme")], Filter())
            return {found.repo: found for found in followed(chosen, step, home, opened, each, of_run=of_run)}


def states(found: dict[str, Outcome]) -> dict[str, str]:
    return {name: str(outcome.state) for name, outcome in found.items()}


@pytest.fixture
def fleet(lab: Lab, tmp_path: Path) -> Fleet:
    made = template(tmp_path / "template", {"README.md": "one\ntwo\nthree\n"})
    project = new(made, tmp_path / "made")
    fleet = Fleet(lab, made, project, tmp_path / "fleet")
    fleet.push(lab.repo)
    return fleet


def moved(fleet: Fleet, text: str = "THREE") -> None:
    fleet.template.change({"README.md": f"one\ntwo\n{text}\n"})


def test_update_is_one_pull_request_and_the_second_run_writes_nothing(fleet: Fleet) -> None:
    moved(fleet)

    first = fleet.publish()["acme/ranker"]

    assert (first.state, first.url != "") == (Standing.PULL_OPEN, True)
    [pull] = fleet.lab.repo.pulls
    assert pull.head == first.commit == fleet.lab.repo.head(first.branch)
    assert fleet.lab.repo.git("show", f"{first.commit}:README.md") == "one\ntwo\nTHREE"
    assert "change" in pull.body, "the subjects of the template's commits"
    assert fleet.lab.repo.git("rev-list", "--count", f"main..{first.commit}") == "1"
    before = fleet.lab.state()
    fleet.lab.world.log.clear()

    second = fleet.publish()["acme/ranker"]

    assert second.state is Standing.PULL_OPEN
    assert fleet.lab.world.writes() == []
    assert fleet.lab.state() == before


@github_only
def test_who_knows_an_older_template_leaves_the_pull_request_of_who_knows_a_newer(fleet: Fleet) -> None:
    moved(fleet)
    fleet.publish()
    fleet.lab.world.log.clear()
    git(fleet.template.root, "reset", "-q", "--hard", "HEAD~1")

    stale = fleet.publish()["acme/ranker"]

    assert (stale.state, stale.url != "") == (Standing.PULL_OPEN, True)
    assert "does not lead to the one that the repo was compared with" in stale.why
    assert fleet.lab.world.writes() == []
    assert [pull.state for pull in fleet.lab.repo.pulls] == ["open"]


@github_only
def test_pull_request_that_the_template_took_back_is_withdrawn(fleet: Fleet) -> None:
    moved(fleet)
    fleet.publish()
    fleet.template.change({"README.md": "one\ntwo\nthree\n"})

    assert states(fleet.publish()) == {"acme/ranker": "withdrawn"}
    assert [pull.state for pull in fleet.lab.repo.pulls] == ["closed"]


def test_same_update_made_elsewhere_is_the_same_commit(fleet: Fleet, tmp_path: Path) -> None:
    moved(fleet)
    first = fleet.publish()["acme/ranker"]
    fleet.folder = tmp_path / "another machine"
    fleet.lab.world.log.clear()

    assert fleet.publish()["acme/ranker"].commit == first.commit
    assert fleet.lab.world.writes() == []


def test_plan_writes_nothing_and_counts_what_it_would_take(fleet: Fleet) -> None:
    moved(fleet)
    fleet.lab.world.log.clear()
    home = fleet.remotes()

    found = fleet.over("update", home, home.plan)["acme/ranker"]

    assert (found.state, found.why) == (Standing.PLANNED, "push, open, dress: README.md")
    assert home.writes == 3
    assert fleet.lab.world.writes() == []


def test_unchanged_repo_costs_one_request_and_no_fetch(fleet: Fleet) -> None:
    moved(fleet)
    assert states(fleet.check()) == {"acme/ranker": "behind"}
    fleet.lab.world.log.clear()

    found = fleet.check()["acme/ranker"]

    assert found.again
    _listing, *others = fleet.lab.world.log
    assert len(others) == 1, others


def test_repos_that_cannot_be_updated_are_named(fleet: Fleet) -> None:
    fleet.add("acme/attic", archived=True)
    fleet.add("acme/mirror", mirror=True)
    fleet.lab.world.add("acme/void")
    fleet.add("acme/reader", may_push=False)
    moved(fleet)

    found = fleet.publish()

    assert {name: (str(each.state), each.why) for name, each in found.items() if name != "acme/ranker"} == {
        "acme/attic": ("skipped", "archived"),
        "acme/mirror": ("skipped", "a mirror"),
        "acme/void": ("skipped", "empty" if fleet.lab.platform != "github" else "it has no commit yet"),
        "acme/reader": ("left to a person", "no permission to push"),
    }
    assert found["acme/ranker"].state is Standing.PULL_OPEN


def test_topic_chooses_among_the_repos_of_an_owner(fleet: Fleet) -> None:
    fleet.lab.world.add("stranger/x", topics=["ml"])
    fleet.lab.repo.topics = ["ml", "python"]
    fleet.add("acme/second")
    home = fleet.remotes()

    chosen = list(home.listed([(Owner.ORG, "acme")], Filter(topics=frozenset({"ml", "vision"}))))

    assert {each.name: each.skip for each in chosen} == {
        "acme/ranker": "",
        "acme/second": "without the topic ml or vision",
    }


@github_only
def test_filters_leave_repos_alone_and_name_them(fleet: Fleet) -> None:
    for name in ("acme/fork", "acme/old", "acme/other"):
        fleet.add(name, fork=name == "acme/fork")
    moved(fleet)
    chosen = ("--skip-forks", "--repo-include", "ranker|old|fork", "--repo-exclude", "old$")

    ran = command(fleet, "update", "--org", "acme", "--publish", *chosen, "--format", "json", token=TOKEN)

    assert {
        repo["repo"]: repo["why"] for repo in json.loads(ran[1])["repos"] if repo["state"] == "skipped"
    } == {
        "acme/fork": "a fork, and --skip-forks",
        "acme/old": "matched by --repo-exclude",
        "acme/other": "not matched by --repo-include",
    }
    assert [len(repo.pulls) for repo in fleet.lab.world.repos] == [1, 0, 0, 0]


@github_only
@pytest.mark.parametrize("beside", [False, True], ids=["no such folder", "a folder of that name"])
def test_list_of_names_is_looked_up_at_the_forge(fleet: Fleet, tmp_path: Path, *, beside: bool) -> None:
    fleet.add("acme/second")
    listed = tmp_path / "list" / "fleet.txt"
    (listed.parent / "acme/ranker" if beside else listed.parent).mkdir(parents=True)
    listed.write_text("acme/ranker\nacme/second\nacme/gone\n")

    ran = command(
        fleet, "check", "--from", str(listed), "--repo-exclude", "second", "--format", "json", token=TOKEN
    )

    assert {repo["repo"]: repo["state"] for repo in json.loads(ran[1])["repos"]} == {
        "acme/ranker": "in sync",
        "acme/second": "skipped",
        "acme/gone": "error",
    }


@github_only
def test_repo_has_one_name_however_it_is_spelled(fleet: Fleet, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    spelled = ("--org", "acme", "--repo", "ACME/Ranker", "--repo", "Acme/ranker")

    ran = command(fleet, "check", *spelled, "--journal", str(kept), "--format", "json", token=TOKEN)

    assert [(repo["repo"], repo["why"]) for repo in json.loads(ran[1])["repos"]] == [
        ("acme/ranker", ""),
        *[("acme/ranker", "named twice")] * 2,
    ]
    [named] = {line.what.repo for line in journal.lines(kept) if line and isinstance(line.what, Outcome)}
    assert named == "acme/ranker"


@github_only
def test_update_of_a_topic_leaves_all_others_alone(fleet: Fleet) -> None:
    fleet.lab.repo.topics = ["ml"]
    fleet.add("acme/second")
    moved(fleet)

    ran = command(fleet, "update", "--org", "acme", "--topic", "ML", "--publish", token=TOKEN)

    assert ran[0] == 0, ran
    assert [len(repo.pulls) for repo in fleet.lab.world.repos] == [1, 0]


def test_topics_that_the_forge_does_not_tell_end_the_run() -> None:
    repo = Seen("acme/ranker", "main", "")

    with pytest.raises(MlscaffoldError, match="does not tell which topics acme/ranker has"):
        Filter(topics=frozenset({"ml"})).why_not(repo)


def test_broken_repo_is_named_and_the_others_go_on(fleet: Fleet) -> None:
    other = fleet.add("acme/broken")
    write(fleet.made, {".cruft.json": "{"})
    commit(fleet.made)
    fleet.push(other)
    moved(fleet)

    found = fleet.publish()

    assert states(found) == {"acme/ranker": "pull request open", "acme/broken": "error"}
    assert "it is not JSON" in found["acme/broken"].why


def test_status_and_close_follow_what_was_opened(fleet: Fleet) -> None:
    moved(fleet)
    branch = fleet.publish()["acme/ranker"].branch
    assert states(fleet.follow("status")) == {"acme/ranker": "pull request open"}

    assert states(fleet.follow("close")) == {"acme/ranker": "withdrawn"}

    assert (fleet.lab.repo.pulls[0].state, fleet.lab.repo.head(branch)) == ("closed", None)
    assert states(fleet.follow("status")) == {"acme/ranker": "pull request closed"}


def test_status_tells_what_keeps_a_pull_request_from_being_merged(fleet: Fleet) -> None:
    moved(fleet)
    fleet.publish()
    [pull] = fleet.lab.repo.pulls
    assert fleet.follow("status")["acme/ranker"].why.endswith(": no checks")

    pull.checks = {"test": "waiting"}
    waiting = fleet.follow("status")["acme/ranker"]
    pull.checks, pull.reviews = {"test": "failed"}, [("ada", "changes")]
    failing = fleet.follow("status")["acme/ranker"]

    assert (waiting.state, waiting.words, waiting.no) == (Standing.PULL_RUNNING, {"checks waiting": 1}, False)
    assert (failing.state, failing.no) == (Standing.PULL_FAILING, True)
    assert failing.words == {"checks failed": 1, "changes asked for": 1}


@github_only
def test_close_of_one_run_leaves_what_others_opened(fleet: Fleet) -> None:
    fleet.add("acme/second")
    moved(fleet)
    fleet.run = "first"
    fleet.publish(canary=1)
    fleet.run = "second"
    fleet.publish()
    shown = fleet.follow("status")
    assert {name: found.run for name, found in shown.items()} == {
        "acme/ranker": "first",
        "acme/second": "second",
    }

    found = fleet.follow("close", of_run="second")

    assert states(found) == {"acme/ranker": "skipped", "acme/second": "withdrawn"}
    assert found["acme/ranker"].why == "its pull request is of run first"
    [first], [second] = (repo.pulls for repo in fleet.lab.world.repos)
    assert (first.state, second.state) == ("open", "closed")
    assert fleet.lab.repo.head(first.branch) is not None


@github_only
def test_close_of_one_run_keeps_a_branch_with_a_persons_commit(fleet: Fleet) -> None:
    moved(fleet)
    found = fleet.publish()["acme/ranker"]
    by_hand = fleet.lab.store.commit("by hand", who="ada@acme.invalid")
    fleet.lab.store.put(fleet.lab.repo, found.branch, by_hand)

    assert states(fleet.follow("close", of_run="run")) == {"acme/ranker": "left to a person"}
    assert fleet.lab.repo.head(found.branch) == by_hand


@github_only
def test_close_of_a_run_that_never_was_says_which_there_are(fleet: Fleet) -> None:
    moved(fleet)
    assert command(fleet, "update", "--org", "acme", "--publish", token=TOKEN)[0] == 0
    shown = command(fleet, "status", "--org", "acme", "--format", "json", token=TOKEN)
    [repo] = json.loads(shown[1])["repos"]

    ran = command(fleet, "close", "--org", "acme", "--run", "typo", "--publish", token=TOKEN)

    assert (ran[0], repo["run"] in ran[2]) == (2, True), ran
    assert (
        "1 would be withdrawn"
        in command(fleet, "close", "--org", "acme", "--run", repo["run"], token=TOKEN)[1]
    )


def test_update_that_was_merged_needs_nothing_more(fleet: Fleet) -> None:
    moved(fleet)
    found = fleet.publish()["acme/ranker"]
    fleet.lab.repo.git("update-ref", "refs/heads/main", found.commit)
    fleet.lab.repo.pulls[0].state, fleet.lab.repo.pulls[0].merged = "closed", True

    assert states(fleet.publish()) == {"acme/ranker": "nothing to do"}
    assert states(fleet.check()) == {"acme/ranker": "in sync"}


@github_only
def test_commit_of_a_person_is_left_alone(fleet: Fleet) -> None:
    moved(fleet)
    found = fleet.publish()["acme/ranker"]
    by_hand = fleet.lab.store.commit("by hand", who="ada@acme.invalid")
    fleet.lab.store.put(fleet.lab.repo, found.branch, by_hand)
    moved(fleet, "3")
    fleet.lab.world.log.clear()

    again = fleet.publish()["acme/ranker"]

    assert (again.state, again.why) == (Standing.PERSON, "a person has pushed to the branch")
    assert fleet.lab.world.writes() == []


@github_only
def test_canary_waits_until_the_first_ones_are_merged(fleet: Fleet) -> None:
    fleet.add("acme/second")
    moved(fleet)

    assert states(fleet.publish(canary=1)) == {
        "acme/ranker": "pull request open",
        "acme/second": "waits for a later wave",
    }
    assert states(fleet.publish(canary=1))["acme/second"] == "waits for a later wave"

    merged = fleet.lab.repo.head(fleet.follow("status")["acme/ranker"].branch)
    fleet.lab.repo.git("update-ref", "refs/heads/main", merged or "")
    fleet.lab.repo.pulls[0].state, fleet.lab.repo.pulls[0].merged = "closed", True

    assert states(fleet.publish(canary=1)) == {
        "acme/ranker": "nothing to do",
        "acme/second": "pull request open",
    }


@github_only
def test_canary_counts_what_the_forge_shows_and_not_what_a_journal_remembers(
    fleet: Fleet, tmp_path: Path
) -> None:
    second = fleet.add("acme/second")
    moved(fleet)
    home = fleet.remotes()
    only = [each for each in home.listed([(Owner.ORG, "acme")], Filter()) if each.name == second.name]
    fleet.over("update", home, home.act, only)
    fleet.folder = tmp_path / "another machine"

    found = fleet.publish(canary=1)

    assert states(found) == {"acme/second": "pull request open", "acme/ranker": "waits for a later wave"}
    assert found["acme/ranker"].why == "--canary 1"


@github_only
def test_canary_does_not_wait_for_a_repo_that_is_gone(fleet: Fleet) -> None:
    fleet.add("acme/second")
    moved(fleet)
    fleet.publish(canary=1)
    fleet.lab.world.repos.pop(0)

    assert states(fleet.publish(canary=1)) == {"acme/second": "pull request open"}


@github_only
def test_pull_request_of_a_repo_that_was_renamed_is_no_other(fleet: Fleet) -> None:
    moved(fleet)
    fleet.publish(canary=1)
    path = fleet.lab.repo.path
    fleet.lab.repo.path = path.rename(path.with_name("renamed.git"))
    fleet.lab.repo.name = "acme/renamed"
    moved(fleet, "3")

    assert states(fleet.publish(canary=1)) == {"acme/renamed": "pull request open"}
    [pull] = fleet.lab.repo.pulls
    assert fleet.lab.repo.git("show", f"{pull.head}:README.md") == "one\ntwo\n3"


@github_only
def test_open_pull_request_of_a_repo_that_conflicts_now_is_counted(fleet: Fleet) -> None:
    second = fleet.add("acme/second")
    moved(fleet)
    fleet.publish(canary=1)
    write(fleet.made, {"README.md": "one\ntwo\nIII\n"})
    commit(fleet.made)
    fleet.push(fleet.lab.repo)

    assert states(fleet.publish(canary=1)) == {
        "acme/ranker": "conflicts",
        "acme/second": "waits for a later wave",
    }
    assert second.pulls == []


@github_only
@pytest.mark.parametrize("limit", ["--max", "--canary"])
def test_plan_tells_what_publishing_would_leave_for_later(fleet: Fleet, limit: str) -> None:
    fleet.add("acme/second")
    fleet.add("acme/third")
    moved(fleet)
    args = ("update", "--org", "acme", limit, "2", "--format", "json")

    planned = json.loads(command(fleet, *args, token=TOKEN)[1])["counts"]
    done = json.loads(command(fleet, *args, "--publish", token=TOKEN)[1])["counts"]

    assert planned == {"would be updated": 2, "waits for a later wave": 1}
    assert done == {"pull request open": 2, "waits for a later wave": 1}
    said = command(fleet, *args[:-2], token=TOKEN)[1]
    assert ": \n" not in said + "\n"


@github_only
def test_draft_offers_what_lands_and_shows_what_does_not(fleet: Fleet) -> None:
    write(fleet.made, {"README.md": "one\ntwo\nIII\n"})
    commit(fleet.made)
    fleet.push(fleet.lab.repo)
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n", "new.txt": "new\n"})
    assert states(fleet.publish()) == {"acme/ranker": "conflicts"}
    assert fleet.lab.repo.pulls == []

    home = fleet.remotes()
    asked = Asked("update", conflicts="keep-ours")
    with journal.opened(fleet.folder / "journal.jsonl", "run") as opened:
        chosen = home.listed([(Owner.ORG, "acme")], Filter())
        [found] = run(chosen, home, asked, opened, 1, home.act)

    [pull] = fleet.lab.repo.pulls
    assert (found.state, pull.draft) == (Standing.PULL_OPEN, True)
    assert (found.no, found.why) == (True, "pull request open; kept as they are: README.md")
    assert "+THREE" in pull.body
    assert fleet.lab.repo.git("show", f"{found.commit}:README.md") == "one\ntwo\nIII"
    assert fleet.lab.repo.git("show", f"{found.commit}:new.txt") == "new"


@github_only
def test_repo_without_a_record_is_adopted_by_one_pull_request(fleet: Fleet) -> None:
    write(fleet.made, {".cruft.json": None, "README.md": "# Churn Model\nchurn-model\none\ntwo\nthree\n"})
    files = "# {{cookiecutter.project_name}}\n{{cookiecutter.project_slug}}\none\ntwo\nTHREE\n"
    fleet.template.change({"README.md": files.replace("THREE", "three")})
    fleet.template.change({"README.md": files})
    shutil.rmtree(fleet.made / ".git")
    git(fleet.made, "init", "-q")
    commit(fleet.made)
    fleet.push(fleet.lab.repo)
    given = ("-a", "licence=MIT", "-a", "project_slug=churn-model")  # the repo is called otherwise
    args = ("update", "--org", "acme", "--adopt", "--template", str(fleet.template.root), *given)

    first = command(fleet, *args, "--publish", token=TOKEN)
    writes = len(fleet.lab.world.writes())
    second = command(fleet, *args, "--publish", token=TOKEN)

    assert (first[0], second[0]) == (0, 0), (first, second)
    [pull] = fleet.lab.repo.pulls
    assert pull.title.startswith("Adopt template template at ")
    assert "project_name = Churn Model" in pull.body
    assert fleet.lab.repo.git("diff", "--name-status", "main", pull.head) == "A\t.cruft.json\nM\tREADME.md"
    assert len(fleet.lab.world.writes()) == writes


@github_only
def test_without_the_scope_for_workflows_the_rest_goes_out_and_they_are_listed(fleet: Fleet) -> None:
    fleet.lab.world.scopes = ["repo"]
    fleet.template.change({"README.md": "new\n", ".github/workflows/ci.yml": "on: push\n"})

    found = command(fleet, "update", "--org", "acme", "--publish", token=TOKEN)

    assert found[0] == 0, found
    [pull] = fleet.lab.repo.pulls
    changed = fleet.lab.repo.git("diff", "--name-only", "main", pull.head)
    assert changed == "README.md", "the record stays too, so that the workflow is offered again"
    assert ".github/workflows/ci.yml" in pull.body


@github_only
def test_token_that_may_not_push_is_told_which_scope_it_lacks(fleet: Fleet) -> None:
    fleet.lab.world.scopes = ["gist"]
    moved(fleet)

    ran = command(fleet, "update", "--org", "acme", "--publish", token=TOKEN)

    assert ran[0] == 3
    assert "The token of robot lacks the scope repo or public_repo; it has gist." in ran[2]
    assert fleet.lab.world.writes() == []


def test_token_is_taken_out_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GH_TOKEN", TOKEN)

    forges.connect("github", None, tmp_path)

    assert TOKEN not in os.environ.values()


@github_only
def test_names_are_looked_up_and_typos_told(fleet: Fleet) -> None:
    home = fleet.remotes()
    named = [Selected("acme/ranker"), Selected("acme/rankr"), Selected("acme/ranker"), Selected("../x")]

    found = [
        (each.repo, str(each.state), each.why) for each in fleet_run(fleet, home, home.named(named, Filter()))
    ]

    assert [(name, state) for name, state, _ in found] == [
        ("acme/ranker", "in sync"),
        ("acme/rankr", "error"),
        ("acme/ranker", "skipped"),
        ("../x", "error"),
    ]
    assert "the forge shows no such repo" in found[1][2]
    assert found[2][2] == "named twice"
    assert "is not the full name of a repo" in found[3][2]


def fleet_run(fleet: Fleet, home: Remotes, selected: Iterable[Selected]) -> list[Outcome]:
    with journal.opened(fleet.folder / "journal.jsonl", "run") as opened:
        return list(run(selected, home, Asked("check"), opened, 1))


@github_only
def test_wrong_token_ends_the_run_at_once_and_keeps_the_journal(fleet: Fleet) -> None:
    fleet.add("acme/second")
    fleet.lab.world.faults += [
        Fault("graphql", status=404),
        Fault(on="GET .*/git/ref", status=401, skip=1),
    ]

    ran = command(fleet, "check", "--org", "acme", token=TOKEN)

    assert ran[0] == 3
    assert "the token is not, or no longer, accepted" in ran[2]
    assert "1 repo: 1 in sync" in ran[1]


@github_only
def test_command_line_goes_the_whole_way(fleet: Fleet) -> None:
    moved(fleet)

    planned = command(fleet, "update", "--org", "acme", token=TOKEN)
    assert planned[0] == 0, planned
    assert "It takes 3 writes to the forge" in planned[1]
    assert fleet.lab.world.writes() == []

    done = command(fleet, "update", "--org", "acme", "--publish", token=TOKEN)
    assert done[0] == 0, done
    assert "1 pull request open" in done[1]
    assert TOKEN not in "".join(map(str, done))
    assert "1 pull request open" in command(fleet, "status", "--org", "acme", token=TOKEN)[1]


@github_only
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            Fault(on="GET .*/orgs/", status=200, body=b"<html>", headers={"Content-Type": "text/html"}),
            "not with JSON",
        ),
        (Fault(on="GET .*/orgs/", status=404, body=b'{"message": "Not Found"}'), "Not Found"),
    ],
    ids=["a login page", "no such organisation"],
)
def test_forge_that_is_none_is_one_sentence(fleet: Fleet, fault: Fault, said: str) -> None:
    fleet.lab.world.faults.append(fault)

    ran = command(fleet, "check", "--org", "acme", token=TOKEN)

    assert (ran[0], said in ran[2]) == (3, True), ran


def command(fleet: Fleet, verb: str, *args: str, token: str) -> tuple[int, str, str]:
    ran = mlscaffold(
        "fleet", verb, *args, "--base-url", fleet.lab.server.origin, env={**os.environ, "GITHUB_TOKEN": token}
    )
    return ran.code, ran.out, ran.err


@github_only
@pytest.mark.parametrize("filters", [True, False], ids=["a server that filters", "one that does not"])
def test_check_fetches_only_the_contents_that_it_compares(fleet: Fleet, filters: bool) -> None:
    fleet.lab.repo.git("config", "uploadpack.allowFilter", str(filters).lower())
    write(
        fleet.made,
        {"README.md": "mine\ntwo\nthree\n", "a.bin": incompressible(200_000), "README.md.rej": "hunk\n"},
    )
    commit(fleet.made)
    fleet.push(fleet.lab.repo)
    moved(fleet)
    fleet.lab.world.log.clear()

    found = fleet.check()["acme/ranker"]

    assert (found.state, dict(found.files)) == (
        Standing.DIVERGED,
        {"README.md": "diverged", "README.md.rej": "leftover"},
    )
    [store] = (fleet.folder / "cache/fleet").glob("*/lean")
    big = fleet.lab.repo.git("rev-parse", "main:a.bin")
    assert git_shell.missing(store, [big]) == ((big,) if filters else ())
    fetches = [line for line in fleet.lab.world.log if line.startswith("POST") and "upload-pack" in line]
    most = 1 + 1 + 1 + 1  # what there is, the commit, what is always read, what differs
    assert len(fetches) <= most + filters, fetches


@github_only
def test_update_after_a_check_has_all_that_it_merges(fleet: Fleet) -> None:
    fleet.lab.repo.git("config", "uploadpack.allowFilter", "true")
    write(fleet.made, {"README.md": "ONE\ntwo\nthree\n"})
    commit(fleet.made)
    fleet.push(fleet.lab.repo)
    moved(fleet)
    checked = fleet.check()["acme/ranker"]
    assert checked.state is Standing.DIVERGED, checked

    found = fleet.publish()["acme/ranker"]

    assert found.state in (Standing.PULL_OPEN, Standing.CONFLICTS)


@github_only
def test_repos_are_fetched_side_by_side_and_answered_in_their_order(fleet: Fleet) -> None:
    names = [fleet.add(f"acme/r{number:02}").name for number in range(20)]
    moved(fleet)

    found = fleet.check()

    assert list(found) == ["acme/ranker", *names]
    assert set(states(found).values()) == {"behind"}


@github_only
def test_writes_are_kept_with_the_ids_that_the_forge_knows_them_by(fleet: Fleet) -> None:
    moved(fleet)

    first = fleet.publish()["acme/ranker"]

    [push, opened, labelled] = first.requests
    assert push == f"push {first.branch} new..{first.commit}"
    assert re.fullmatch(r"POST /repos/acme/ranker/pulls 201 [0-9A-F:]+", opened)
    assert re.fullmatch(r"POST /repos/acme/ranker/issues/1/labels 200 [0-9A-F:]+", labelled)
    with journal.opened(fleet.folder / "journal.jsonl", "run") as kept:
        assert kept.last("update")["acme/ranker"].requests == first.requests
    assert fleet.publish()["acme/ranker"].requests == ()


@github_only
def test_workflows_that_a_push_may_not_change_stay_out_and_the_rest_goes_out(fleet: Fleet) -> None:
    fleet.lab.world.scopes = None
    fleet.lab.world.refuse_workflows(fleet.lab.repo)
    fleet.add("acme/second")
    fleet.template.change({"README.md": "new\n", ".github/workflows/ci.yml": "on: push\n"})

    ran = command(fleet, "update", "--org", "acme", "--publish", "--max", "2", token=TOKEN)

    assert ran[0] == 0, ran
    assert "2 pull request open" in ran[1]
    [pull] = fleet.lab.repo.pulls
    assert fleet.lab.repo.git("diff", "--name-only", "main", pull.head) == "README.md"
    assert ".github/workflows/ci.yml" in pull.body.partition("Not in here")[2]
    fleet.lab.world.log.clear()
    assert command(fleet, "update", "--org", "acme", "--publish", token=TOKEN)[0] == 0
    assert [line for line in fleet.lab.world.writes() if "/pulls" in line] == []


@github_only
@pytest.mark.parametrize("limit", ["--max", "--canary"])
def test_update_that_may_not_be_pushed_holds_back_no_other(fleet: Fleet, limit: str) -> None:
    fleet.lab.world.scopes = None
    fleet.lab.world.refuse_workflows(fleet.lab.repo)
    fleet.template.change({"README.md": "new\n"})
    second = fleet.add("acme/second")
    write(fleet.made, {"README.md": "new\n"})
    commit(fleet.made)
    fleet.push(fleet.lab.repo)
    fleet.template.change({".github/workflows/ci.yml": "on: push\n"})
    home = fleet.remotes()
    home.waves = Waves(most=1) if limit == "--max" else Waves(canary=1)

    found = fleet.over("update", home, home.act)

    assert states(found) == {"acme/ranker": "left to a person", "acme/second": "pull request open"}
    assert (len(fleet.lab.repo.pulls), len(second.pulls)) == (0, 1)


@github_only
def test_open_pull_request_without_its_workflows_is_counted_from_the_beginning(fleet: Fleet) -> None:
    fleet.lab.world.scopes = None
    fleet.lab.world.refuse_workflows(fleet.lab.repo)
    second = fleet.add("acme/second")
    fleet.template.change({"README.md": "new\n", ".github/workflows/ci.yml": "on: push\n"})
    fleet.publish(canary=1)
    write(fleet.made, {".github/workflows/ci.yml": "on: push\n"})
    commit(fleet.made)
    fleet.push(second)

    assert states(fleet.publish(canary=1)) == {
        "acme/ranker": "pull request open",
        "acme/second": "waits for a later wave",
    }
    assert second.pulls == []


@github_only
def test_scope_that_a_list_needs_is_said(fleet: Fleet) -> None:
    told = {"X-Accepted-OAuth-Scopes": "admin:org, read:org", "X-OAuth-Scopes": "gist"}
    fleet.lab.world.faults.append(
        Fault(on="GET .*/orgs/", status=403, body=b'{"message": "Must have admin rights"}', headers=told)
    )

    ran = command(fleet, "check", "--org", "acme", token=TOKEN)

    assert ran[0] == 3
    assert "The token needs the scope admin:org or read:org; it has gist." in ran[2]


@github_only
def test_repo_that_was_renamed_meanwhile_is_named_with_its_new_name(fleet: Fleet) -> None:
    fleet.lab.world.faults.append(
        Fault(on="GET .*/repos/acme/old$", status=301, headers={"Location": "/api/v3/repositories/1"})
    )

    ran = command(fleet, "check", "--repo", "acme/old", "--repo", "acme/ranker", token=TOKEN)

    assert ran[0] == 3
    assert "acme/old  it was renamed to acme/ranker: use that name" in ran[1]
    assert "1 error, 1 in sync" in ran[1]


@github_only
@pytest.mark.parametrize(
    ("forge", "token", "said"),
    [
        (Fault(on="never"), "not-the-token", "the token is not, or no longer, accepted"),
        (
            Fault(on="GET", status=200, body=b"<html>", headers={"Content-Type": "text/html"}),
            TOKEN,
            "not with JSON",
        ),
        (Fault(on="/orgs/", status=404, body=b'{"message": "Not Found"}'), TOKEN, "Not Found"),
    ],
    ids=["a wrong token", "a login page", "no such organisation"],
)
def test_forge_that_gives_no_answer_leaves_the_journal_as_it_was(
    fleet: Fleet, forge: Fault, token: str, said: str
) -> None:
    kept = fleet.folder / "kept.jsonl"
    assert command(fleet, "check", "--org", "acme", "--journal", str(kept), token=TOKEN)[0] == 0
    before = kept.read_bytes()
    fleet.lab.world.faults.append(forge)

    ran = command(fleet, "check", "--org", "acme", "--journal", str(kept), token=token)

    assert (ran[0], said in ran[2]) == (3, True), ran
    assert kept.read_bytes() == before
    fleet.lab.world.faults.clear()
    assert (
        "1 in sync, 1 answered from the journal"
        in command(fleet, "check", "--org", "acme", "--journal", str(kept), token=TOKEN)[1]
    )


def test_token_of_gh_is_taken_where_the_environment_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "gh").write_text(
        f'#!/bin/sh\n[ "$*" = "auth token --hostname github.com" ] && echo {TOKEN}\n'
    )
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(UsageError, match="There is no token"):
        forges.connect("github", None, tmp_path)
    (tmp_path / "gh").chmod(0o755)

    assert forges.connect("github", None, tmp_path)[2].reveal() == TOKEN
    with pytest.raises(UsageError, match="There is no token"):
        forges.connect("github", "https://git.acme.invalid", tmp_path)


@pytest.mark.parametrize(
    ("event", "told", "runs"),
    [
        ("schedule", {}, True),
        ("pull_request_target", {"pull_request": {"head": {"repo": {"full_name": "eve/x"}}}}, False),
        ("pull_request_target", {"pull_request": {"head": {"repo": {"full_name": "acme/x"}}}}, True),
        ("pull_request_target", {"pull_request": {"head": {"repo": None}}}, False),
        ("workflow_run", {"workflow_run": {"head_repository": {"full_name": "eve/x"}}}, False),
        ("workflow_run", {"workflow_run": {"head_repository": {"full_name": "acme/x"}}}, True),
        ("workflow_run", {}, False),
    ],
)
def test_workflow_that_a_fork_sets_off_gets_no_fleet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, event: str, told: dict[str, object], runs: bool
) -> None:
    (tmp_path / "event.json").write_text(json.dumps({**told, "repository": {"full_name": "acme/x"}}))
    for name, value in {"NAME": event, "PATH": str(tmp_path / "event.json")}.items():
        monkeypatch.setenv(f"GITHUB_EVENT_{name}", value)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)

    if runs:
        forges.connect("github", None, tmp_path)
    else:
        with pytest.raises(UsageError, match="A fork's pull request set off this workflow"):
            forges.connect("github", None, tmp_path)


@github_only
@pytest.mark.parametrize("filters", [True, False], ids=["a server that filters", "one that does not"])
def test_update_fetches_only_the_contents_that_it_merges(fleet: Fleet, filters: bool) -> None:
    fleet.lab.repo.git("config", "uploadpack.allowFilter", str(filters).lower())
    write(
        fleet.made,
        {"README.md": "ONE\ntwo\nthree\n", "a.bin": incompressible(200_000), "src/x.py": "x = 1\n"},
    )
    commit(fleet.made)
    fleet.push(fleet.lab.repo)
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n", "new.md": "new\n"})

    found = fleet.publish()["acme/ranker"]

    assert found.state is Standing.PULL_OPEN, found
    [store] = (fleet.folder / "cache/fleet").glob("*/lean")
    big, other = (fleet.lab.repo.git("rev-parse", f"main:{path}") for path in ("a.bin", "src/x.py"))
    assert git_shell.missing(store, [big, other]) == ((big, other) if filters else ())
    changed = fleet.lab.repo.git("diff", "--name-only", "main", found.commit).splitlines()
    assert changed == [".cruft.json", "README.md", "new.md"]
    assert fleet.lab.repo.git("fsck", "--strict", "--no-dangling") == ""


@github_only
def test_repo_that_moves_while_it_is_fetched_is_looked_at_as_it_is_then(fleet: Fleet) -> None:
    home = fleet.remotes()
    [one] = home.listed([(Owner.ORG, "acme")], Filter())
    seen = home.head(one)
    write(fleet.made, {"README.md": "mine\n"})
    commit(fleet.made)
    fleet.push(fleet.lab.repo)

    assert home.repository(one, seen).head == fleet.lab.repo.head("main") != seen


def test_unchanged_repos_cost_one_request_for_all_where_the_forge_tells_them_at_once(fleet: Fleet) -> None:
    for number in range(3):
        fleet.add(f"acme/r{number}")
    fleet.lab.world.add("acme/void")
    first = states(fleet.check())
    fleet.lab.world.log.clear()

    again = fleet.check()

    assert states(again) == first
    assert first["acme/void"] == "skipped"
    _listing, *others = fleet.lab.world.log
    # GitHub tells four of the five; of the one without a commit the others' listings say that.
    assert len(others) == (2 if fleet.lab.platform == "github" else 4), others


@github_only
def test_list_that_ends_early_still_has_what_came_first_answered(fleet: Fleet) -> None:
    for number in range(3):
        fleet.add(f"acme/r{number}")
    fleet.lab.world.per_page = 2
    fleet.lab.world.faults.append(Fault("orgs/acme/repos.*page=2", status=401, times=9))

    ran = command(fleet, "check", "--org", "acme", token=TOKEN)

    assert ran[0] == 3, ran
    assert "2 repos: 2 in sync" in ran[1], ran


@github_only
@pytest.mark.parametrize("what", ["objects", "HEAD", "refs", "config"])
def test_cache_that_was_cleaned_in_part_is_made_anew(fleet: Fleet, what: str) -> None:
    moved(fleet)
    assert states(fleet.check()) == {"acme/ranker": "behind"}
    [store] = (fleet.folder / "cache/fleet").glob("*/lean")
    for path in [store / what, *(store / what).rglob("*")]:
        if path.is_file():
            path.write_bytes(b"")

    assert fleet.publish()["acme/ranker"].state is Standing.PULL_OPEN


def test_reviewer_whom_the_forge_does_not_know_is_told_and_all_else_is_done(fleet: Fleet) -> None:
    moved(fleet)
    home = fleet.remotes()
    asked = Asked("update", reviewers=("nobody",))
    with journal.opened(fleet.folder / "journal.jsonl", "run") as opened:
        chosen = home.listed([(Owner.ORG, "acme")], Filter())
        [found] = run(chosen, home, asked, opened, 1, home.act)

    [pull] = fleet.lab.repo.pulls
    assert (found.state, found.url != "", pull.labels) == (Standing.PULL_OPEN, True, ["mlscaffold"])
    assert found.why.startswith("pull request open: ")


@github_only
def test_cache_of_a_forge_that_is_down_stays_as_it_is(fleet: Fleet) -> None:
    moved(fleet)
    fleet.check()
    [store] = (fleet.folder / "cache/fleet").glob("*/lean")
    before = sorted(path.relative_to(store) for path in store.rglob("*"))
    write(fleet.made, {"own.py": "x = 1\n"})
    commit(fleet.made)
    fleet.push(fleet.lab.repo)
    fleet.lab.world.faults.append(Fault("git-upload-pack", status=503, times=99))

    assert states(fleet.check()) == {"acme/ranker": "error"}
    assert sorted(path.relative_to(store) for path in store.rglob("*")) == before
    assert sorted(path.name for path in store.parent.iterdir()) == ["lean", "lock"]
