"""Event patterns as EventBridge matches them, arrays of objects included."""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Iterator
from typing import Any

ABSENT = object()
COMPARE = {"<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt}


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether an event has what every member of the pattern asks for."""
    return _object(_nested(pattern), _nested(event))


def _nested(value: Any) -> Any:
    """A dot in a name is as good as an object within an object: {"a.b": 1} is {"a": {"b": 1}}."""
    if isinstance(value, list):
        return [_nested(v) for v in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for name, member in value.items():
        *path, last = name.split(".")
        inner = result
        for part in path:
            if not isinstance(inner.get(part), dict):
                inner[part] = {}
            inner = inner[part]
        member = _nested(member)
        both = isinstance(member, dict) and isinstance(inner.get(last), dict)
        inner[last] = {**inner[last], **member} if both else member
    return result


def _object(pattern: dict[str, Any], event: Any) -> bool:
    return all(_member(name, wanted, event) for name, wanted in pattern.items())


def _member(name: str, wanted: Any, event: Any) -> bool:
    if name == "$or" and isinstance(wanted, list):
        return any(_object(alternative, event) for alternative in wanted)
    leaves = list(_leaves(event.get(name, ABSENT) if isinstance(event, dict) else ABSENT))
    if isinstance(wanted, dict):
        # One element of an array has to satisfy the whole of the object, not each member another one.
        return any(_object(wanted, v) for v in [v for v in leaves if isinstance(v, dict)] or [ABSENT])
    leaves = [v for v in leaves if not isinstance(v, dict)]
    return any(_rule(rule, leaves) for rule in wanted)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for element in value:
            yield from _leaves(element)
    elif value is not ABSENT:
        yield value


def _rule(rule: Any, leaves: list[Any]) -> bool:
    if isinstance(rule, dict) and "exists" in rule:
        return bool(leaves) == rule["exists"]
    return any(_holds(rule, leaf) for leaf in leaves)


def _holds(rule: Any, leaf: Any) -> bool:
    if not isinstance(rule, dict):
        return rule == leaf and (type(rule) is type(leaf) or _is_number(rule) and _is_number(leaf))
    ((name, wanted),) = rule.items()
    if name == "anything-but":
        return not any(_holds(one, leaf) for one in _alternatives(wanted))
    if name == "numeric":
        tests = zip(wanted[::2], wanted[1::2])
        return _is_number(leaf) and all(COMPARE[test](leaf, number) for test, number in tests)
    return isinstance(leaf, str) and _text(name, wanted, leaf)


def _alternatives(wanted: Any) -> list[Any]:
    """What is below anything-but: values, or a rule with one value or several."""
    if isinstance(wanted, dict):
        ((name, values),) = wanted.items()
        return [{name: v} for v in (values if isinstance(values, list) else [values])]
    return wanted if isinstance(wanted, list) else [wanted]


def _text(name: str, wanted: Any, leaf: str) -> bool:
    if isinstance(wanted, dict):  # {"prefix": {"equals-ignore-case": …}}
        wanted, leaf = wanted["equals-ignore-case"].lower(), leaf.lower()
    if name == "prefix":
        return leaf.startswith(wanted)
    if name == "suffix":
        return leaf.endswith(wanted)
    if name == "equals-ignore-case":
        return leaf.lower() == wanted.lower()
    if name == "wildcard":
        parts = re.findall(r"\\.|.", wanted, re.DOTALL)
        expression = "".join(".*" if p == "*" else re.escape(p[-1]) for p in parts)
        return re.fullmatch(expression, leaf, re.DOTALL) is not None
    return name == "cidr" and _is_in_network(leaf, wanted)


def _is_in_network(leaf: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(leaf) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
