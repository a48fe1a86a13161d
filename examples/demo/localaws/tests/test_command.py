"""The command: its ready line, and that it always ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import unittest
import urllib.request

from .served import FOLDER


class Command(unittest.TestCase):
    """local_aws.py as a process."""

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Starts it and waits for its address."""
        process = subprocess.Popen(
            [sys.executable, str(FOLDER / "local_aws.py"), *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.url = process.stdout.readline().strip().removeprefix("LOCAL_AWS_URL=")
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
        for args in (["--port", "70000"], ["--minute", "0"], ["--deleted-queue-seconds", "-1"], ["--unknown"]):
            process = self.start(*args)
            process.communicate(timeout=10)
            self.assertEqual(process.returncode, 2)
