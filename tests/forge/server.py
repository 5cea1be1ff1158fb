"""One server as forges are: a REST API and git over HTTP on one address, over the same bare repos, with faults."""

import base64
import contextlib
import email.utils
import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.forge.world import Fault, RefusedError, World

Answer = tuple[int, Any, dict[str, str]]
Api = Callable[[World, str, str, dict[str, str], Any, str], Answer]
"""World, method, path, query, body, origin → status, JSON, headers."""


class ForgeServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, world: World, prefix: str, api: Api) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.world = world
        self.prefix = prefix
        self.api = api
        self.stopping = threading.Event()
        self.lock = threading.Lock()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Be silent about clients that hang up: they are meant to."""


@contextlib.contextmanager
def serving(server: ForgeServer) -> Iterator[ForgeServer]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ForgeServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing."""

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815

    def _serve(self) -> None:
        world = self.server.world
        line = f"{self.command} {self.path}"
        world.log.append(line)
        world.seen_headers.append({name.lower(): value for name, value in self.headers.items()})
        fault = world.fault_for(line) or Fault("")
        if fault.cut_after is not None:
            self._read(fault.cut_after)
            return self._hang_up()
        body = self._read()
        if fault.stall:
            self.server.stopping.wait(60)
            return self._hang_up()
        if fault.endless:
            return self._pour(fault)
        if fault.status:
            return self._answer(
                fault.status, fault.body, {"Content-Type": "application/json", **fault.headers}
            )
        status, data, headers = self._git(body) if ".git/" in self.path else self._rest(body)
        if fault.lose_reply:
            return self._hang_up()
        return self._answer(status, data, headers)

    def _rest(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        parts = urlsplit(self.path)
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        token = token or self.headers.get("Private-Token", "")
        headers: dict[str, str] = {}
        if token not in self.server.world.tokens or scheme not in {"Bearer", "token", ""}:
            status, value = 401, {"message": "Bad credentials"}
        elif not parts.path.startswith(self.server.prefix):
            status, value = 404, {"message": "Not Found"}
        else:
            with self.server.lock:
                try:
                    status, value, headers = self.server.api(
                        self.server.world,
                        self.command,
                        parts.path.removeprefix(self.server.prefix),
                        dict(parse_qsl(parts.query)),
                        json.loads(body) if body else None,
                        self.server.origin,
                    )
                except RefusedError as error:
                    status, value = error.status, {"message": error.message}
        return (
            status,
            json.dumps(value).encode(),
            {"Content-Type": "application/json; charset=utf-8", **headers},
        )

    def _git(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        world = self.server.world
        parts = urlsplit(self.path)
        scheme, _, login = self.headers.get("Authorization", "").partition(" ")
        token = base64.b64decode(login).decode().partition(":")[2] if scheme == "Basic" else ""
        if token not in world.tokens:
            return 401, b"", {"WWW-Authenticate": 'Basic realm="forge"'}
        name = parts.path.partition(".git/")[0].strip("/")
        writes = "git-receive-pack" in self.path
        try:
            repo = world.repo(name)
        except RefusedError:
            return 404, b"", {}
        if writes and (repo.archived or not repo.may_push):
            return 403, b"", {}
        if writes and self.command == "POST" and world.before_receive:
            intruder, world.before_receive = world.before_receive, None
            intruder()
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(world.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": world.tokens[token],
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=True, timeout=60
        )
        head, _, data = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        return int(headers.pop("Status", "200").split()[0]), data, headers

    def _read(self, limit: int | None = None) -> bytes:
        """Return the request's body, or its first `limit` bytes."""
        parts: list[bytes] = []
        if self.headers.get("Transfer-Encoding") != "chunked":
            length = int(self.headers.get("Content-Length", "0"))
            return self.rfile.read(length if limit is None else min(length, limit))
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
            if limit is not None and sum(map(len, parts)) >= limit:
                return b"".join(parts)
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in {"Date": email.utils.formatdate(usegmt=True), **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _pour(self, fault: Fault) -> None:
        """Answer on and on, until the client has had enough, or ought to have had."""
        self.send_response_only(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(2_000):
                self.wfile.write(fault.endless)
        self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
