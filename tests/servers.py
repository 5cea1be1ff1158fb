"""A git server on 127.0.0.1 that remembers every request, so that a test can see that nobody called."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


@dataclass
class GitServer:
    """Serves the bare repositories below `root` through `git http-backend`.

    requests: the request lines so far, with their headers.
    """

    root: Path
    url: str = ""
    requests: list[str] = field(default_factory=list)

    def address(self, repository: Path) -> str:
        """Return where a repository below the root is to be had."""
        return f"{self.url}/{repository.relative_to(self.root)}"


@contextmanager
def serving(root: Path) -> Iterator[GitServer]:
    """Serve a folder of bare repositories until the block ends."""
    served = GitServer(root)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.requests.append(f"{self.requestline}\n{self.headers}")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            head, _, content = _backend(root, self, body).partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _backend(root: Path, request: BaseHTTPRequestHandler, body: bytes) -> bytes:
    """Answer one request as git's own CGI program does: https://git-scm.com/docs/git-http-backend"""
    where = urlsplit(request.path)
    env = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "REQUEST_METHOD": request.command,
        "PATH_INFO": where.path,
        "QUERY_STRING": where.query,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
    }
    return subprocess.run(
        ["git", "http-backend"], env=env, input=body, capture_output=True, check=True
    ).stdout
