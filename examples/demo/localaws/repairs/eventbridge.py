"""EventBridge: delivers whole events, with members in AWS's order, to SQS or else to the target's dead-letter queue.

moto ignores queue policies and the dead-letter queues of targets, and fails PutEvents if a queue is missing. Targets
get whole events: the stack transforms none. Only SQS targets are delivered here; moto's own code serves the others.
"""

from __future__ import annotations

import copy
import datetime
import json
import sys
import threading
import uuid
from typing import Any

from moto.events import models
from moto.sqs import sqs_backends

from . import policy

Event = dict[str, Any]

MEMBERS = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
SERVICE = "events.amazonaws.com"


def repair() -> None:
    """Replaces how moto delivers, and how it matches arrays of objects."""
    models.Rule.send_to_targets = _send_to_targets(models.Rule.send_to_targets)
    models.EventPattern.matches_event = lambda self, event: _matches(self, self.get_pattern(), event)
    lock = threading.RLock()
    for name in ("put_events", "put_rule", "delete_rule"):
        setattr(models.EventsBackend, name, _one_at_a_time(getattr(models.EventsBackend, name), lock))


def _one_at_a_time(original: Any, lock: Any) -> Any:
    """In moto an event fails, after it has reached some of its targets, if a rule is created or deleted meanwhile."""

    def locked(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return original(*args, **kwargs)

    return locked


def _matches(self: models.EventPattern, pattern: Event, value: Any) -> bool:
    """In an array of objects, one element has to match the whole pattern. In moto, several can match a part each."""
    if isinstance(value, list):
        return any(_matches(self, pattern, element) for element in value)
    for name, wanted in pattern.items():
        member = value.get(name, models.UNDEFINED) if isinstance(value, dict) else models.UNDEFINED
        if name == "$or":
            found = any(_matches(self, alternative, value) for alternative in wanted)
        elif isinstance(wanted, dict):
            found = _matches(self, wanted, member)
        else:
            found = self._does_item_match_filters(member, wanted)
        if not found:
            return False
    return True


def new(source: str, detail_type: str, account: str, region: str, detail: Event, resources: list[str]) -> Event:
    """Returns an event that happens now."""
    values = ("0", str(uuid.uuid4()), detail_type, source, account, timestamp(), region, resources, detail)
    return dict(zip(MEMBERS, values))


def timestamp(when: float | str | None = None) -> str:
    """Returns a time as EventBridge writes it: UTC, whole seconds."""
    if isinstance(when, str):
        return when
    utc = datetime.timezone.utc
    moment = datetime.datetime.now(utc) if when is None else datetime.datetime.fromtimestamp(when, utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def emit(event: Event) -> None:
    """Puts an AWS service's own event on the account's default bus."""
    bus = models.events_backends[event["account"]][event["region"]].event_buses["default"]
    for rule in list(bus.rules.values()):
        rule.send_to_targets(event)


def deliver(rule: models.Rule, event: Event) -> None:
    """Sends an event to the rule's queues."""
    body = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
    for target in list(rule.targets):
        if ":sqs:" not in target["Arn"]:
            continue
        try:
            _send(rule, target["Arn"], body, target.get("SqsParameters", {}).get("MessageGroupId"))
        except Exception as error:  # PutEvents succeeds even if a queue refuses
            _dead_letter(rule, target, body, error)


def _send_to_targets(original: Any) -> Any:
    def send_to_targets(self: models.Rule, original_event: Event, transform_input: bool = True) -> None:
        if not self.state.startswith("ENABLED") or not self.event_pattern.get_pattern():
            return
        event = {name: original_event[name] for name in MEMBERS}
        event["time"] = timestamp(event["time"])
        if not self.event_pattern.matches_event(event):
            return
        deliver(self, event)
        others = copy.copy(self)
        others.targets = [t for t in self.targets if ":sqs:" not in t["Arn"]]
        if others.targets:
            original(others, original_event, transform_input)

    return send_to_targets


def _send(rule: models.Rule, arn: str, body: str, group: str | None, attributes: Event | None = None) -> None:
    _, _, _, region, account, name = arn.split(":")
    backend = sqs_backends[account][region]
    context = {"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id}
    if not policy.allows(backend.get_queue(name).policy, SERVICE, "sqs:SendMessage", arn, context):
        raise PermissionError(f"the queue policy of {name} does not let {SERVICE} send for {rule.arn}")
    backend.send_message(name, body, group_id=group, message_attributes=attributes)


def _dead_letter(rule: models.Rule, target: Event, body: str, error: Exception) -> None:
    arn = target.get("DeadLetterConfig", {}).get("Arn")
    outcome = f"dead-letter queue {arn}" if arn else "dropped: the target has no dead-letter queue"
    code = getattr(error, "error_type", None) or "SDK_CLIENT_ERROR"
    described = {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": "NO_PERMISSIONS" if isinstance(error, PermissionError) else code,
        "ERROR_MESSAGE": str(error),
    }
    try:
        if arn:
            attributes = {k: {"DataType": "String", "StringValue": v} for k, v in described.items()}
            _send(rule, arn, body, None, attributes)
    except Exception as second:
        outcome = f"dropped: {second}"
    print(f"EventBridge: {error}; {outcome}", file=sys.stderr, flush=True)
