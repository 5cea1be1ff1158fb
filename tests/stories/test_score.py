"""One number for each of many repos: where to begin."""

from pathlib import Path

from tests.adopting.legacy import DATA_SCIENCE, NUMBERED
from tests.worlds import commit, git, mlscaffold, new, template, write

FILES = {
    "README.md": "# {{cookiecutter.project_name}}\none\ntwo\n",
    "app.py": "a = 1\nb = 2\nc = 3\n",
    "Makefile": "x:\n",
}


def test_repos_are_sorted_by_how_near_they_are_and_none_is_touched(tmp_path: Path) -> None:
    made = template(tmp_path / "template", FILES)
    recorded = new(made, tmp_path)
    lost = new(made, tmp_path / "lost")
    git(lost, "rm", "-q", ".cruft.json")
    write(lost, {"app.py": "a = 1\nb = 2\nd = 4\n"})
    commit(lost)
    old = NUMBERED.made(tmp_path)
    plain = tmp_path / "plain"
    plain.mkdir()
    ran = mlscaffold("score", old, plain, lost, recorded, "-t", made.root)
    assert ran.code == 3
    lines = [line.split() for line in ran.out.splitlines()]
    assert [line[1] for line in lines] == [str(recorded), str(lost), str(old), str(plain)]
    assert lines[0][0] == "100"
    assert 50 < int(lines[1][0]) < 100
    assert int(lines[2][0]) < 50
    assert lines[3][0] == "-"
    assert git(lost, "status", "--porcelain") == ""


def test_the_score_is_that_of_the_plan(tmp_path: Path) -> None:
    root = DATA_SCIENCE.made(tmp_path)
    score = mlscaffold("score", root).out.split()[0]
    assert f"score: {score} of 100" in mlscaffold("adopt", "-p", root, "--plan").out
