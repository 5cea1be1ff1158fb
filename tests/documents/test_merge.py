"""What a merge by key makes of the files that templates and projects share, byte for byte."""

from textwrap import dedent

import pytest

from mlscaffold.core.keyed import Pending
from mlscaffold.documents.formats import Format
from mlscaffold.documents.keyed import KeyedMerge, NotMerged, merge
from tests.documents.second_opinion import loaded


def merged(kind: Format, base: str | None, ours: str, theirs: str) -> KeyedMerge:
    sides = [None if side is None else dedent(side).lstrip("\n").encode() for side in (base, ours, theirs)]
    assert sides[1] is not None
    assert sides[2] is not None
    result = merge(sides[0], sides[1], sides[2], kind)
    assert isinstance(result, KeyedMerge), result
    loaded(result.merged, kind)
    return result


def shown(result: KeyedMerge) -> str:
    return result.merged.decode()


def text(content: str) -> str:
    return dedent(content).lstrip("\n")


def test_a_pyproject_keeps_the_projects_comments_and_order_and_takes_what_is_new() -> None:
    result = merged(
        Format.TOML,
        """
        [project]
        name = "weather"
        requires-python = ">=3.10"
        dependencies = [
            "numpy>=1.26",
            "torch>=2.2",
        ]

        [project.optional-dependencies]
        dev = ["pytest>=7", "ruff>=0.4"]

        [tool.ruff]
        line-length = 100

        [tool.ruff.lint]
        select = ["E", "F", "I"]
        """,
        """
        [project]
        name = "weather"
        description = 'Rain, mostly'   # for the index
        requires-python = ">=3.10"
        dependencies = [
            # numbers
            "numpy>=1.26",  # arrays
            "torch>=2.2",
            "xarray",       # grids
        ]

        [project.optional-dependencies]
        dev = ["pytest>=7", "ruff>=0.4"]

        # a wide screen
        [tool.ruff]
        line-length = 120   # agreed in March

        [tool.ruff.lint]
        select = ["E", "F", "I", "D"]

        [tool.weather]
        station = "Kyoto"
        """,
        """
        [project]
        name = "weather"
        requires-python = ">=3.11"
        dependencies = [
            "numpy>=2.0",
            "torch>=2.2",
            "typer>=0.12",
        ]

        [project.optional-dependencies]
        dev = ["mypy>=1.10", "pytest>=8", "ruff>=0.4"]

        [tool.ruff]
        line-length = 100
        target-version = "py311"

        [tool.ruff.lint]
        select = ["E", "F", "I", "UP"]
        # tests may assert
        per-file-ignores = { "tests/*" = ["S101"] }

        # every function has types
        [tool.mypy]
        strict = true
        """,
    )
    assert shown(result) == text(
        """
        [project]
        name = "weather"
        description = 'Rain, mostly'   # for the index
        requires-python = ">=3.11"
        dependencies = [
            # numbers
            "numpy>=2.0",  # arrays
            "torch>=2.2",
            "typer>=0.12",
            "xarray",       # grids
        ]

        [project.optional-dependencies]
        dev = ["mypy>=1.10", "pytest>=8", "ruff>=0.4"]

        # a wide screen
        [tool.ruff]
        line-length = 120   # agreed in March
        target-version = "py311"

        [tool.ruff.lint]
        select = ["E", "F", "I", "UP", "D"]
        # tests may assert
        per-file-ignores = { "tests/*" = ["S101"] }

        # every function has types
        [tool.mypy]
        strict = true

        [tool.weather]
        station = "Kyoto"
        """
    )
    assert (result.pending, result.pins) == ((), ())


