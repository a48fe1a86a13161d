"""Scheduled rules: rate(…) fires on a clock that can run faster than real time, cron(…) does not fire."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator

from moto.events import models

from . import eventbridge

UNITS = {"minute": 1, "hour": 60, "day": 60 * 24}
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
TICK = 0.05


def start(minute: float) -> None:
    """Starts the clock; a minute takes that many seconds."""
    threading.Thread(target=_run, args=(minute,), name="schedule", daemon=True).start()


def _run(minute: float) -> None:
    due: dict[str, tuple[str, float]] = {}
    while True:
        time.sleep(TICK)
        now = time.monotonic()
        rules = {rule.arn: rule for rule in _scheduled()}
        for arn in due.keys() - rules.keys():
            del due[arn]
        for arn, rule in rules.items():
            every = period(rule.scheduled_expression) * minute
            expression, at = due.get(arn, ("", 0.0))
            if expression != rule.scheduled_expression:
                due[arn] = (rule.scheduled_expression, now + every)
            elif at <= now:
                due[arn] = (expression, at + every)
                _fire(rule)


def period(expression: str) -> float:
    """Returns the minutes of a rate(…) expression; 0 for anything else."""
    found = RATE.fullmatch(expression or "")
    return int(found[1]) * UNITS[found[2]] if found else 0


def _scheduled() -> Iterator[models.Rule]:
    for account in list(models.events_backends.values()):
        for backend in list(account.values()):
            for rule in list(backend.event_buses["default"].rules.values()):
                if rule.state.startswith("ENABLED") and period(rule.scheduled_expression):
                    yield rule


def _fire(rule: models.Rule) -> None:
    event = eventbridge.new("aws.events", "Scheduled Event", rule.account_id, rule.region_name, {}, [rule.arn])
    eventbridge.deliver(rule, event)
