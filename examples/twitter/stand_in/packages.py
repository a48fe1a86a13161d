"""Finds the function's Python packages on this machine: Python's own, Debian's, or pip's in a folder of the clone."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "examples" / "twitter" / "requirements.txt"
# The compiled part of Pillow, since it must fit this Python.
NEEDED = ("PIL._imaging", "requests", "requests_oauthlib", "boto3")
DEBIAN = "/usr/lib/python3/dist-packages"
# Where the local AWS puts what it installs, too.
FOLDER = ROOT / ".local-aws"
PIP = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]


class Missing(Exception):
    """A package cannot be had; the text says which and what would help."""


def provide() -> None:
    """Makes them importable. What Python has itself comes first, so that nothing of it is replaced by an older one."""
    for place in ("", DEBIAN, str(FOLDER)):
        if place:
            sys.path.append(place)
        lacking = _lacking()
        if not lacking:
            return
    pip = subprocess.run(
        [*PIP, "--target", str(FOLDER), "--requirement", str(REQUIREMENTS)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    lacking = _lacking()
    if pip.returncode or lacking:
        ways = "`apt-get install python3-pil python3-requests-oauthlib python3-boto3` or pip with requirements.txt"
        raise Missing(f"{sys.executable} lacks {', '.join(lacking)}: {ways} helps")


def _lacking() -> list[str]:
    importlib.invalidate_caches()
    return [name for name in NEEDED if not _importable(name)]


def _importable(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
