#!/usr/bin/env python3
"""Runs twitter.handle as Dispatch's image for Python does: POST / with {"context": …, "payload": …}, one at a time.

Prints FUNCTION_URL=http://127.0.0.1:PORT. A ValueError or TypeError is an InputError (400), any other exception a
FunctionError (500), each with its message, which is what `dispatch get runs` shows.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, request

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import twitter  # noqa: E402  (a script finds its package only now)
from stand_in import command  # noqa: E402

Function = Callable[[Any, Any], Any]


def call(function: Function, body: bytes) -> tuple[Any, int]:
    """Calls the function with a request's body; returns what to answer and the status."""
    try:
        message = json.loads(body)
        context, payload = message["context"], message["payload"]
    except (ValueError, KeyError, TypeError) as error:
        return _error("SystemError", error), 500
    try:
        result = function(context, payload)
    except (ValueError, TypeError) as error:
        return _error("InputError", error), 400
    except Exception as error:
        return _error("FunctionError", error), 500
    try:
        return json.loads(json.dumps(result)), 200
    except TypeError as error:
        return _error("FunctionError", error), 422


def _error(kind: str, error: Exception) -> dict[str, Any]:
    stack = "".join(traceback.format_exception(type(error), error, error.__traceback__)).splitlines()
    return {"type": kind, "message": str(error), "stacktrace": stack}


def main() -> None:
    """Runs the command."""
    args = command.parser("function_server.py", __doc__).parse_args()
    app = Flask(__name__)
    app.add_url_rule("/healthz", "healthz", dict)  # Dispatch requests it before it calls the function
    app.add_url_rule("/", "run", lambda: call(twitter.handle, request.get_data()), methods=["POST"])
    command.serve(command.listen(app, args.port, threaded=False), "FUNCTION_URL", args.until_stdin_closes)


if __name__ == "__main__":
    main()
