"""Tests of the local AWS: make test-python. They are skipped where moto cannot be imported, and say so."""

from __future__ import annotations

import unittest

import local_aws

if _reason := local_aws.unusable():
    raise unittest.SkipTest(f"{_reason}; `make test` installs it")
