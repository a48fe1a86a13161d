"""What can be said without a server: patterns, policies, schedules, finding moto."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any

from repairs import matching, policy, schedule

from .served import FOLDER

ARN = "arn:aws:events:us-west-2:1:rule/a"


class Patterns(unittest.TestCase):
    """Event patterns."""

    def test_rules(self) -> None:
        cases: list[tuple[Any, Any, bool]] = [
            (["a"], "a", True),
            (["a"], "b", False),
            (["a"], ["b", "a"], True),
            ([1], 1.0, True),
            ([1], "1", False),
            ([1], True, False),
            ([True], 1, False),
            ([None], None, True),
            ([None], "", False),
            ([{"prefix": "im"}], "images", True),
            ([{"prefix": {"equals-ignore-case": "IM"}}], "images", True),
            ([{"suffix": ".png"}], "a.png", True),
            ([{"suffix": ".png"}], "a.jpg", False),
            ([{"equals-ignore-case": "A"}], "a", True),
            ([{"anything-but": "a"}], "b", True),
            ([{"anything-but": ["a", "b"]}], "b", False),
            ([{"anything-but": {"prefix": ["x", "a"]}}], "ab", False),
            ([{"anything-but": {"wildcard": "*b"}}], "ba", True),
            ([{"numeric": [">", 0, "<=", 5]}], 5, True),
            ([{"numeric": [">", 0, "<=", 5]}], 0, False),
            ([{"numeric": ["=", 1]}], "1", False),
            ([{"cidr": "10.0.0.0/24"}], "10.0.0.9", True),
            ([{"cidr": "10.0.0.0/24"}], "10.0.1.9", False),
            ([{"cidr": "10.0.0.0/24"}], "no address", False),
            ([{"wildcard": "a*c\\*"}], "abbc*", True),
            ([{"wildcard": "a*c"}], "abcd", False),
            ([{"exists": True}], "x", True),
            ([{"exists": False}], "x", False),
            ([{"unknown": "x"}], "x", False),
        ]
        for rules, value, wanted in cases:
            with self.subTest(rules=rules, value=value):
                self.assertIs(matching.matches({"f": rules}, {"f": value}), wanted)

    def test_structure(self) -> None:
        both = {"items": {"a": [1], "b": [2]}}
        self.assertTrue(matching.matches(both, {"items": [{"a": 3}, {"a": 1, "b": 2}]}))
        self.assertFalse(matching.matches(both, {"items": [{"a": 1}, {"b": 2}]}))
        self.assertTrue(matching.matches({"f": [{"exists": False}]}, {}))
        self.assertTrue(matching.matches({"$or": [{"a": [1]}, {"b": [2]}]}, {"b": 2}))
        self.assertFalse(matching.matches({"c": [3], "$or": [{"a": [1]}, {"b": [2]}]}, {"b": 2}))
        self.assertTrue(matching.matches({"a.b": [1], "a": {"c": [2]}}, {"a": {"b": 1, "c": 2}}))
        self.assertTrue(matching.matches({"a.b": [1]}, {"a": 5, "a.b": 1}))


class Policies(unittest.TestCase):
    """Resource policies."""

    def allows(self, **statement: Any) -> bool:
        """Whether a statement lets EventBridge send for the rule of this test."""
        whole = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
        whole |= {"Resource": "arn:q", **statement}
        document = json.dumps({"Statement": [{k: v for k, v in whole.items() if v is not None}]})
        context = {"aws:SourceArn": ARN, "aws:SourceAccount": "1"}
        return policy.allows(document, "events.amazonaws.com", "sqs:SendMessage", "arn:q", context)

    def test_statements(self) -> None:
        self.assertFalse(policy.allows(None, "events.amazonaws.com", "a", "b", {}))
        yes: list[dict[str, Any]] = [
            {},
            {"Principal": "*"},
            {"Principal": {"AWS": "*"}},
            {"Principal": {"Service": ["x", "events.amazonaws.com"]}},
            {"Action": ["sqs:send*"]},
            {"Resource": "*"},
            {"Action": None, "NotAction": "sqs:ReceiveMessage"},
            {"Condition": {"ArnEquals": {"aws:SourceArn": ARN}, "StringEquals": {"aws:SourceAccount": ["2", "1"]}}},
            {"Condition": {"ArnLike": {"AWS:sourcearn": "arn:aws:events:*:1:rule/*"}}},
            {"Condition": {"StringNotEquals": {"aws:SourceAccount": "2"}}},
            {"Condition": {"Bool": {"aws:SecureTransport": True}}},
            {"Condition": {"StringEqualsIfExists": {"aws:Other": "x"}}},
            {"Condition": {"Null": {"aws:Other": "true"}}},
        ]
        no: list[dict[str, Any]] = [
            {"Effect": "Deny"},
            {"Principal": {"Service": "s3.amazonaws.com"}},
            {"Principal": None, "NotPrincipal": {"Service": "events.amazonaws.com"}},
            {"Action": "sqs:ReceiveMessage"},
            {"Resource": "arn:other"},
            {"Condition": {"ArnEquals": {"aws:SourceArn": ARN + "b"}}},
            {"Condition": {"StringEquals": {"aws:SourceAccount": "2"}}},
            {"Condition": {"StringEquals": {"aws:Other": "x"}}},
            {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        ]
        for statement in yes + no:
            with self.subTest(statement=statement):
                self.assertIs(self.allows(**statement), statement in yes)

    def test_unknown_operator_is_an_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "NumericLessThan"):
            self.allows(Condition={"NumericLessThan": {"aws:SourceAccount": "1"}})

    def test_dates(self) -> None:
        for operator, date, held in (
            ("DateLessThan", "2999-01-01T00:00:00Z", True),
            ("DateLessThan", "2020-01-01T00:00:00Z", False),
            ("DateGreaterThan", "2999-01-01T00:00:00Z", False),
            ("DateGreaterThan", "2020-01-01T00:00:00Z", True),
        ):
            with self.subTest(operator=operator, date=date):
                self.assertIs(self.allows(Condition={operator: {"aws:CurrentTime": date}}), held)

    def test_wildcards_are_no_character_classes(self) -> None:
        self.assertTrue(policy.like("a[1]b", "a[1]*"))
        self.assertFalse(policy.like("a1b", "a[1]b"))


class Schedules(unittest.TestCase):
    """rate(…)."""

    def test_period(self) -> None:
        for expression, minutes in (
            ("rate(1 minute)", 1),
            ("rate(3 hours)", 180),
            ("rate(2 days)", 2880),
            ("cron(0 12 * * ? *)", 0),
            ("", 0),
            (None, 0),
        ):
            self.assertEqual(schedule.period(expression), minutes)


class FindingMoto(unittest.TestCase):
    """A Python without moto, or with another one; run apart, since this one has it."""

    def setUp(self) -> None:
        """Makes a folder that takes the place of Python's packages."""
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def run_it(self, *args: str, installed: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Runs install.py's part in a Python that has nothing but pip, or what `installed` names as moto's version."""
        site = self.folder / "site"
        if installed:
            info = site / f"moto-{installed}.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: moto\nVersion: {installed}\n")
        import pip

        # -S and -I leave Python without site-packages; pip is put back by hand.
        code = (
            "import sys; sys.path[:0] = sys.argv[1:3]; import os; sys.path.append(sys.argv[3])\n"
            "import install; from pathlib import Path\n"
            "install.PIP[:1] = [sys.executable]\n"
            "folder = Path(sys.argv[4]) if len(sys.argv) > 4 else None\n"
            "try: install.provide_moto(folder); import moto; print(moto.__file__)\n"
            "except install.NoMoto as why: print(why); sys.exit(3)\n"
        )
        packages = self.folder / "pip-only"
        packages.mkdir(exist_ok=True)
        (packages / "pip").symlink_to(Path(pip.__file__).parent)
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(packages), "PIP_NO_INDEX": "1", **env}
        return subprocess.run(
            [sys.executable, "-S", "-c", code, str(FOLDER), str(site), str(packages), *args],
            env=environment,
            text=True,
            capture_output=True,
            check=False,
        )

    def wheels(self, version: str) -> str:
        """A folder of a wheel that is as much of moto as is looked at."""
        folder = self.folder / "wheels"
        folder.mkdir()
        info = f"moto-{version}.dist-info"
        files = {name + "/__init__.py": b"" for name in ("moto", "flask", "flask_cors", "jsonpath_ng", "boto3")}
        files[info + "/METADATA"] = (
            f"Metadata-Version: 2.1\nName: moto\nVersion: {version}\nProvides-Extra: server\n"
        ).encode()
        files[info + "/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        record = ""
        for name, content in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(content)}\n"
        with zipfile.ZipFile(folder / f"moto-{version}-py3-none-any.whl", "w") as wheel:
            for name, content in files.items():
                wheel.writestr(name, content)
            wheel.writestr(info + "/RECORD", record + f"{info}/RECORD,,\n")
        return str(folder)

    def test_says_what_would_help(self) -> None:
        done = self.run_it()
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("moto is not installed; `python3 -m pip install 'moto[server]==5.2.1'` helps", done.stdout)

    def test_another_version(self) -> None:
        done = self.run_it(installed="4.1.0")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("moto 4.1.0 is installed, but the repairs are for 5.2.x", done.stdout)

    def test_without_the_server(self) -> None:
        done = self.run_it(installed="5.2.9")
        self.assertIn("moto 5.2.9 is installed without flask, flask_cors, jsonpath_ng, boto3", done.stdout)

    def test_installs_into_a_folder_of_its_own(self) -> None:
        own = self.folder / "own"
        for installing in (True, False):
            links = {"PIP_FIND_LINKS": self.wheels("5.2.1")} if installing else {}
            done = self.run_it(str(own), **links)
            self.assertEqual((done.returncode, done.stdout.strip()), (0, str(own / "moto" / "__init__.py")), done.stderr)
            self.assertEqual("installing moto[server]==5.2.1 into" in done.stderr, installing)
            (self.folder / "pip-only" / "pip").unlink()

    def test_cannot_install(self) -> None:
        done = self.run_it(str(self.folder / "own"))
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("moto[server]==5.2.1 cannot be installed here: ERROR: No matching distribution", done.stdout)
