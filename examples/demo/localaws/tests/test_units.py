"""What can be tested without a server: patterns, policies, schedules."""

from __future__ import annotations

import json
import unittest
from typing import Any

from moto.events.models import EventPattern
from repairs import eventbridge, policy, schedule

ARN = "arn:aws:events:us-west-2:1:rule/a"


class Patterns(unittest.TestCase):
    """Event patterns."""

    @classmethod
    def setUpClass(cls) -> None:
        """Repairs moto in this process, too."""
        eventbridge.repair()

    def matches(self, pattern: dict[str, Any], event: dict[str, Any]) -> bool:
        """Returns whether the emulator matches an event with the pattern."""
        return EventPattern.load(json.dumps(pattern)).matches_event(event)

    def test_structure(self) -> None:
        both = {"items": {"a": [1], "b": [2]}}
        self.assertTrue(self.matches(both, {"items": [{"a": 3}, {"a": 1, "b": 2}]}))
        self.assertFalse(self.matches(both, {"items": [{"a": 1}, {"b": 2}]}))
        self.assertFalse(self.matches(both, {"items": 1}))
        self.assertTrue(self.matches({"f": {"g": [{"exists": False}]}}, {}))
        self.assertTrue(self.matches({"$or": [{"a": [1]}, {"b": [2]}]}, {"b": 2}))
        self.assertFalse(self.matches({"c": [3], "$or": [{"a": [1]}, {"b": [2]}]}, {"b": 2}))
        self.assertTrue(self.matches({"f": [{"anything-but": {"wildcard": "*b"}}, "b"]}, {"f": ["ab", "b"]}))


class Policies(unittest.TestCase):
    """Resource policies."""

    def allows(self, **statement: Any) -> bool:
        """Returns whether a statement lets EventBridge send for this test's rule."""
        whole = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
        whole |= {"Resource": "arn:q", **statement}
        document = json.dumps({"Statement": [whole]})
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
            {"Condition": {"ArnEquals": {"aws:SourceArn": ARN}, "StringEquals": {"aws:SourceAccount": ["2", "1"]}}},
            {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:1:rule/*"}}},
            {"Condition": {"Bool": {"aws:SecureTransport": True}}},
            {"Condition": {"DateLessThan": {"aws:CurrentTime": "2999-01-01T00:00:00Z"}}},
        ]
        no: list[dict[str, Any]] = [
            {"Effect": "Deny"},
            {"Principal": {"Service": "s3.amazonaws.com"}},
            {"Action": "sqs:ReceiveMessage"},
            {"Resource": "arn:other"},
            {"Condition": {"ArnEquals": {"aws:SourceArn": ARN + "b"}}},
            {"Condition": {"StringEquals": {"aws:SourceAccount": "2"}}},
            {"Condition": {"StringEquals": {"aws:Other": "x"}}},
            {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Condition": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}},
        ]
        for statement in yes + no:
            with self.subTest(statement=statement):
                self.assertIs(self.allows(**statement), statement in yes)

    def test_unknown_operator_is_an_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "NumericLessThan"):
            self.allows(Condition={"NumericLessThan": {"aws:SourceAccount": "1"}})

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
