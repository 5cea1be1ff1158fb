"""What a repo's own files say, weighed into answers."""

import pytest

from mlscaffold.core.answers import Evidence, infer
from mlscaffold.core.likeness import alike, code_suffix, fit, patterns_of, text_of
from mlscaffold.core.pattern import lines
from mlscaffold.core.signs import evidence, facts, template_address
from mlscaffold.core.variables import Variable


def said(files: dict[str, str], *paths: str) -> dict[str, str]:
    """Return the strongest fact of each kind."""
    found = facts({path: text.encode() for path, text in files.items()}, frozenset({*files, *paths}))
    return {what: value for what, value, _, _ in sorted(found, key=lambda fact: fact[2])}


@pytest.mark.parametrize(
    ("files", "what", "value"),
    [
        ({"pyproject.toml": '[project]\nname = "churn"'}, "name", "churn"),
        ({"pyproject.toml": '[tool.poetry]\nname = "churn"\nauthors = ["Kim <k@x.org>"]'}, "author", "Kim"),
        ({"pyproject.toml": '[project]\nauthors = [{ name = "Kim", email = "k@x.org" }]'}, "email", "k@x.org"),
        ({"setup.py": "from setuptools import setup\nsetup(name='churn', version='1.2')"}, "version", "1.2"),
        ({"setup.py": "import setuptools\nsetuptools.setup(description='What it does')"}, "description", "What it does"),
        ({"setup.cfg": "[metadata]\nname = churn\nlicense = MIT License\n"}, "licence", "mit"),
        ({"README.md": "\n# Churn model\n\ntext"}, "title", "Churn model"),
        ({"README.rst": "Churn model\n===========\n"}, "title", "Churn model"),
        ({"LICENSE": "Apache License\n  Version 2.0, January 2004"}, "licence", "apache"),
        ({".python-version": "3.12.1\n"}, "python", "3.12"),
        ({"Dockerfile": "FROM docker.io/library/python:3.11-slim\n"}, "python", "3.11"),
        ({".copier-answers.yml": "team: 'Core'\n"}, "team", "Core"),
    ],
)  # fmt: skip
def test_a_file_says_a_fact(files: dict[str, str], what: str, value: str) -> None:
    assert said(files)[what] == value


@pytest.mark.parametrize(
    ("path", "ci"),
    [
        (".github/workflows/x.yml", "github"),
        (".gitlab-ci.yml", "gitlab"),
        (".circleci/config.yml", "circleci"),
    ],
)
def test_ci_files_say_which_ci(path: str, ci: str) -> None:
    assert said({}, path)["ci"] == ci


def test_a_name_that_every_repo_of_a_layout_has_names_nothing() -> None:
    assert "name" not in said({"setup.py": "setup(name='src')"})


def test_parts_of_a_src_that_is_a_package_are_no_packages() -> None:
    assert said({}, "src/churn/__init__.py")["package"] == "churn"
    assert "package" not in said({}, "src/__init__.py", "src/data/__init__.py")


def test_facts_are_said_in_the_words_of_the_template() -> None:
    variables = {
        "repo_name": Variable("repo_name", ""),
        "open_source_license": Variable("open_source_license", [], ("MIT", "BSD-3-Clause", "Apache-2.0")),
    }
    found = evidence([("name", "churn", 1.0, "here"), ("licence", "apache", 1.0, "LICENSE")], variables)
    assert [(sign.variable, sign.value) for sign in found] == [
        ("repo_name", "churn"),
        ("open_source_license", "Apache-2.0"),
    ]


def test_a_hostile_readme_ends() -> None:
    text = b"https://" + b"template" * 30_000
    assert (
        template_address({"README.md": text, ".copier-answers.yml": b"a: x" + b" " * 250_000 + b"y"}) is None
    )


VARIABLE = {"x": Variable("x", "")}


def test_evidence_adds_up_and_rivals_make_doubt() -> None:
    one, other = Evidence("x", "a", 1.0, "here"), Evidence("x", "b", 0.9, "there")
    alone = infer(VARIABLE, [one], {})["x"]
    assert (alone.value, alone.sure, alone.rivals, alone.evidence) == ("a", True, (), ("here",))
    torn = infer(VARIABLE, [one, other], {})["x"]
    assert (torn.value, torn.sure, torn.rivals) == ("a", False, ("b",))
    assert infer(VARIABLE, [one, one, one, other], {})["x"].rivals == ()
    assert infer(VARIABLE, [one, other], {"x": "c"})["x"].value == "c"
    assert infer(VARIABLE, [Evidence("x", "a", -1.0, "not here")], {})["x"].value is None


def test_a_value_that_is_no_choice_is_no_evidence() -> None:
    variables = {"x": Variable("x", ["a"], ("a", "b"))}
    assert infer(variables, [Evidence("x", "z", 1.0, "here")], {})["x"].value is None


def test_texts_are_alike_by_the_lines_that_they_share() -> None:
    one, other = text_of(b"a\nb\nc\n"), text_of(b"c\n  b\n\nd\n")
    assert one is not None
    assert other is not None
    assert alike(one, other) == pytest.approx(2 / 3)
    assert alike(one, one) == 1
    assert text_of(b"a\0b") is None


def test_a_rendering_fits_its_template_and_an_edited_one_less() -> None:
    variables = {"name": Variable("name", ""), "ci": Variable("ci", [], ("a", "b"))}
    template = patterns_of(
        lines(
            "# {{ cookiecutter.name }}\none\ntwo\n{% if cookiecutter.ci == 'a' %}three{% endif %}\n",
            variables,
        )
    )
    with_three, without, edited = (
        text_of(text) for text in (b"# x\none\ntwo\nthree\n", b"# x\none\ntwo\n", b"# x\none\nzwei\n")
    )
    assert with_three is not None
    assert without is not None
    assert edited is not None
    assert fit(template, with_three) == fit(template, without) == 1
    assert 0 < fit(template, edited) < 1


def test_what_most_of_the_code_is_in() -> None:
    assert code_suffix(["a.py", "b/c.py", "d.md", "e.md", "f.md"]) == (".py", ".ipynb")
    assert code_suffix(["main.go", ".gitignore", "go.mod"])[0] == ".go"
    assert code_suffix(["README.md", "Makefile"]) == ()
