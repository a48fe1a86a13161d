"""Finds moto, or installs it into a folder of its own. Nothing that Python has is changed."""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import subprocess
import sys
from pathlib import Path

PINNED = "5.2.1"
KNOWN_GOOD = "5.2."
REQUIREMENT = f"moto[server]=={PINNED}"
PIP = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--disable-pip-version-check", "--retries", "1"]
NEEDED = ("flask", "flask_cors", "jsonpath_ng", "boto3")


class NoMoto(Exception):
    """moto cannot be had; the text says why and what would help."""


def provide_moto(folder: Path | None) -> None:
    """Makes a moto that is known to work importable: Python's own, or the folder's, which is filled if it must be."""
    why = unusable()
    if why is None:
        return
    if folder is None:
        raise NoMoto(f"{why}; `python3 -m pip install '{REQUIREMENT}'` helps, or the option --install FOLDER")
    sys.path.insert(0, str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # somebody else may be installing at this moment
        importlib.invalidate_caches()
        if unusable() is not None:
            print(f"{why}: installing {REQUIREMENT} into {folder}", file=sys.stderr, flush=True)
            _install(folder, why)


def _install(folder: Path, why: str) -> None:
    pip = subprocess.run(
        [*PIP, "--target", str(folder), REQUIREMENT],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    importlib.invalidate_caches()
    still = unusable()
    if pip.returncode or still:
        said = [line for line in pip.stdout.splitlines() if line.strip()] or [still or "pip said nothing"]
        raise NoMoto(f"{still or why}, and {REQUIREMENT} cannot be installed here: {said[-1].strip()}")


def unusable() -> str | None:
    """Says what is wrong with the moto that Python finds; None when nothing is."""
    try:
        version = importlib.metadata.version("moto")
    except importlib.metadata.PackageNotFoundError:
        return "moto is not installed"
    if not version.startswith(KNOWN_GOOD):
        return f"moto {version} is installed, but the repairs are for {KNOWN_GOOD}x"
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return f"moto {version} is installed without {', '.join(missing)}"
    return None
