"""Tests of the local AWS: make test-python. They are skipped where moto cannot be imported, and say so."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

import install

OWN = Path(__file__).parents[4] / ".local-aws"

sys.path.append(str(OWN))
if _why := install.unusable():
    raise unittest.SkipTest(f"{_why}; `make demo` installs it into {OWN}")
