from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forge.lab import PLATFORMS, Lab, Store, new_lab, new_server
from tests.forge.server import serving
from tests.forge.world import World


@pytest.fixture(params=PLATFORMS)
def lab(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A forge of each kind in turn; GitHub's answers are held to GitHub's description."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    world = World(tmp_path / "forge")
    store = Store(tmp_path / "store")
    store.git("init", "-q", "--bare", str(store.path))
    with serving(new_server(request.param, world)) as server:
        lab = new_lab(request.param, world, server, store)
        yield lab
        lab.close()
    assert not world.violations
