#!/usr/bin/env python3
"""A stand-in for X's API on this machine: prints X_API_URL=http://127.0.0.1:PORT and serves until it is told to end.

It checks every request as X does (signatures, chunks, processing, duplicates, limits) and keeps the pictures:
GET /stand-in/posts lists what was posted, GET /stand-in/media/ID is a picture.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))

from stand_in import command  # noqa: E402  (a script finds its package only now)
from stand_in.x_site import HangUp, Request, Site  # noqa: E402

MAX_BODY = 8 << 20
SAMPLE = HERE.parent / "secrets" / "twitter.json"


class Handler(BaseHTTPRequestHandler):
    """HTTP around a Site."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """X's status request, or a look behind the curtain."""
        if self.path.startswith("/stand-in/"):
            self._curtain()
        else:
            self._x()

    def do_POST(self) -> None:
        """All the rest of X."""
        self._x()

    def _x(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self._send(413, b"", "text/plain", {"Connection": "close"})
            return
        url = f"http://{self.headers.get('Host')}{self.path}"
        body = self.rfile.read(length)
        try:
            answer = self.server.site.answer(Request(self.command, url, self.headers, body))
        except HangUp:
            self.close_connection = True
            return
        self._send(answer.status, json.dumps(answer.body).encode(), "application/json", answer.headers)

    def _curtain(self) -> None:
        site = self.server.site
        media = site.media.get(self.path.rpartition("/")[2])
        if self.path == "/stand-in/posts":
            posts = [{"id": p.ident, "text": p.text, "alt": p.media.alt, "media": p.media.ident} for p in site.posts]
            self._send(200, json.dumps(posts).encode(), "application/json")
        elif media:
            self._send(200, media.data, str(media.media_type))
        else:
            self._send(404, b"", "text/plain")

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Is as quiet as can be."""


class Server(ThreadingHTTPServer):
    """A Site on a port of loopback: 0 picks a free one."""

    daemon_threads = True

    def __init__(self, site: Site, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.site = site

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


def read_secrets(path: Path) -> dict[str, str]:
    """The keys that requests must be signed with, in either spelling."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return {name.replace("oath", "oauth"): value for name, value in found.items()}


def main(argv: list[str]) -> int:
    """Runs the command."""
    parser = command.parser("x_stand_in.py", __doc__)
    parser.add_argument("--secrets", type=Path, default=SAMPLE, help="the secret twitter; the default is the sample")
    args = parser.parse_args(argv)
    command.serve(Server(Site(read_secrets(args.secrets)), args.port), "X_API_URL", args.until_stdin_closes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
