"""Laws of check and update over random projects, templates and policies, with real git and real files."""

import hashlib
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.policy import Kind
from mlscaffold.project.gather import Wanted
from mlscaffold.show import rendered
from mlscaffold.verbs.check import check
from mlscaffold.verbs.update import update
from tests import settled
from tests.worlds import commit

FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
PATHS = ["a.txt", "b.toml", "d/c.yaml", "d/e.json", "f.bin", "g", "h.py"]
LINES = st.lists(
    st.sampled_from([b"k = 1\n", b"k = 2\n", b"x: 1\n", b"{}\n", b"one\n", b"\r\n", b"\n"]), max_size=6
)
CONTENTS = st.one_of(
    LINES.map(b"".join),
    st.sampled_from(
        [b"", b"\xff\0\x89", b"[k]\na = 1\n", b"k: [", b'{"k": 1}', b"\xef\xbb\xbfk = 1\n", b"no end"]
    ),
    st.binary(max_size=40),
)
FILES = st.tuples(st.sampled_from(["100644", "100644", "100755"]), CONTENTS)
LINKS = st.just(("120000", b"nowhere"))
TREES = st.dictionaries(st.sampled_from(PATHS), st.one_of(FILES, FILES, FILES, LINKS), max_size=6)
PATTERNS = st.sampled_from([*PATHS, "*", "*.toml", "d/", "d/**", "/h.py", "[a-f]*"])
RULES = st.tuples(st.sampled_from(list(Kind)), PATTERNS)
POLICIES = st.lists(RULES, max_size=4)


TWIN: settled.Files = {"a.txt": ("100644", b"one\n"), "g": ("100644", b"")}
"""A template that has a file that its policy forbids, and a project that has the same one."""


def policy(rules: list[tuple[Kind, str]]) -> str:
    keys = "keys = ['k', 'k.a', 'x[*]']\nforbidden = ['no.such']\n"
    return "".join(
        f"[[rule]]\npath = '{pattern}'\nrule = '{kind}'\n{keys if kind is Kind.KEYS else ''}"
        for kind, pattern in rules
    )


def fingerprint(folder: Path) -> dict[str, str]:
    """Return what a folder holds, `.git` and all, so that any write shows."""
    found = {}
    for where, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(where, name)
            status = path.lstat()
            content = (
                os.readlink(path).encode()
                if path.is_symlink()
                else path.read_bytes()
                if path.is_file()
                else b""
            )
            found[str(path)] = f"{status.st_mode} {status.st_mtime_ns} {hashlib.sha256(content).hexdigest()}"
    return found


@FEW
@given(base=TREES, ours=TREES, theirs=TREES, rules=POLICIES)
@example(base={}, ours=TWIN, theirs=TWIN, rules=[(Kind.ABSENT, "a.txt")])
def test_check_writes_nothing_every_format_parses_and_nothing_is_behind_after_an_update(
    base: settled.Files, ours: settled.Files, theirs: settled.Files, rules: list[tuple[Kind, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        settled.given(patch, Path(folder, "cache"), base, theirs, policy(rules))
        root = settled.project(Path(folder, "project"), ours)
        before = fingerprint(root)
        report = check(root, Wanted())
        for format_ in ("json", "sarif", "github", "gitlab", "junit", "markdown", "terminal"):
            assert rendered(report, format_)
        assert fingerprint(root) == before
        update(root, Wanted(), dry_run=True)
        assert fingerprint(root) == before
        done = update(root, Wanted())
        event("blocked" if done.blocked else "conflicts" if done.conflicts else "updated")
        if done.blocked or done.conflicts:
            return
        commit(root)
        after = check(root, Wanted())
        assert [finding.path for finding in after.findings if finding.word == "behind"] == []
        assert update(root, Wanted()).nothing


@FEW
@given(content=st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
def test_no_file_that_a_project_declares_things_in_makes_a_traceback(content: bytes) -> None:
    files = {"a.txt": ("100644", b"one\n")}
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        settled.given(patch, Path(folder, "cache"), files, files, None)
        own = dict.fromkeys(("pyproject.toml", ".mlscaffold.toml"), ("100644", b"mlscaffold " + content))
        root = settled.project(Path(folder, "project"), {**files, **own})
        assert check(root, Wanted()).faults


def said_of(root: Path) -> str:
    try:
        return "drift" if check(root, Wanted()).findings else "well"
    except MlscaffoldError as error:
        return error.what


@FEW
@given(text=st.text(max_size=120))
def test_no_policy_makes_a_traceback(text: str) -> None:
    files = {"a.txt": ("100644", b"one\n")}
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        settled.given(
            patch, Path(folder, "cache"), files, files, f"[[rule]]\npath = 'a'\nrule = 'merge'\n{text}"
        )
        root = settled.project(Path(folder, "project"), files)
        assert said_of(root).startswith(("well", "policy.toml:"))


def test_a_managed_file_of_50_mb_is_compared_like_all_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    large, other = b"line\n" * (10 << 20), b"lime\n" * (10 << 20)
    keyed = "[[rule]]\npath = 'k.json'\nrule = 'keys'\nkeys = ['a']\n"
    base: settled.Files = {"a.bin": ("100644", large), "k.json": ("100644", b"{}")}
    settled.given(monkeypatch, tmp_path / "cache", base, base, keyed)
    root = settled.project(tmp_path / "project", {"a.bin": ("100644", other), "k.json": ("100644", large)})
    assert {finding.path: finding.word for finding in check(root, Wanted()).findings} == {
        "a.bin": "modified",
        "k.json": "unreadable",
    }
