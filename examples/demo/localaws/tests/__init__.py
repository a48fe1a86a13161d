"""Tests of the local AWS: make test-python. They are skipped, with that reason, if moto cannot be imported."""

from __future__ import annotations

import unittest

import local_aws

if _reason := local_aws.unusable():
    raise unittest.SkipTest(f"{_reason}; `make test` installs it")
