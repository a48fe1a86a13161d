"""Resource policies, as far as AWS services are concerned that act through them: may this service do that?"""

from __future__ import annotations

import datetime
import fnmatch
import json
import re
from typing import Any

Context = dict[str, str]


def allows(policy: str | bytes | None, service: str, action: str, resource: str, context: Context) -> bool:
    """Whether the policy lets a service (`events.amazonaws.com`) act: something allows it and nothing denies it."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    context = {"aws:SecureTransport": "true", "aws:CurrentTime": now, **context}
    statements = many(json.loads(policy or "{}").get("Statement"))
    return {s.get("Effect") for s in statements if _applies(s, service, action, resource, context)} == {"Allow"}


def _applies(statement: dict[str, Any], service: str, action: str, resource: str, context: Context) -> bool:
    return (
        _principal(statement, service)
        and _any(statement, "Action", action.lower(), lower=True)
        and _any(statement, "Resource", resource)
        and all(
            _condition(operator, key, many(values), context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _principal(statement: dict[str, Any], service: str) -> bool:
    negated = "NotPrincipal" in statement
    principal = statement.get("NotPrincipal" if negated else "Principal")
    named = principal == "*" or isinstance(principal, dict) and (
        service in many(principal.get("Service")) or "*" in many(principal.get("AWS"))
    )
    return named != negated


def _any(statement: dict[str, Any], key: str, value: str, lower: bool = False) -> bool:
    negated = f"Not{key}" in statement
    patterns = many(statement.get(f"Not{key}" if negated else key))
    return any(like(value, p.lower() if lower else p) for p in patterns) != negated


def _condition(operator: str, key: str, wanted: list[Any], context: Context) -> bool:
    found = next((v for k, v in context.items() if k.lower() == key.lower()), None)
    operator, if_exists, _ = operator.partition("IfExists")
    if operator == "Null":
        return (found is None) == (str(wanted[0]).lower() == "true")
    if found is None:
        return bool(if_exists) or "Not" in operator
    values = [str(w).lower() if operator == "Bool" else str(w) for w in wanted]
    kind = operator.replace("Not", "")
    if kind in ("StringEquals", "Bool"):
        held = found in values
    elif kind in ("StringLike", "ArnLike", "ArnEquals"):
        held = any(like(found, v) for v in values)
    elif kind == "DateLessThan":
        held = any(found < v for v in values)  # both are in UTC, in whole seconds
    elif kind == "DateGreaterThan":
        held = any(found > v for v in values)
    elif kind == "StringEqualsIgnoreCase":
        held = found.lower() in [v.lower() for v in values]
    else:
        raise ValueError(f"condition operator {operator} is not known to the local AWS")
    return held != ("Not" in operator)


def like(value: str, pattern: str) -> bool:
    """IAM's wildcards: * and ? and nothing else."""
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), value) is not None


def many(value: Any) -> list[Any]:
    """One, several or none, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
