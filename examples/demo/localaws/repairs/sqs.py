"""SQS: attributes that Terraform reads back, and only one receiver for each message."""

from __future__ import annotations

import json
import time
from typing import Any

from moto.sqs import models

# Written without spaces, as by SQS: to Terraform, an additional space is a difference.
JSON_ATTRIBUTES = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")


def repair() -> None:
    """Replaces what is missing."""
    models.Queue.redrive_allow_policy = None  # moto accepts it but does not return it
    models.Queue.BASE_ATTRIBUTES = [*models.Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    models.Queue.attributes = property(_compact(models.Queue.attributes.fget))
    models.Queue._set_attributes = _keeping_policy(models.Queue._set_attributes)
    models.Queue.delete_message = _locked(models.Queue.delete_message)
    models.SQSBackend.receive_message = _one_at_a_time(models.SQSBackend.receive_message)


def _compact(original: Any) -> Any:
    def attributes(self: models.Queue) -> dict[str, Any]:
        found = {name: value for name, value in original(self).items() if value not in (None, "")}
        for name in JSON_ATTRIBUTES:
            if name in found:
                value = json.loads(found[name]) if isinstance(found[name], str) else found[name]
                found[name] = json.dumps(value, separators=(",", ":"))
        return found

    return attributes


def _keeping_policy(original: Any) -> Any:
    """A change of other attributes keeps the policy; moto removes it."""

    def set_attributes(self: models.Queue, attributes: dict[str, Any], now: float | None = None) -> None:
        before = getattr(self, "policy", None)
        original(self, attributes, now)
        if "Policy" not in attributes:
            self.policy = before

    return set_attributes


def _locked(original: Any) -> Any:
    """moto replaces the list of messages without its lock: a message that is sent at that moment would be lost."""

    def delete_message(self: models.Queue, receipt_handle: str) -> None:
        with self._messages_lock:
            original(self, receipt_handle)

    return delete_message


def _one_at_a_time(original: Any) -> Any:
    """moto receives without its lock: two receivers at once could get the same message."""

    def receive_message(self: Any, queue_name: str, count: int, wait: int, *args: Any) -> list[models.Message]:
        queue = self.get_queue(queue_name)
        deadline = time.monotonic() + wait
        with queue._messages_lock:
            while True:
                messages = original(self, queue_name, count, 0, *args)
                left = deadline - time.monotonic()
                if messages or left <= 0 or queue_name not in self.queues:
                    return messages
                # The end of a visibility timeout notifies nobody, so look again soon.
                queue._messages_lock.wait(min(left, 0.2))

    return receive_message
