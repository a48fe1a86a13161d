"""What can be said without a server: patterns, policies, schedules."""

from __future__ import annotations

import json
import unittest
from typing import Any

from repairs import matching, policy, schedule

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
