"""Event patterns as EventBridge matches them, arrays of objects included."""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

ABSENT = object()
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether an event has what every member of the pattern asks for."""
    return _object(_nested(pattern), _nested(event))


def _nested(value: Any) -> Any:
    """A dot in a name is as good as an object within an object: {"a.b": 1} is {"a": {"b": 1}}."""
    if not isinstance(value, dict):
        return [_nested(v) for v in value] if isinstance(value, list) else value
    result: dict[str, Any] = {}
    for name, member in value.items():
        *path, last = name.split(".")
        inner = result
        for part in path:
            if not isinstance(inner.get(part), dict):
                inner[part] = {}
            inner = inner[part]
        member = _nested(member)
        if isinstance(member, dict) and isinstance(inner.get(last), dict):
            inner[last].update(member)
        else:
            inner[last] = member
    return result


def _object(pattern: dict[str, Any], event: Any) -> bool:
    return all(_member(name, wanted, event) for name, wanted in pattern.items())


def _member(name: str, wanted: Any, event: Any) -> bool:
    if name == "$or" and isinstance(wanted, list):
        return any(_object(alternative, event) for alternative in wanted)
    value = event.get(name, ABSENT) if isinstance(event, dict) else ABSENT
    if isinstance(wanted, dict):
        # One element of an array has to satisfy the whole of the object, not each member another one.
        objects = [v for v in _leaves(value) if isinstance(v, dict)]
        return any(_object(wanted, v) for v in objects or [ABSENT])
    leaves = [v for v in _leaves(value) if not isinstance(v, dict)]
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
        return type(rule) is type(leaf) and rule == leaf or _number(rule) and _number(leaf) and rule == leaf
    (name, wanted), *_ = rule.items()
    if name == "anything-but":
        return not any(_holds(_named(w), leaf) for w in _many(wanted))
    if name == "numeric":
        return _number(leaf) and all(COMPARE[wanted[i]](leaf, wanted[i + 1]) for i in range(0, len(wanted), 2))
    return isinstance(leaf, str) and _text(name, wanted, leaf)


def _named(wanted: Any) -> Any:
    """A rule below anything-but may name several values: it is none of them."""
    if isinstance(wanted, dict):
        (name, values), *_ = wanted.items()
        return {name: values} if not isinstance(values, list) else {"any": [{name: v} for v in values]}
    return wanted


def _text(name: str, wanted: Any, leaf: str) -> bool:
    if name == "any":
        return any(_holds(rule, leaf) for rule in wanted)
    if isinstance(wanted, dict):  # {"prefix": {"equals-ignore-case": …}}
        wanted, leaf = wanted["equals-ignore-case"].lower(), leaf.lower()
    match name:
        case "prefix":
            return leaf.startswith(wanted)
        case "suffix":
            return leaf.endswith(wanted)
        case "equals-ignore-case":
            return leaf.lower() == wanted.lower()
        case "wildcard":
            return re.fullmatch(_wildcard(wanted), leaf, re.DOTALL) is not None
        case "cidr":
            return _in_network(leaf, wanted)
    return False


def _wildcard(pattern: str) -> str:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "".join(".*" if p == "*" else re.escape(p[-1]) for p in parts)


def _in_network(leaf: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(leaf) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
