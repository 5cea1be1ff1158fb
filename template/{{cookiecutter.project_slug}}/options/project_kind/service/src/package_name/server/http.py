"""The seam seen from a server, in the standard library; a real service takes the framework that its team knows."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from package_name.interfaces import Predictor


def server(predictor: Predictor[Any, Any], host: str, port: int) -> ThreadingHTTPServer:
    """Answer a POST of a JSON list of rows with a JSON list of predictions."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                rows = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                status, answer = 200, json.dumps(list(predictor.predict_batch(rows)))
            except ValueError as error:
                status, answer = 400, json.dumps({"error": str(error)})
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer.encode())

    return ThreadingHTTPServer((host, port), Handler)
