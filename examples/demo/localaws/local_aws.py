#!/usr/bin/env python3
"""AWS on this machine: moto, with the repairs that Terraform and EventBridge need to work as they do on AWS.

Prints one line, LOCAL_AWS_URL=http://127.0.0.1:PORT, when it is ready, and serves until SIGTERM or SIGINT. Point any
AWS client at it with AWS_ENDPOINT_URL and dummy credentials. Nothing leaves this machine and nothing is stored.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import signal
import sys
import threading
from pathlib import Path

PINNED, KNOWN_GOOD = "5.2.1", "5.2."
NEEDED = ("flask", "flask_cors", "boto3")
# The code that means "not installed here" to `localaws.Test`, and not a failure.
EXIT_NO_MOTO = 3


def unusable() -> str | None:
    """Returns what is wrong with the moto that Python finds, or None."""
    try:
        version = importlib.metadata.version("moto")
    except importlib.metadata.PackageNotFoundError:
        return "moto is not installed"
    if not version.startswith(KNOWN_GOOD):
        return f"moto {version} is installed, but the repairs are for {KNOWN_GOOD}x"
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    return f"moto {version} is installed without {', '.join(missing)}" if missing else None


def arguments(argv: list[str]) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="local_aws.py", description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--port", type=int, default=0, help="port on 127.0.0.1; 0, the default, picks a free one")
    add("--minute", type=float, default=60, metavar="SECONDS", help="how long a minute of a rate() schedule takes")
    add("--until-stdin-closes", action="store_true", help="end when standard input does")
    add("--calls", type=Path, metavar="FILE", help="write a line for each permission of a call: action, resource, key")
    add("--verbose", action="store_true", help="print a line for every request")
    args = parser.parse_args(argv)
    if not 0 <= args.port <= 65535 or args.minute <= 0:
        parser.error("--port must be 0 to 65535, and --minute above 0")
    return args


def end_with_stdin() -> None:
    """Ends this process when its parent closes the pipe, or dies and so closes it."""
    while sys.stdin.buffer.read(1 << 16):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def serve(args: argparse.Namespace) -> None:
    """Serves until SIGTERM or SIGINT."""
    import repairs
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        """Logs only with --verbose."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            if args.verbose:
                super().log_request(code, size)

    if args.calls:
        import calls

        calls.record(args.calls)
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", args.port, app, threaded=True, request_handler=Handler)
    os.environ["MOTO_PORT"] = str(server.port)
    repairs.apply(args.minute)
    if args.until_stdin_closes:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    print(f"LOCAL_AWS_URL=http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()


def main(argv: list[str]) -> int:
    """Runs the command."""
    args = arguments(argv)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    if reason := unusable():
        helps = f"`make demo` and `make test` install it, or `pip install 'moto[server]=={PINNED}'`"
        print(f"local_aws.py: {sys.executable}: {reason}; {helps}", file=sys.stderr)
        return EXIT_NO_MOTO
    try:
        serve(args)
    except OSError as error:
        print(f"local_aws.py: port {args.port}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
