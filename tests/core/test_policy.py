"""What policy.toml can say, and the file and line of what it cannot."""

import pytest

from mlscaffold.core.globs import gitignore
from mlscaffold.core.policy import Kind, PolicyError, parse

BROKEN = [
    ("not toml", "[[rule]]\npath = \n", "policy.toml:2: it is not TOML"),
    ("unknown section", "\n[[rules]]\npath = 'a'\n", "policy.toml:2: unknown key 'rules'"),
    (
        "unknown key",
        "[[rule]]\npath = 'a'\nrule = 'merge'\nkind = 'exact'\n",
        "policy.toml:4: unknown key 'kind'",
    ),
    (
        "unknown rule",
        "# a\n[[rule]]\npath = 'a'\nrule = 'exakt'\n",
        "policy.toml:4: `rule` is 'exakt'; it can be merge,",
    ),
    ("no rule", "[[rule]]\npath = 'a'\n", "policy.toml:1: `rule` is None"),
    ("no path", "[[rule]]\nrule = 'merge'\n", "policy.toml:1: a rule needs `path` or `paths`"),
    ("path of another type", "[[rule]]\npath = 3\nrule = 'merge'\n", "policy.toml:2: `path` is text"),
    ("paths of another type", "[[rule]]\npaths = 'a'\nrule = 'merge'\n", "policy.toml:2: `paths` is a list"),
    (
        "keys without the rule",
        "[[rule]]\npath = 'a'\nrule = 'exact'\nkeys = ['b']\n",
        "policy.toml:4: `keys` and",
    ),
    ("the rule without keys", "[[rule]]\npath = 'a'\nrule = 'keys'\n", "policy.toml:1: `keys` and"),
    (
        "waivable",
        "[[rule]]\npath = 'a'\nrule = 'merge'\nwaivable = 'no'\n",
        "policy.toml:4: `waivable` is true",
    ),
    ("reason", "[[rule]]\npath = 'a'\nrule = 'merge'\nreason = 3\n", "policy.toml:4: `reason` is text"),
    (
        "key path",
        "[[rule]]\npath = 'a.toml'\nrule = 'keys'\nkeys = ['a', 'b..c']\n",
        "policy.toml:4: 'b..c' is no key path",
    ),
    ("outside", "[[rule]]\npath = '../a'\nrule = 'absent'\n", "policy.toml:2: the pattern '../a' names"),
    ("negation", "[[rule]]\npath = '!a'\nrule = 'absent'\n", "policy.toml:2: the pattern '!a' excludes"),
    (
        "second rule",
        "[[rule]]\npath = 'a'\nrule = 'merge'\n\n[[rule]]\npath = 'b'\nrule = 'x'\n",
        "policy.toml:7:",
    ),
    ("grace", "[check]\ngrace = 'soon'\n", "policy.toml:2: `grace` is 'soon'; write it as '30d'"),
    ("check", "[check]\ngarce = '3d'\n", "policy.toml:2: unknown key 'garce'; [check] has grace, ruff"),
    ("ruff", "[check]\nruff = 'error'\n", "policy.toml:2: `ruff` is 'error'; it can be count, fault"),
    ("rules in one line", "rule = [{path = 'a', rule = 'merge'}]\n", "policy.toml:1: rules are written as"),
]


@pytest.mark.parametrize(("text", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_policy_that_cannot_be_meant_is_refused_with_file_and_line(text: str, said: str) -> None:
    with pytest.raises(PolicyError) as raised:
        parse(text.encode())
    assert raised.value.what.startswith(said)


def test_a_policy_that_is_no_text_is_refused_with_its_line() -> None:
    with pytest.raises(PolicyError, match=r"policy\.toml:2: it is not UTF-8"):
        parse(b"# a\n# \xff\n")


def test_the_last_rule_that_names_a_path_wins() -> None:
    policy = parse(
        b"[[rule]]\npath = '*.toml'\nrule = 'exact'\n[[rule]]\npath = 'conf/'\nrule = 'once'\nreason = 'yours'\n"
    )
    assert [policy.rule_for(path).kind for path in ("a.toml", "x/a.toml", "conf/a.toml", "a.py")] == [
        Kind.EXACT,
        Kind.EXACT,
        Kind.ONCE,
        Kind.MERGE,
    ]
    assert (policy.rule_for("conf/a.toml").line, policy.rule_for("conf/a.toml").reason) == (4, "yours")


def test_a_later_rule_allows_again_what_absent_forbids() -> None:
    policy = parse(
        b"[[rule]]\npath = '*.ipynb'\nrule = 'absent'\n[[rule]]\npath = 'notebooks/**'\nrule = 'once'\n"
    )
    forbids = policy.forbids()
    assert [forbids(path) for path in ("a.ipynb", "src/a.ipynb", "notebooks/a.ipynb", "a.py")] == [
        True,
        True,
        False,
        False,
    ]


def test_check_says_how_long_a_project_may_be_behind() -> None:
    assert parse(b"[check]\ngrace = '4w'\nruff = 'fault'\n").grace_days == 28
    assert parse(b"").grace_days == 0


@pytest.mark.parametrize(
    ("pattern", "named", "not_named"),
    [
        ("setup.cfg", ["setup.cfg", "a/b/setup.cfg"], ["setup.cfg2", "xsetup.cfg"]),
        ("/setup.cfg", ["setup.cfg"], ["a/setup.cfg"]),
        ("docs/", ["docs/a", "x/docs/a/b"], ["docs"]),
        ("a/*.py", ["a/x.py"], ["a/b/x.py", "b/a/x.py"]),
        ("**/x.py", ["x.py", "a/b/x.py"], ["ax.py"]),
        ("a/**", ["a/x", "a/b/x"], ["a"]),
        ("a/**/z", ["a/z", "a/b/c/z"], ["az"]),
        ("*_v[0-9]*.py", ["train_v2.py"], ["train_va.py"]),
        ("[!a]", ["b"], ["a"]),
        ("a\nb", ["a\nb"], ["a"]),
    ],
)
def test_patterns_mean_what_gitignore_means(pattern: str, named: list[str], not_named: list[str]) -> None:
    assert [path for path in named + not_named if gitignore(pattern)(path)] == named