def test_a_pre_commit_config_takes_the_higher_pins_and_the_new_hooks() -> None:
    result = merged(
        Format.YAML,
        """
        repos:
          - repo: https://github.com/astral-sh/ruff-pre-commit
            rev: v0.4.1
            hooks:
              - id: ruff
          - repo: https://github.com/pre-commit/pre-commit-hooks
            rev: v4.5.0
            hooks:
              - id: end-of-file-fixer
              - id: trailing-whitespace
        """,
        """
        # ours since 2023
        repos:
          - repo: https://github.com/pre-commit/pre-commit-hooks
            rev: v4.6.0  # tried
            hooks:
              - id: trailing-whitespace
                exclude: ^data/
          - repo: https://github.com/astral-sh/ruff-pre-commit
            rev: 'v0.4.9'
            hooks:
              - id: ruff
                args: [--fix]

          - repo: local
            hooks:
              - id: station
                name: check the station
                entry: python station.py
                language: system
        """,
        """
        repos:
          - repo: https://github.com/astral-sh/ruff-pre-commit
            rev: v0.6.0
            hooks:
              - id: ruff
              - id: ruff-format
          - repo: https://github.com/pre-commit/pre-commit-hooks
            rev: v4.5.0
            hooks:
              - id: end-of-file-fixer
              - id: trailing-whitespace
              # keep the repo small
              - id: check-added-large-files
                args: [--maxkb=500]
        """,
    )
    assert shown(result) == text(
        """
        # ours since 2023
        repos:
          - repo: https://github.com/pre-commit/pre-commit-hooks
            rev: v4.6.0  # tried
            hooks:
              - id: trailing-whitespace
                exclude: ^data/
              # keep the repo small
              - id: check-added-large-files
                args: [--maxkb=500]
          - repo: https://github.com/astral-sh/ruff-pre-commit
            rev: v0.6.0
            hooks:
              - id: ruff
                args: [--fix]
              - id: ruff-format

          - repo: local
            hooks:
              - id: station
                name: check the station
                entry: python station.py
                language: system
        """
    )
    assert result.pending == ()
    (pin,) = result.pins
    assert pin.path == "repos[repo=https://github.com/astral-sh/ruff-pre-commit].rev"
    assert (pin.ours, pin.theirs, pin.chosen) == ("v0.4.9", "v0.6.0", "v0.6.0")
    assert pin.why == "both sides raised it from v0.4.1, and this is the higher"


def test_a_workflow_takes_new_jobs_and_steps_and_leaves_open_what_both_changed() -> None:
    result = merged(
        Format.YAML,
        """
        name: CI
        on:
          push:
            branches: [main]
        jobs:
          test:
            runs-on: ubuntu-20.04
            timeout-minutes: 10
            steps:
              - uses: actions/checkout@v3
              - name: Python
                uses: actions/setup-python@v4
                with:
                  python-version: "3.10"
              - run: make test
        """,
        """
        name: CI
        on:
          push:
            branches: [main, release]   # both are protected
        jobs:
          test:
            runs-on: [self-hosted, gpu]
            timeout-minutes: 45
            steps:
              - uses: actions/checkout@v3
                with:
                  lfs: true
              - name: Python
                uses: actions/setup-python@v4
                with:
                  python-version: "3.10"
              - run: nvidia-smi
              - run: make test
        """,
        """
        name: CI
        on:
          push:
            branches: [main]
          pull_request:
        permissions:
          contents: read
        jobs:
          test:
            runs-on: ubuntu-24.04
            timeout-minutes: 10
            steps:
              - uses: actions/checkout@v4
              - name: Python
                uses: actions/setup-python@v5
                with:
                  python-version: "3.10"
                  cache: pip
              - run: make lint
              - run: make test

          docs:
            runs-on: ubuntu-24.04
            steps:
              - run: |
                  make docs

                  make links
        """,
    )
    assert shown(result) == text(
        """
        name: CI
        on:
          push:
            branches: [main, release]   # both are protected
          pull_request:
        permissions:
          contents: read
        jobs:
          test:
            runs-on: [self-hosted, gpu]
            timeout-minutes: 45
            steps:
              - uses: actions/checkout@v4
                with:
                  lfs: true
              - name: Python
                uses: actions/setup-python@v5
                with:
                  python-version: "3.10"
                  cache: pip
              - run: make lint
              - run: nvidia-smi
              - run: make test

          docs:
            runs-on: ubuntu-24.04
            steps:
              - run: |
                  make docs

                  make links
        """
    )
    assert result.pending == (
        Pending(
            "jobs.test.runs-on", "ubuntu-20.04", "[self-hosted, gpu]", "ubuntu-24.04", "both sides changed it"
        ),
    )


