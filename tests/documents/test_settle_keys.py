"""What the `keys` rule writes into a project's file, byte for byte, and what it says when it cannot."""

from textwrap import dedent

import pytest

from mlscaffold.core.demand import Problem
from mlscaffold.documents.formats import Format, format_of
from mlscaffold.documents.keyed import Settled, settle_keys
from tests.documents.second_opinion import loaded


def settled(kind: Format, ours: str, theirs: str, keys: list[str], forbidden: list[str]) -> Settled:
    mine, its = (dedent(side).lstrip("\n").encode() for side in (ours, theirs))
    result = settle_keys(mine, its, keys, forbidden, kind)
    again = settle_keys(result.content, its, keys, forbidden, kind)
    assert (again.content, again.differing) == (result.content, ()), "settling twice is settling once"
    loaded(result.content, kind)
    return result


PYPROJECT = """
    [build-system]
    requires = ["hatchling"]   # the small one

    [project]
    name = 'weather'
    dependencies = [
        "numpy>=1.26",   # arrays
        "requests",
    ]

    [tool.ruff]
    # agreed in March
    line-length=88  # narrow screens
    target-version = 'py310'

    [tool.black]
    line-length = 88

    [[tool.mypy.overrides]]
    module = "numpy.*"
    ignore_missing_imports = false

    [[tool.mypy.overrides]]
    module = "mine.*"
    ignore_errors = true
"""

TEMPLATE = """
    [project]
    name = "template"
    requires-python = ">=3.11"
    dependencies = ["numpy>=2.0", "typer>=0.12"]

    [tool.ruff]
    line-length = 110
    target-version = "py311"

    [tool.ruff.lint]
    select = ["E", "F"]
    ignore = ["E501"]

    [[tool.mypy.overrides]]
    module = "numpy.*"
    ignore_missing_imports = true
"""


@pytest.mark.parametrize(
    ("keys", "forbidden", "changes", "differing"),
    [
        pytest.param(
            ["tool.ruff.line-length", "tool.ruff.target-version"],
            [],
            [("line-length=88  #", "line-length=110  #"), ("'py310'", "'py311'")],
            ("tool.ruff.line-length", "tool.ruff.target-version"),
            id="values, in the project's spacing and quotes",
        ),
        pytest.param(
            ["project.requires-python"],
            [],
            [("name = 'weather'\n", "name = 'weather'\nrequires-python = \">=3.11\"\n")],
            ("project.requires-python",),
            id="a key that is missing, next to its neighbour",
        ),
        pytest.param(
            ["tool.ruff.lint.select"],
            [],
            [("'py310'\n", "'py310'\n\n[tool.ruff.lint]\nselect = [\"E\", \"F\"]\n")],
            ("tool.ruff.lint.select",),
            id="a key of a table that is missing, without that table's other keys",
        ),
        pytest.param(
            ["project.dependencies[=numpy]"],
            [],
            [('"numpy>=1.26",   # arrays', '"numpy>=2.0",   # arrays')],
            ("project.dependencies[=numpy]",),
            id="one requirement",
        ),
        pytest.param(
            ["project.dependencies[*]"],
            [],
            [('"numpy>=1.26",   # arrays\n', '"numpy>=2.0",   # arrays\n    "typer>=0.12",\n')],
            ("project.dependencies[=numpy]", "project.dependencies[=typer]"),
            id="all the template's requirements, and the project's own stay",
        ),
        pytest.param(
            ["tool.mypy.overrides[module=numpy.*].ignore_missing_imports"],
            [],
            [("ignore_missing_imports = false", "ignore_missing_imports = true")],
            ("tool.mypy.overrides[module=numpy.*].ignore_missing_imports",),
            id="a table of an array of tables",
        ),
        pytest.param([], ["tool.black"], [("[tool.black]\nline-length = 88\n\n", "")], ("tool.black",), id="forbidden table"),
        pytest.param(
            [],
            ["tool.mypy.overrides[*].ignore_errors", "project.dependencies[=requests]"],
            [("ignore_errors = true\n", ""), ('    "requests",\n', "")],
            ("project.dependencies[=requests]", "tool.mypy.overrides[module=mine.*].ignore_errors"),
            id="forbidden keys of items, and a forbidden item",
        ),
        pytest.param(["project.name"], ["tool.isort"], [("'weather'", "'template'")], ("project.name",), id="forbidden and not there"),
    ],
)  # fmt: skip
def test_the_keys_are_the_templates_and_the_rest_is_the_projects(
    keys: list[str], forbidden: list[str], changes: list[tuple[str, str]], differing: tuple[str, ...]
) -> None:
    expected = dedent(PYPROJECT).lstrip("\n")
    for was, now in changes:
        assert expected.count(was) == 1
        expected = expected.replace(was, now)
    result = settled(Format.TOML, PYPROJECT, TEMPLATE, keys, forbidden)
    assert result.content.decode() == expected
    assert (result.differing, result.problems) == (differing, ())


