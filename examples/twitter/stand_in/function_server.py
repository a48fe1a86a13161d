#!/usr/bin/env python3
"""Runs a function as Dispatch's image for Python does: POST / with {"context": …, "payload": …}, one at a time.

Prints FUNCTION_URL=http://127.0.0.1:PORT. A ValueError or TypeError is an InputError (400), any other exception a
FunctionError (500), each with its message, which is what `dispatch get runs` shows.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Callable
from http.server import HTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))

from stand_in import command  # noqa: E402  (a script finds its package only now)

Function = Callable[[Any, Any], Any]


def call(function: Function, body: bytes) -> tuple[int, Any]:
    """Calls the function with a request's body; returns the status and what to answer."""
    try:
        message = json.loads(body)
        context, payload = message["context"], message["payload"]
    except (ValueError, KeyError, TypeError) as error:
        return 500, _error("SystemError", error)
    try:
        result = function(context, payload)
    except (ValueError, TypeError) as error:
        return 400, _error("InputError", error)
    except Exception as error:
        return 500, _error("FunctionError", error)
    try:
        return 200, json.loads(json.dumps(result))
    except TypeError as error:
        return 422, _error("FunctionError", error)


def _error(kind: str, error: Exception) -> dict[str, Any]:
    stack = "".join(traceback.format_exception(type(error), error, error.__traceback__)).splitlines()
    return {"type": kind, "message": str(error), "stacktrace": stack}


class Handler(command.Handler):
    """HTTP around a function."""

    protocol_version = "HTTP/1.0"  # one connection must not keep others waiting
    server: Server

    def do_GET(self) -> None:
        """Dispatch asks /healthz before it calls."""
        self.send(200, {})

    def do_POST(self) -> None:
        """Runs the function."""
        self.send(*call(self.server.function, self.body()))


class Server(HTTPServer):
    """One function on a free port of loopback."""

    def __init__(self, function: Function, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.function = function


def main(argv: list[str]) -> int:
    """Runs the command."""
    parser = command.parser("function_server.py", __doc__)
    parser.add_argument("handler", nargs="?", default="twitter.handle", help="module.function; twitter.handle")
    args = parser.parse_args(argv)
    module, _, name = args.handler.rpartition(".")
    server = Server(getattr(importlib.import_module(module), name), args.port)
    command.serve(server, "FUNCTION_URL", args.until_stdin_closes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
