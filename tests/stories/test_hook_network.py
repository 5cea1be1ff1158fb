"""A template's hooks reach no network where the system lets us cut it; where it does not, they run with it."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds import Template, mlscaffold, new, template, write

HOOK = """import socket
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=5).close()
    said = "reached"
except OSError:
    said = "cut"
open("network.txt", "w").write(said)
"""


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Listen where every process of this machine can call, as long as it has this machine's network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def was_called(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.fixture
def project(tmp_path: Path, listening: socket.socket) -> Path:
    """A project whose next update runs a hook that calls."""
    made: Template = template(tmp_path / "template", {"a.txt": "one\n"})
    project = new(made, tmp_path)
    made.change(beside={"hooks/post_gen_project.py": HOOK.format(port=listening.getsockname()[1])})
    return project


def test_a_hook_reaches_no_network(project: Path, listening: socket.socket) -> None:
    tried = [
        subprocess.run(["unshare", *how, "true"], check=False, capture_output=True, text=True)
        for how in (("-n",), ("-r", "-n"))
    ]
    if all(each.returncode for each in tried):
        pytest.skip(f"this system lets nobody here cut the network off: {tried[-1].stderr.strip()}")
    socket.create_connection(listening.getsockname()).close()
    assert was_called(listening), "it answers those who have this machine's network"
    ran = mlscaffold("update", "-p", project)
    assert ran.code == 0, ran.err
    assert (project / "network.txt").read_text() == "cut"
    assert not was_called(listening)


def test_a_hook_runs_with_the_network_where_it_cannot_be_cut(
    project: Path, listening: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path, {"bin/unshare": "#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n"}
    )
    (tmp_path / "bin/unshare").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    ran = mlscaffold("update", "-p", project)
    assert ran.code == 0, ran.err
    assert (project / "network.txt").read_text() == "reached"
    assert was_called(listening)
