"""Every test has a home, a cache and a git identity of its own, and none of the developer's."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("noisy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(
    "noisy"
)  # how fast a machine is, with others at work on it, is nothing that a test is about


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test an empty home."""
    home = tmp_path_factory.mktemp("home")
    for name in (
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "XDG_STATE_HOME",
        "MLSCAFFOLD_TEMPLATE",
        "MLSCAFFOLD_TRUST",
        "COOKIECUTTER_CONFIG",
        "MAKEFLAGS",  # a `make` inside of `make test` would tell which folder it enters
        "MAKELEVEL",
        "MFLAGS",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A Tester")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "tester@example.com")
    return home