def test_a_package_json_keeps_its_indentation_its_letters_and_its_missing_last_newline() -> None:
    base = '{\n  "name": "x",\n  "scripts": {\n    "test": "jest"\n  }\n}\n'
    ours = '{\n    "name": "wetter-für-alle",\n    "scripts": {\n        "test": "jest",\n        "serve": "vite"\n    }\n}'
    theirs = (
        '{\n  "name": "x",\n  "type": "module",\n  "author": "J\\u00f6rg",\n'
        '  "scripts": {\n    "lint": "eslint .",\n    "test": "vitest"\n  },\n  "engines": {\n    "node": ">=20"\n  }\n}\n'
    )
    result = merge(base.encode(), ours.encode(), theirs.encode(), Format.JSON)
    assert isinstance(result, KeyedMerge)
    assert shown(result) == (
        '{\n    "name": "wetter-für-alle",\n    "type": "module",\n    "author": "Jörg",\n    "scripts": {\n'
        '        "lint": "eslint .",\n        "test": "vitest",\n        "serve": "vite"\n    },\n'
        '    "engines": {\n        "node": ">=20"\n    }\n}'
    )


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        ('a = ["x>=1"]\n', 'a = ["x>=2"]\n', 'a = ["X >= 3"]\n', 'a = ["X >= 3"]\n'),
        ('a = ["x"]\n', 'a = ["x>=2"]\n', 'a = ["x>=3"]\n', 'a = ["x>=3"]\n'),
        ('a = ["x>=1,<2"]\n', 'a = ["x>=3,<4"]\n', 'a = ["x>=2,<3"]\n', 'a = ["x>=3,<4"]\n'),
        ('a = "v1.9"\n', 'a = "v1.10"\n', 'a = "v1.11"\n', 'a = "v1.11"\n'),
        ('a = "1.9.0"\n', 'a = "2.0.0"\n', 'a = "2.0.0rc1"\n', 'a = "2.0.0"\n'),
    ],
)
def test_of_two_raised_pins_the_higher_is_taken(base: str, ours: str, theirs: str, expected: str) -> None:
    result = merged(Format.TOML, base, ours, theirs)
    assert (shown(result), len(result.pins), result.pending) == (expected, 1, ())


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        pytest.param('a = "v2"\n', 'a = "v1"\n', 'a = "v3"\n', id="ours lowered it"),
        pytest.param('a = ["x>=1"]\n', 'a = ["x==2"]\n', 'a = ["x>=3"]\n', id="asked in two ways"),
        pytest.param('a = ["x>=1"]\n', 'a = ["x>=2,<9"]\n', 'a = ["x>=3"]\n', id="one has a limit"),
        pytest.param('a = "v1"\n', 'a = "v2"\n', 'a = "v2.0"\n', id="the same version twice"),
        pytest.param("a = 1.1\n", "a = 1.2\n", "a = 1.3\n", id="numbers are no versions"),
        pytest.param(None, 'a = "v2"\n', 'a = "v3"\n', id="nobody raised it"),
    ],
)
def test_pins_that_do_not_compare_stay_open(base: str | None, ours: str, theirs: str) -> None:
    result = merged(Format.TOML, base, ours, theirs)
    assert (shown(result), len(result.pending), result.pins) == (ours, 1, ())


def test_a_pinned_hash_takes_the_comment_that_names_its_version_along() -> None:
    a, b, c = "a" * 40, "b" * 40, "c" * 40
    result = merged(
        Format.YAML,
        f"steps:\n- uses: actions/checkout@{a} # v4.0.0\n",
        f"steps:\n- uses: actions/checkout@{b} # v4.1.0\n- run: mine\n",
        f"steps:\n- uses: actions/checkout@{c} # v4.2.0\n",
    )
    assert shown(result) == f"steps:\n- uses: actions/checkout@{c} # v4.2.0\n- run: mine\n"
    assert [pin.chosen for pin in result.pins] == [f"actions/checkout@{c} # v4.2.0"]


def test_what_the_template_removes_goes_and_what_the_project_removed_stays_away() -> None:
    result = merged(
        Format.TOML,
        '[tool.black]\nline-length = 88\n\n[tool.isort]\nprofile = "black"\n\n[tool.x]\na = ["one", "two", "three"]\nb = 1\n',
        '[tool.black]\nline-length = 88\n\n[tool.x]\na = ["two", "three", "four"]\nb = 1\n',
        '[tool.isort]\nprofile = "black"\n\n[tool.x]\na = ["one", "two"]\n',
    )
    assert shown(result) == '[tool.x]\na = ["two", "four"]\n'
    assert result.pending == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "pending"),
    [
        ("[a]\nx = 2\n", "", ("a", "{x: 1}", "{x: 2}", "")),
        ("", "[a]\nx = 2\n", ("a", "{x: 1}", "", "{x: 2}")),
    ],
)
def test_removed_here_and_changed_there_stays_open(ours: str, theirs: str, pending: tuple[str, ...]) -> None:
    result = merged(Format.TOML, "[a]\nx = 1\n", ours, theirs)
    assert shown(result) == ours
    assert [(one.path, one.base, one.ours, one.theirs) for one in result.pending] == [pending]


