"""How both stand-ins run as programs, and answer."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """Reads requests and writes answers; it logs nothing, for the output is the function's."""

    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        """The request's body."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def send(self, status: int, answer: Any, kind: str = "application/json", **headers: str) -> None:
        """Sends bytes as they are, and everything else as JSON."""
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing."""


def parser(name: str, doc: str | None) -> argparse.ArgumentParser:
    """The arguments that both have."""
    made = argparse.ArgumentParser(prog=name, description=(doc or "").partition("\n")[0])
    made.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0, the default, picks a free one")
    made.add_argument("--until-stdin-closes", action="store_true", help="end when standard input does")
    return made


def serve(server: BaseServer, variable: str, until_stdin_closes: bool) -> None:
    """Prints VARIABLE=address and serves until SIGTERM, SIGINT or, if wanted, the end of standard input."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host, port = server.server_address[:2]
    print(f"{variable}=http://{host}:{port}", flush=True)
    while until_stdin_closes and sys.stdin.buffer.read(1 << 16):
        pass
    if not until_stdin_closes:
        threading.Event().wait()