def test_the_revision_of_one_hook_is_pinned_and_nothing_else() -> None:
    ours = """
        repos:
        -   repo: https://github.com/astral-sh/ruff-pre-commit
            rev: "v0.3.0"    # keep
            hooks:
            -   id: ruff
                args: [ --fix ]
        -   repo: https://github.com/mine/mine
            rev: v1
            hooks: [{id: mine}]
    """
    theirs = """
        repos:
          - repo: https://github.com/astral-sh/ruff-pre-commit
            rev: 'v0.6.0'
            hooks:
              - id: ruff
          - repo: https://github.com/other/other
            rev: v2
            hooks: [{id: other}]
    """
    key = "repos[repo=https://github.com/astral-sh/ruff-pre-commit].rev"
    result = settled(Format.YAML, ours, theirs, [key], [])
    assert result.content.decode() == dedent(ours).lstrip("\n").replace("v0.3.0", "v0.6.0")
    assert (result.differing, result.problems) == ((key,), ())
    every = settled(Format.YAML, ours, theirs, ["repos[*].rev"], [])
    assert every.content == result.content, (
        "an item that only the template has is not required by one of its keys"
    )
    whole = settled(Format.YAML, ours, theirs, ["repos[repo=https://github.com/other/other]"], [])
    new = "-   repo: https://github.com/other/other\n    rev: v2\n    hooks: [{id: other}]\n"
    assert whole.content.decode().replace(new, "") == dedent(ours).lstrip("\n")
    assert new in whole.content.decode()
    assert whole.problems == ()


def test_json_keys_are_written_in_the_projects_indentation() -> None:
    ours = '{\n\t"name": "x",\n\t"scripts": {\n\t\t"test": "jest"\n\t},\n\t"husky": {}\n}'
    theirs = '{\n  "scripts": {\n    "lint": "eslint",\n    "fix": "eslint --fix"\n  },\n  "engines": {\n    "node": ">=20"\n  }\n}\n'
    result = settle_keys(ours.encode(), theirs.encode(), ["scripts.lint", "engines"], ["husky"], Format.JSON)
    assert result.content.decode() == (
        '{\n\t"name": "x",\n\t"scripts": {\n\t\t"test": "jest",\n\t\t"lint": "eslint"\n\t},\n'
        '\t"engines": {\n\t\t"node": ">=20"\n\t}\n}'
    )
    assert result.differing == ("scripts.lint", "engines", "husky")