def test_a_key_that_the_project_has_commented_on_is_not_removed_with_its_comment() -> None:
    ours = "[tool.black]\n# the notebook needs it\nline-length = 88\n[tool.x]\n"
    result = merged(Format.TOML, "[tool.black]\nline-length = 88\n[tool.x]\n", ours, "[tool.x]\n")
    assert shown(result) == ours
    assert [one.path for one in result.pending] == ["tool.black"]
    assert "losing something of yours" in result.pending[0].why


def test_a_comment_of_the_template_goes_with_its_key() -> None:
    base = "a: 1\n# how wide\nwidth: 88\nb: 2\n"
    assert shown(merged(Format.YAML, base, base.replace("a: 1", "a: 5"), "a: 1\nb: 2\n")) == "a: 5\nb: 2\n"


def test_an_item_replaced_by_both_is_left_to_the_reader() -> None:
    ours = "steps:\n- run: pytest -q\n"
    result = merged(Format.YAML, "steps:\n- run: pytest\n", ours, "steps:\n- run: pytest -n 2\n")
    assert shown(result) == ours
    assert [one.path for one in result.pending] == ["steps"]


def test_steps_that_the_template_puts_in_another_order_are_not_shuffled_silently() -> None:
    base = "steps:\n- run: one\n- run: two\n- run: three\n"
    ours = base + "- run: mine\n"
    theirs = "steps:\n- run: two\n- run: one\n- run: three\n"
    result = merged(Format.YAML, base, ours, theirs)
    assert (shown(result), [one.path for one in result.pending]) == (ours, ["steps"])
    assert shown(merged(Format.YAML, base, "# mine\n" + base, theirs)) == "# mine\n" + theirs


def test_items_of_one_name_are_told_apart_by_their_turn() -> None:
    base = "repos:\n- repo: local\n  hooks: [{id: a}]\n- repo: local\n  hooks: [{id: b}]\n"
    result = merged(
        Format.YAML,
        base,
        base.replace("id: a", "id: a, stages: [push]"),
        base.replace("id: b", "id: b, args: [x]"),
    )
    assert shown(result) == (
        "repos:\n- repo: local\n  hooks: [{id: a, stages: [push]}]\n- repo: local\n  hooks: [{id: b, args: [x]}]\n"
    )


def test_a_list_with_equal_items_is_one_value() -> None:
    base = "args: [-o, a, -o, b]\n"
    result = merged(Format.YAML, base, "args: [-o, a, -o, c]\n", "args: [-o, z, -o, b]\n")
    assert [one.path for one in result.pending] == ["args"]
    assert (
        shown(merged(Format.YAML, base, "# me\n" + base, "args: [-o, z, -o, b]\n"))
        == "# me\nargs: [-o, z, -o, b]\n"
    )


def test_the_anchor_and_its_aliases_stay_right() -> None:
    base = "x: &v 1\ny: *v\nz: 3\n"
    assert (
        shown(merged(Format.YAML, base, base + "mine: 4\n", "x: &v 2\ny: *v\nz: 5\n"))
        == "x: &v 2\ny: *v\nz: 5\nmine: 4\n"
    )


