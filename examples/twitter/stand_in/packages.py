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
    if not _lacking() or _found_in(DEBIAN) or _found_in(str(FOLDER)):
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    pip = subprocess.run(
        [*PIP, "--target", str(FOLDER), "--requirement", str(REQUIREMENTS)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if pip.returncode or not _found_in(str(FOLDER)):
        ways = "`apt-get install python3-pil python3-requests-oauthlib python3-boto3` or pip with requirements.txt"
        raise Missing(f"{sys.executable} lacks {', '.join(_lacking())}: {ways} helps")


def _found_in(place: str) -> bool:
    """Adds a folder, and takes it away again if it does not help: its packages may be another Python's."""
    sys.path.append(place)
    if not _lacking():
        return True
    sys.path.remove(place)
    for name in list(sys.modules):
        if name.partition(".")[0] in {needed.partition(".")[0] for needed in _lacking()}:
            del sys.modules[name]
    return False


def _lacking() -> list[str]:
    importlib.invalidate_caches()
    return [name for name in NEEDED if not _importable(name)]


def _importable(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