@pytest.mark.parametrize(
    ("kind", "ours", "theirs", "keys", "expected"),
    [
        pytest.param(Format.TOML, "a.b = 1\na.c = 2\n", "[a]\nb = 3\nd = 4\n", ["a.b", "a.d"], "a.b = 3\na.d = 4\na.c = 2\n", id="dotted keys"),
        pytest.param(Format.TOML, "a = {b = 1, c = 2}  # x\n", "[a]\nb = 3\nd = 4\n", ["a.b", "a.d"], "a = {b = 3, d = 4, c = 2}  # x\n", id="inline table"),
        pytest.param(Format.TOML, "a = {}\n", "[a]\nb = [\n  1,\n]\n", ["a.b"], "a = {b = [\n  1,\n]}\n", id="a list of many lines for empty braces"),
        pytest.param(Format.TOML, "a = {b = 1, c = 2}\n", "[a.b]\nd = 3\n", ["a.b"], "a = {b = {d = 3}, c = 2}\n", id="a table for a value in braces"),
        pytest.param(Format.TOML, "[a.x]\ny = 1\n", "[a]\nb = 3\n", ["a.b"], "[a]\nb = 3\n\n[a.x]\ny = 1\n", id="a table that only has tables"),
        pytest.param(Format.TOML, "[a]\nx = 1\n[b]\n[a.c]\ny = 1\n", "[a.c]\ny = 2\nz = 3\n", ["a.c"], "[a]\nx = 1\n[b]\n[a.c]\ny = 2\nz = 3\n", id="tables out of order"),
        pytest.param(Format.TOML, '[project]\nlicense = {text = "MIT"}\nname = "x"\n', '[project]\nlicense = "MIT"\n', ["project.license"], '[project]\nlicense = "MIT"\nname = "x"\n', id="a value for a table in braces"),
        pytest.param(Format.TOML, 'x = 1\n\n[l]\nt = "MIT"\n\n[m]\n', 'l = "MIT"\n', ["l"], 'x = 1\nl = "MIT"\n\n[m]\n', id="a value for a table"),
        pytest.param(Format.TOML, '"a.b" = 1\n', '"a.b" = 2\n', ['"a.b"'], '"a.b" = 2\n', id="a key with a dot"),
        pytest.param(Format.TOML, "[[a]]\nname = 'x'\n", "[[a]]\nname = 'x'\n[[a]]\nname = 'y'\nv = 1\n", ["a[*]"], "[[a]]\nname = 'x'\n\n[[a]]\nname = 'y'\nv = 1\n", id="a new table of an array"),
        pytest.param(Format.TOML, "", "[a]\nb = 1\n", ["a"], "[a]\nb = 1\n", id="an empty file"),
        pytest.param(Format.TOML, 's = """\none\n"""\n', 's = """\ntwo\n  three\n"""\n', ["s"], 's = """\ntwo\n  three\n"""\n', id="text of many lines"),
        pytest.param(Format.YAML, "", "a:\n  b: 1\n", ["a"], "a:\n  b: 1\n", id="an empty YAML file"),
        pytest.param(Format.YAML, "# mine\n", "a:\n  b: 1\n", ["a.b"], "# mine\na:\n  b: 1\n", id="only a comment"),
        pytest.param(Format.YAML, "a:\n", "a: 1\n", ["a"], "a: 1\n", id="a key without a value"),
        pytest.param(Format.YAML, "a: [x]\n", "a:\n  - x\n  - y, z\n", ["a"], 'a: [x, "y, z"]\n', id="an item for brackets"),
        pytest.param(Format.YAML, "run: one  # c\nb: 1\n", "run: |\n    two\n    three\n", ["run"], "run: |\n    two\n    three\nb: 1\n", id="a block for a word"),
        pytest.param(Format.YAML, "run: >-\n  one\n  two\n\nb: 1\n", "run: x\n", ["run"], "run: x\n\nb: 1\n", id="a word for a block"),
        pytest.param(Format.YAML, "- a: 1\n  b: 2\n", "- a: 1\n  b: 3\n", ["x"], "- a: 1\n  b: 2\n", id="a list at the top"),
        pytest.param(Format.YAML, "<<: &m {x: 1}\na: 1\n", "a: 2\n", ["a"], "<<: &m {x: 1}\na: 2\n", id="a merge key stays"),
        pytest.param(Format.YAML, "on: push\nyes: 1\n", "on: [push]\n", ["on"], "on: [push]\nyes: 1\n", id="on is a word"),
        pytest.param(Format.YAML, "v: 3.1\n", "v: '3.1'\n", ["v"], "v: '3.1'\n", id="a number is not its text"),
    ],
)  # fmt: skip
def test_every_way_to_write_it(kind: Format, ours: str, theirs: str, keys: list[str], expected: str) -> None:
    result = settled(kind, ours, theirs, keys, [])
    assert result.content.decode() == expected
    assert [problem.path for problem in result.problems] == (["x"] if keys == ["x"] else [])