def test_an_alias_of_the_project_that_would_change_with_the_templates_anchor_is_left_alone() -> None:
    ours = "x: &v 1\nmine: *v\n"
    result = merged(Format.YAML, "x: &v 1\n", ours, "x: &v 2\n")
    assert (shown(result), [one.path for one in result.pending]) == (ours, ["x"])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda text: b"\xef\xbb\xbf" + text, id="BOM"),
        pytest.param(lambda text: text.rstrip(b"\n"), id="no last newline"),
    ],
)
@pytest.mark.parametrize(
    ("kind", "base", "ours", "theirs", "expected"),
    [
        (Format.TOML, b"a = 1\n[t]\nb = 2\n", b"a = 1\nm = 0\n[t]\nb = 2\n", b"a = 1\n[t]\nb = 3\nc = 4\n[u]\n", b"a = 1\nm = 0\n[t]\nb = 3\nc = 4\n\n[u]\n"),
        (Format.YAML, b"a: 1\nb: 2\n", b"m: 0\na: 1\nb: 2\n", b"a: 1\nb:\n  c: 3\nd: 4\n", b"m: 0\na: 1\nb:\n  c: 3\nd: 4\n"),
        (Format.JSON, b'{"a": 1}\n', b'{\n "m": 0,\n "a": 1\n}\n', b'{"a": 2,\n"b": [\n1\n]}\n', b'{\n "m": 0,\n "a": 2,\n "b": [\n 1\n ]\n}\n'),
    ],
)  # fmt: skip
def test_the_projects_marks_and_line_ends_are_kept(
    kind: Format,
    base: bytes,
    ours: bytes,
    theirs: bytes,
    expected: bytes,
    change: object,
) -> None:
    assert callable(change)
    result = merge(base, change(ours), theirs, kind)
    assert isinstance(result, KeyedMerge)
    assert (result.merged, result.pending) == (change(expected), ())


@pytest.mark.parametrize(
    ("kind", "content", "why", "line"),
    [
        (Format.TOML, b"a = 1\nb = \n", "no valid TOML", 2),
        (Format.TOML, b"a = 1\na = 2\n", "no valid TOML", 2),
        (Format.TOML, b"[a]\n[b]\n[a]\n", "no valid TOML", 3),
        (Format.TOML, b"a = " + b"[" * 5000 + b"]" * 5000, "nested more than", 0),
        (Format.TOML, b"a = " + b"[" * 90 + b"]" * 90, "nested more than", 0),
        (Format.YAML, b"a: 1\nb: [1\n", "no valid YAML", 3),
        (Format.YAML, b"a: 1\nb: 2\na: 3\n", "the key “a” comes twice", 3),
        (Format.YAML, b"a: 1\n---\na: 2\n", "several YAML documents", 0),
        (Format.YAML, b"a: 1\nb: *nowhere\n", "anchor", 2),
        (Format.YAML, b"? [a, b]\n: 1\n", "key", 1),
        (Format.YAML, b"[" * 50000, "nest", 1),  # PyYAML has a limit of its own since 6.0.4
        (Format.YAML, b"a: \x07\n", "no valid YAML", 0),
        (Format.JSON, b'{"a": 1,\n}', "no valid JSON", 2),
        (Format.JSON, b'{"a": 1, "a": 2}', "the key “a” comes twice", 0),
        (Format.JSON, b'{"a": NaN}', "NaN", 0),
        (Format.JSON, b'// a comment\n{"a": 1}', "no valid JSON", 1),
        (Format.JSON, b"[" * 100000, "nested more than", 0),
        (Format.JSON, b"", "no valid JSON", 1),
        (Format.TOML, "a = 'é'\n".encode("latin-1"), "no UTF-8", 1),
        (Format.TOML, "a = 'é'\n".encode("utf-16"), "no UTF-8", 0),
        (Format.JSON, b" " * ((1 << 19) + 1), "more than", 0),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_line(
    kind: Format, content: bytes, why: str, line: int
) -> None:
    good = b"{}" if kind is not Format.TOML else b""
    for result in (merge(good, content, good, kind), merge(content, good, good, kind)):
        assert isinstance(result, NotMerged)
        assert result.line == line
        assert why in result.why


def test_aliases_that_unfold_without_end_are_refused() -> None:
    levels = "\n".join(f"a{at + 1}: &a{at + 1} [{', '.join([f'*a{at}'] * 10)}]" for at in range(9))
    result = merge(b"{}", f"a0: &a0 lol\n{levels}\n".encode(), b"{}", Format.YAML)
    assert isinstance(result, NotMerged)
    assert "megabyte" in result.why or "anchor" in result.why


def test_requirements_of_one_project_are_told_apart_by_when_they_hold() -> None:
    base = "a = [\"x>=1; python_version<'3.12'\", \"x>=2; python_version>='3.12'\"]\n"
    ours, theirs = base.replace("x>=1", "x==1"), base.replace("x>=1", "x>=1.1").replace("x>=2", "x>=2.1")
    result = merged(Format.TOML, base, ours, theirs)
    assert shown(result) == ours.replace("x>=2", "x>=2.1")
    assert [one.path for one in result.pending] == ["a[=\"x;python_version<'3.12'\"]"]
