#!/usr/bin/env python3
"""A mock of X's API on this machine: prints X_API_URL=http://127.0.0.1:PORT and serves until SIGTERM.

It checks every request as X does (signatures, chunks, processing, duplicates, limits), and GET /stand-in/posts lists
what was posted, with the pictures in base64.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(FOLDER))

from stand_in import command  # noqa: E402  (a script finds its package only now)
from stand_in.x_site import Site  # noqa: E402

SAMPLE = FOLDER / "secrets" / "twitter.json"


def main() -> None:
    """Runs the command."""
    parser = command.parser("x_stand_in.py", __doc__)
    parser.add_argument("--secrets", type=Path, default=SAMPLE, help="the secret twitter; the default is the sample")
    args = parser.parse_args()
    # The keys that requests must be signed with, in either spelling.
    found = json.loads(args.secrets.read_text(encoding="utf-8"))
    site = Site({name.replace("oath", "oauth"): value for name, value in found.items()})
    command.serve(command.listen(site.app, args.port), "X_API_URL", args.until_stdin_closes)


if __name__ == "__main__":
    main()
