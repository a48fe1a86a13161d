"""Tests of the function and of its stand-ins. Nothing leaves the machine, and nobody waits for real time."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from stand_in import packages  # noqa: E402

packages.provide()
sys.path.append(str(HERE.parents[1] / "demo" / "localaws"))

import install  # noqa: E402  (the local AWS's way to moto)

install.provide_moto(packages.FOLDER)
# A developer's own settings have no say here.
for name in [name for name in os.environ if name.startswith("AWS_") or name == "X_API_URL"]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
