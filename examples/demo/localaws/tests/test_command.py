"""The command: its ready line, that it always ends, and a Python without the moto that it needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

from .served import FOLDER, start


class Command(unittest.TestCase):
    """local_aws.py as a process."""

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Starts it for this test."""
        process, self.url = start(*args)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def test_ends_on_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.start()
            with urllib.request.urlopen(self.url + "/moto-api/data.json") as answer:
                self.assertEqual(answer.status, 200)
            process.send_signal(number)
            out, err = process.communicate(timeout=10)
            self.assertEqual((process.returncode, out, err), (0, "", ""))

    def test_ends_with_its_standard_input(self) -> None:
        process = self.start("--until-stdin-closes")
        self.assertEqual(process.communicate(timeout=10), ("", ""))
        self.assertEqual(process.returncode, 0)

    def test_listens_on_loopback_only_and_says_when_it_cannot(self) -> None:
        self.start()
        self.assertTrue(self.url.startswith("http://127.0.0.1:"))
        second = self.start("--port", self.url.rpartition(":")[2])
        _, err = second.communicate(timeout=10)
        self.assertEqual(second.returncode, 1)
        self.assertIn("Address already in use", err)

    def test_refuses_bad_arguments(self) -> None:
        for args in (["--port", "70000"], ["--minute", "0"], ["--unknown"]):
            process = self.start(*args)
            process.communicate(timeout=10)
            self.assertEqual(process.returncode, 2)

    def test_says_which_moto_is_missing(self) -> None:
        for version, reason in (
            ("", "moto is not installed"),
            ("4.1.0", "moto 4.1.0 is installed, but the repairs are for 5.2.x"),
            ("5.2.9", "moto 5.2.9 is installed without flask, flask_cors, boto3"),
        ):
            with self.subTest(version), tempfile.TemporaryDirectory() as folder:
                if version:
                    info = Path(folder, f"moto-{version}.dist-info")
                    info.mkdir()
                    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: moto\nVersion: {version}\n")
                # -S leaves Python without its packages.
                command = [sys.executable, "-S", str(FOLDER / "local_aws.py")]
                environment = {"PATH": os.environ["PATH"], "PYTHONPATH": folder}
                done = subprocess.run(command, env=environment, text=True, capture_output=True, check=False)
                self.assertEqual(done.returncode, 3)
                self.assertIn(reason + "; `make demo` and `make test` install it", done.stderr)
