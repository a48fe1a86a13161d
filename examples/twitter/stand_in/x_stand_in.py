#!/usr/bin/env python3
"""A stand-in for X's API on this machine: prints X_API_URL=http://127.0.0.1:PORT and serves until it is told to end.

It checks every request as X does (signatures, chunks, processing, duplicates, limits) and keeps the pictures:
GET /stand-in/posts lists what was posted, GET /stand-in/media/ID is a picture.
"""

from __future__ import annotations

import json
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))

from stand_in import command  # noqa: E402  (a script finds its package only now)
from stand_in.x_site import HangUp, Request, Site  # noqa: E402

MAX_BODY = 8 << 20
SAMPLE = HERE.parent / "secrets" / "twitter.json"


class Handler(command.Handler):
    """HTTP around a Site."""

    server: Server

    def do_GET(self) -> None:
        """X's status request, or what the page shows."""
        site = self.server.site
        media = site.media.get(self.path.rpartition("/")[2])
        if not self.path.startswith("/stand-in/"):
            self.do_POST()
        elif self.path == "/stand-in/posts":
            shown = [{"id": p.ident, "text": p.text, "alt": p.media.alt, "media": p.media.ident} for p in site.posts]
            self.send(200, shown)
        elif media:
            self.send(200, media.data, str(media.media_type))
        else:
            self.send(404, {})

    def do_POST(self) -> None:
        """X's API."""
        if int(self.headers.get("Content-Length") or 0) > MAX_BODY:
            self.send(413, {}, Connection="close")
            return
        url = f"http://{self.headers.get('Host')}{self.path}"
        try:
            answer = self.server.site.answer(Request(self.command, url, self.headers, self.body()))
        except HangUp:
            self.close_connection = True
            return
        self.send(answer.status, answer.body, **answer.headers)


class Server(ThreadingHTTPServer):
    """A Site on a port of loopback: 0 picks a free one."""

    daemon_threads = True

    def __init__(self, site: Site, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.site = site
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


def main(argv: list[str]) -> int:
    """Runs the command."""
    parser = command.parser("x_stand_in.py", __doc__)
    parser.add_argument("--secrets", type=Path, default=SAMPLE, help="the secret twitter; the default is the sample")
    args = parser.parse_args(argv)
    # The keys that requests must be signed with, in either spelling.
    found = json.loads(args.secrets.read_text(encoding="utf-8"))
    site = Site({name.replace("oath", "oauth"): value for name, value in found.items()})
    command.serve(Server(site, args.port), "X_API_URL", args.until_stdin_closes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
