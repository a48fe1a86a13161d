"""One local AWS for the tests that talk to it, as any client would."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

FOLDER = Path(__file__).parent.parent
ACCOUNT = "123456789012"
REGION = "us-west-2"


def start(*options: str) -> tuple[subprocess.Popen[str], str]:
    """Starts a local AWS and waits for its address."""
    command = [sys.executable, str(FOLDER / "local_aws.py"), *options]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    return process, process.stdout.readline().strip().removeprefix("LOCAL_AWS_URL=")


class Served(unittest.TestCase):
    """Starts a local AWS for the class; each test uses different names."""

    options: tuple[str, ...] = ("--minute", "0.2")

    @classmethod
    def setUpClass(cls) -> None:
        """Starts it."""
        process, cls.url = start("--until-stdin-closes", *cls.options)
        cls.addClassCleanup(process.communicate, timeout=10)
        cls.sqs, cls.events, cls.s3, cls.trails = map(cls.client, ("sqs", "events", "s3", "cloudtrail"))

    def setUp(self) -> None:
        """Makes names."""
        self.name = "t-" + self._testMethodName.replace("_", "-").lower()[:40]

    @classmethod
    def client(cls, service: str) -> Any:
        """Returns a client of a service."""
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        once = Config(retries={"total_max_attempts": 1})
        return boto3.client(service, endpoint_url=cls.url, region_name=REGION, config=once, **keys)

    def queue(self, suffix: str = "", policy: str | None = "Allow", **attributes: str) -> tuple[str, str]:
        """Creates a queue that EventBridge is allowed to send to, or not; returns its URL and ARN."""
        name = self.name + suffix
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        if policy:
            principal = {"Service": "events.amazonaws.com"}
            statement = {"Effect": policy, "Principal": principal, "Action": "sqs:SendMessage", "Resource": arn}
            attributes["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"], arn

    def rule(self, pattern: Any = None, target: dict[str, Any] | None = None, **options: Any) -> str:
        """Creates a rule with one target; returns its ARN."""
        if pattern is not None:
            options["EventPattern"] = json.dumps(pattern)
        arn = self.events.put_rule(Name=self.name, **options)["RuleArn"]
        self.addCleanup(self.events.disable_rule, Name=self.name)
        if target:
            self.events.put_targets(Rule=self.name, Targets=[{"Id": "t", **target}])
        return arn

    def put(self, **event: Any) -> str:
        """Puts an event with a source that only this test uses; returns its id."""
        entry = {"Source": self.name, "DetailType": "t", "Detail": "{}", **event}
        return self.events.put_events(Entries=[entry])["Entries"][0]["EventId"]

    def messages(self, url: str, count: int = 1, within: float = 5) -> list[dict[str, Any]]:
        """Returns that many messages, or fewer after a timeout."""
        found: list[dict[str, Any]] = []
        end = time.monotonic() + within
        while len(found) < count and time.monotonic() < end:
            answer = self.sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
            )
            found += answer.get("Messages", [])
        return found

    def bodies(self, url: str, count: int = 1) -> list[Any]:
        """Returns the decoded JSON bodies of that many messages."""
        return [json.loads(m["Body"]) for m in self.messages(url, count)]

    def empty(self, url: str) -> bool:
        """Returns whether a queue has nothing to receive."""
        return "Messages" not in self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