@pytest.mark.parametrize(
    ("kind", "ours", "forbidden", "expected"),
    [
        pytest.param(
            Format.YAML, "a:\n  b: 1\nc: 2\n", ["a.b"], "a: {}\nc: 2\n", id="the only key of a block"
        ),
        pytest.param(Format.YAML, "a:\n- b\n", ["a[=b]"], "a: []\n", id="the only item of a block"),
        pytest.param(Format.YAML, "- a: 1\n  b: 2\n", ["[*].a"], "- b: 2\n", id="of a list at the top"),
        pytest.param(
            Format.YAML, "l:\n- a: 1\n  b: 2\n", ["l[*].a"], "l:\n- b: 2\n", id="the key beside the dash"
        ),
        pytest.param(
            Format.YAML,
            "a: 1\n\n# b's\nb: 2\n\nc: 3\n",
            ["b"],
            "a: 1\n\nc: 3\n",
            id="with its comment and gap",
        ),
        pytest.param(Format.YAML, "a: {b: 1, c: 2}\n", ["a.c"], "a: {b: 1}\n", id="in braces"),
        pytest.param(Format.YAML, "a: 1\nb: 2", ["b"], "a: 1", id="the last line without an end"),
        pytest.param(
            Format.TOML,
            "[a.b]\nc = 1\n",
            ["a.b"],
            "",
            id="the only table of a table that is written nowhere else",
        ),
        pytest.param(Format.TOML, "[a]\n[a.b]\nc = 1\n", ["a.b"], "[a]\n", id="the only table of a table"),
        pytest.param(
            Format.TOML, "[x]\n\n[t.a.b]\nc = 1\n\n[z]\n", ["t.a.b"], "[x]\n\n[z]\n", id="of two such tables"
        ),
        pytest.param(Format.TOML, "[t.a]\nc = 1\n\n[t.b]\n", ["t.a"], "[t.b]\n", id="one of two tables"),
        pytest.param(Format.TOML, "x = 1\na.b = 1\n", ["a.b"], "x = 1\n", id="the only dotted key"),
        pytest.param(
            Format.TOML, 'a = [\n  "b",\n  "c"  # x\n]\n', ["a[=c]"], 'a = [\n  "b"\n]\n', id="the last item"
        ),
        pytest.param(Format.TOML, "[a]\nb = 1\n\n[c]\n\n[a.d]\n", ["a"], "[c]\n", id="a table in two places"),
        pytest.param(Format.JSON, '{"a": 1, "b": 2}', ["b"], '{"a": 1}', id="the last JSON key"),
        pytest.param(Format.JSON, '{\n  "a": 1,\n  "b": 2\n}\n', ["a", "b"], "{}\n", id="every JSON key"),
    ],
)
def test_forbidden_keys_go_and_leave_no_hole(
    kind: Format, ours: str, forbidden: list[str], expected: str
) -> None:
    theirs = "" if kind is Format.TOML else "{}"
    assert settle_keys(ours.encode(), theirs.encode(), [], forbidden, kind).content.decode() == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "keys", "problem"),
    [
        ("a = 1\n", "b = 1\n", ["c.d"], Problem("c.d", "neither the project nor the template has it")),
        ("a = 1\n", "a = 2\n", ["a."], Problem("a.", "a key is missing at the end")),
        ("a = 1\n", "a = 2\n", ["[x]"], Problem("[x]", "“[x]” is neither a key, a dot nor a [selection]")),
        ("a = 1\n", "[a]\nb = 2\n", ["a.b"], Problem("a.b", "the project's a is of another kind than the template's")),
        ("a = [1, 1]\n", "a = [1]\n", ["a[*]"], Problem("a", "its items cannot be told apart")),
        ("a = 1\nb = \n", "a = 2\n", ["a"], Problem("", "the project's file: it is no valid TOML: Invalid value", 2)),
        ("a = 1\n", "a = 1\n\n[", ["a"], Problem("", "the template's file: it is no valid TOML: Invalid initial character for a key part", 3)),
    ],
)  # fmt: skip
def test_demands_that_cannot_be_met_are_values(
    ours: str, theirs: str, keys: list[str], problem: Problem
) -> None:
    assert settle_keys(ours.encode(), theirs.encode(), keys, [], Format.TOML) == Settled(
        ours.encode(), (), (problem,)
    )


def test_a_key_that_only_the_project_has_is_its_own() -> None:
    assert settle_keys(b"a = 1\n", b"", ["a"], [], Format.TOML) == Settled(b"a = 1\n", (), ())


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("pyproject.toml", Format.TOML),
        (".github/workflows/ci.yml", Format.YAML),
        (".pre-commit-config.yaml", Format.YAML),
        (".cruft.json", Format.JSON),
        ("Pipfile", Format.TOML),
        ("README.md", None),
        ("toml", None),
    ],
)
def test_the_format_is_known_by_the_name(path: str, kind: Format | None) -> None:
    assert format_of(path) is kind
