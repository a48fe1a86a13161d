"""Resource policies for AWS services: is a service allowed to do something with a resource?"""

from __future__ import annotations

import datetime
import fnmatch
import json
import re
from typing import Any

Context = dict[str, str]


def allows(policy: str | bytes | None, service: str, action: str, resource: str, context: Context) -> bool:
    """Returns whether the policy lets a service (`events.amazonaws.com`) act: a statement allows it, none denies it."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    context = {"aws:SecureTransport": "true", "aws:CurrentTime": now, **context}
    statements = many(json.loads(policy or "{}").get("Statement"))
    return {s.get("Effect") for s in statements if _applies(s, service, action, resource, context)} == {"Allow"}


def _applies(statement: dict[str, Any], service: str, action: str, resource: str, context: Context) -> bool:
    principal = statement["Principal"]
    return (
        (principal == "*" or service in many(principal.get("Service")) or "*" in many(principal.get("AWS")))
        and any(like(action.lower(), pattern.lower()) for pattern in many(statement["Action"]))
        and any(like(resource, pattern) for pattern in many(statement["Resource"]))
        and all(
            _holds(operator, context.get(key), many(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _holds(operator: str, found: str | None, wanted: list[Any]) -> bool:
    """Returns whether a condition holds for one of the values. The operators are those of the stack's policies."""
    tests = {
        "ArnEquals": like,
        "ArnLike": like,
        "Bool": lambda value, one: value == str(one).lower(),
        "DateLessThan": str.__lt__,  # both are in UTC, in whole seconds
        "StringEquals": str.__eq__,
        "StringLike": like,
    }
    if operator not in tests:
        raise ValueError(f"the local AWS does not support the condition operator {operator}")
    return found is not None and any(tests[operator](found, one) for one in wanted)


def like(value: str, pattern: str) -> bool:
    """Returns whether a value matches a pattern with IAM's wildcards, * and ?."""
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), value) is not None


def many(value: Any) -> list[Any]:
    """Returns one, several or no values as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
