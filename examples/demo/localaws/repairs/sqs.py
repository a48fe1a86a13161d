"""SQS: attributes that Terraform reads back, and one receiver a message."""

from __future__ import annotations

import json
import time
from typing import Any

from moto.sqs import models
from moto.sqs.exceptions import ReceiptHandleIsInvalid, SQSException

# Written as compactly as SQS does it: Terraform takes a blank more for a difference.
JSON_ATTRIBUTES = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")


class QueueDeletedRecently(SQSException):
    """AWS refuses a deleted queue's name for a minute."""

    def __init__(self) -> None:
        super().__init__(
            "AWS.SimpleQueueService.QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        )


def repair(deleted_queue_seconds: float) -> None:
    """Replaces what is missing; a deleted queue's name is refused for that long."""
    models.Queue.redrive_allow_policy = None  # moto takes it and does not return it
    models.Queue.BASE_ATTRIBUTES = [*models.Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    models.Queue.attributes = property(_compact(models.Queue.attributes.fget))
    models.Queue._set_attributes = _keeping_policy(models.Queue._set_attributes)
    models.Queue.delete_message = _delete_message
    models.SQSBackend.receive_message = _one_at_a_time(models.SQSBackend.receive_message)
    if deleted_queue_seconds:
        _refuse_deleted_names(deleted_queue_seconds)


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
    """A change of other attributes leaves the policy as it is; moto takes it away."""

    def set_attributes(self: models.Queue, attributes: dict[str, Any], now: float | None = None) -> None:
        before = getattr(self, "policy", None)
        original(self, attributes, now)
        if "Policy" not in attributes:
            self.policy = before

    return set_attributes


def _delete_message(self: models.Queue, receipt_handle: str) -> None:
    """moto replaces the list of messages without its lock: a message that is sent at that moment would be lost."""
    with self._messages_lock:
        if receipt_handle in self.deleted_messages:
            return
        message = next((m for m in self._messages if m.had_receipt_handle(receipt_handle)), None)
        if message is None:
            raise ReceiptHandleIsInvalid()
        self._messages.remove(message)
        self.pending_messages.discard(message)
        self.deleted_messages.update(message.all_receipt_handles)


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
                # A message whose time-out ends notifies nobody, so look again soon.
                queue._messages_lock.wait(min(left, 0.2))

    return receive_message


def _refuse_deleted_names(seconds: float) -> None:
    deleted: dict[tuple[str, str, str], float] = {}
    create, delete = models.SQSBackend.create_queue, models.SQSBackend.delete_queue

    def create_queue(self: models.SQSBackend, name: str, *args: Any, **kwargs: Any) -> models.Queue:
        until = deleted.get((self.account_id, self.region_name, name), 0)
        if name not in self.queues and time.monotonic() < until:
            raise QueueDeletedRecently()
        return create(self, name, *args, **kwargs)

    def delete_queue(self: models.SQSBackend, queue_name: str) -> None:
        delete(self, queue_name)
        deleted[self.account_id, self.region_name, queue_name] = time.monotonic() + seconds

    models.SQSBackend.create_queue = create_queue
    models.SQSBackend.delete_queue = delete_queue
