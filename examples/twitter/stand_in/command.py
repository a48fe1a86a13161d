"""How both mocks run as programs: Flask applications on Werkzeug's server."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class Handler(WSGIRequestHandler):
    """Logs nothing, because the output is the function's."""

    def log_request(self, *_: object) -> None:
        """Logs nothing."""

    def connection_dropped(self, *_: object) -> None:
        """Also leaves the request without an answer if the application raises a ConnectionError."""
        self.close_connection = True


def listen(app: Flask, port: int = 0, threaded: bool = True) -> BaseWSGIServer:
    """Listens on a loopback port; 0 picks a free one."""
    return make_server("127.0.0.1", port, app, threaded, request_handler=Handler)


def parser(name: str, doc: str | None) -> argparse.ArgumentParser:
    """Returns a parser of the arguments that both have."""
    made = argparse.ArgumentParser(prog=name, description=(doc or "").partition("\n")[0])
    made.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0, the default, picks a free one")
    made.add_argument("--until-stdin-closes", action="store_true", help="end when standard input does")
    return made


def serve(server: BaseWSGIServer, variable: str, until_stdin_closes: bool) -> None:
    """Prints VARIABLE=address and serves until SIGTERM, SIGINT or, if wanted, the end of standard input."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{variable}=http://127.0.0.1:{server.port}", flush=True)
    while until_stdin_closes and sys.stdin.buffer.read(1 << 16):
        pass
    if not until_stdin_closes:
        threading.Event().wait()
