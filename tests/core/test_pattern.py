"""A template's lines and paths as patterns: what they match, what they say of variables, when they are there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscaffold.core.paths import Places, path_pattern, stand_ins
from mlscaffold.core.pattern import LONGEST_LINE, Guard, Pattern, lines
from mlscaffold.core.variables import Variable, parse

VARIABLES = {
    "name": Variable("name", "x"),
    "package": Variable("package", "x"),
    "ci": Variable("ci", ["github", "gitlab", "none"], ("github", "gitlab", "none")),
    "docker": Variable("docker", "n", ("n", "y")),
    "deep": Variable("deep", True, ("True", "False")),
}


def only(text: str) -> Pattern:
    (line,) = lines(text, VARIABLES)
    return line


def guard(variable: str, *allowed: str) -> Guard:
    return Guard(variable, frozenset(allowed))


@pytest.mark.parametrize(
    ("text", "line", "values"),
    [
        ("name = '{{ cookiecutter.name }}'", "name = 'churn'", {"name": "churn"}),
        ("{{cookiecutter['name']}}/{{cookiecutter.package}}.py", "a b/c.py", {"name": "a b", "package": "c"}),
        ("{{ cookiecutter.name }} and {{ cookiecutter.name }}", "a and a", {"name": "a"}),
        ("{{ cookiecutter.name }} and {{ cookiecutter.name }}", "a and b", None),
        ("v = {{ cookiecutter.name | upper }}!", "v = X!", {}),
        ("a {{ cookiecutter.name }}", "a ", None),
        ("a {{ cookiecutter.name }} b", "a b", None),
        ("  plain  ", "plain", {}),
        ("plain", "plainer", None),
        ("x{# a remark #}y", "xy", {}),
        ("pip{% if cookiecutter.docker == 'y' %} -q{% endif %} install", "pip -q install", {}),
        ("pip{% if cookiecutter.docker == 'y' %} -q{% endif %} install", "pip install", {}),
    ],
)
def test_a_line_matches_what_it_could_become(text: str, line: str, values: dict[str, str] | None) -> None:
    assert only(text).match(line) == values


@pytest.mark.parametrize(
    ("condition", "guards"),
    [
        ("cookiecutter.ci == 'github'", (guard("ci", "github"),)),
        ("cookiecutter.ci != 'none'", (guard("ci", "github", "gitlab"),)),
        ("cookiecutter.ci in ['github', 'gitlab']", (guard("ci", "github", "gitlab"),)),
        ("cookiecutter.ci not in ['github']", (guard("ci", "gitlab", "none"),)),
        ("cookiecutter.ci == 'github' or cookiecutter.ci == 'gitlab'", (guard("ci", "github", "gitlab"),)),
        ("cookiecutter.ci == 'github' and cookiecutter.deep", (guard("ci", "github"), guard("deep", "True"))),
        ("not cookiecutter.deep", (guard("deep", "False"),)),
        ("cookiecutter.docker.lower() == 'y'", (guard("docker", "y"),)),
        ("cookiecutter.docker", (guard("docker", "n", "y"),)),
    ],
)
def test_a_condition_guards_its_lines(condition: str, guards: tuple[Guard, ...]) -> None:
    found = only(f"{{%- if {condition} %}}\nthere\n{{%- endif %}}\n")
    assert (found.literal, found.guards, found.certain) == ("there", guards, True)


@pytest.mark.parametrize("condition", ["cookiecutter.name", "ci", "cookiecutter.ci == other", "1 > 0"])
def test_what_is_not_understood_makes_a_line_uncertain(condition: str) -> None:
    assert not only(f"{{% if {condition} %}}there{{% endif %}}").certain


def test_else_is_what_the_branches_before_it_leave() -> None:
    text = "{% if cookiecutter.ci == 'github' %}a\n{% elif cookiecutter.ci == 'gitlab' %}b\n{% else %}c{% endif %}\nd"
    assert [line.guards for line in lines(text, VARIABLES)] == [
        (guard("ci", "github"),),
        (guard("ci", "gitlab"),),
        (guard("ci", "none"),),
        (),
    ]


def test_raw_and_copied_text_is_taken_as_it_is() -> None:
    assert only("{% raw %}${{ github.sha }}{% endraw %}").literal == "${{ github.sha }}"
    (line,) = lines("x = '{{ cookiecutter.name }}'", VARIABLES, copied=True)
    assert line.literal == "x = '{{ cookiecutter.name }}'"
    (line,) = lines("from package.base import x", VARIABLES, ["package"], copied=True)
    assert line.match("from churn.base import x") == {"package": "churn"}


@given(st.text(alphabet="{}%#- \ncookier.name'=if else raw", max_size=200))
def test_any_text_is_read(text: str) -> None:
    for line in lines(text, VARIABLES):
        line.match(text)


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_what_is_put_in_is_read_back(before: str, value: str) -> None:
    value = value.strip()
    if not value.isprintable() or not value or not before.isprintable() or {"{", "}"} & set(before):
        return
    found = lines(f"{before}: {{{{ cookiecutter.name }}}}", VARIABLES)
    assert found[0].match(f"{before}: {value}".strip()) == {"name": value}


def test_a_hostile_line_ends() -> None:
    pattern = only("a{{ cookiecutter.name }}a{{ cookiecutter.package }}a{{ cookiecutter.name | x }}ab")
    for _ in range(100):
        assert pattern.match("a" * LONGEST_LINE) is None
        assert pattern.match("a" * 10 * LONGEST_LINE + "b") is None


@pytest.mark.parametrize(
    ("raw", "path", "values"),
    [
        ("src/{{ cookiecutter.package }}/run.py", "src/churn/run.py", {"package": "churn"}),
        ("src/package/run.py", "src/churn/run.py", {"package": "churn"}),
        ("options/ci/github/.github/ci.yml", ".github/ci.yml", {}),
        ("{{cookiecutter.package}}/{{cookiecutter.package}}.py", "a/a.py", {"package": "a"}),
        ("{{cookiecutter.package}}/{{cookiecutter.package}}.py", "a/b.py", None),
        ("{% if cookiecutter.docker == 'y' %}Dockerfile{% endif %}", "Dockerfile", {}),
        ("src/{{ cookiecutter.package }}/run.py", "src/a/b/run.py", None),
    ],
)
def test_a_path_matches_what_it_could_become(raw: str, path: str, values: dict[str, str] | None) -> None:
    pattern = path_pattern(raw, VARIABLES)
    assert pattern is not None
    assert pattern.match(path) == values
    assert [found for _, found in Places(frozenset({path})).matches(pattern)] == (
        [] if values is None else [values]
    )


def test_a_folder_named_for_a_question_and_an_answer_holds_what_that_answer_brings() -> None:
    pattern = path_pattern("options/ci/github/options/docker/y/Dockerfile", VARIABLES)
    assert pattern is not None
    assert pattern.guards == (guard("ci", "github"), guard("docker", "y"))
    assert pattern.match("Dockerfile") == {}


def test_parts_of_a_package_are_no_packages() -> None:
    pattern = path_pattern("src/{{ cookiecutter.package }}/__init__.py", VARIABLES)
    assert pattern is not None
    nested = Places(frozenset({"src/__init__.py", "src/data/__init__.py"}))
    assert list(nested.matches(pattern)) == []


def test_stand_ins_are_folders_that_are_called_as_a_variable() -> None:
    assert stand_ins(["src/package/run.py", "ci/x.py", "name"], VARIABLES) == {"package"}


def test_variables_are_the_public_questions_with_what_they_can_be() -> None:
    found = parse(
        b'{"a": "x", "b": ["p", "q"], "c": true, "d": "y", "_e": 1, "f": {"g": 1}, "h": ["{{ x }}", "z"]}'
    )
    assert {name: variable.choices for name, variable in found.items()} == {
        "a": (),
        "b": ("p", "q"),
        "c": ("True", "False"),
        "d": ("y", "n"),
        "h": (),
    }
    assert parse(b"[1") == {}
