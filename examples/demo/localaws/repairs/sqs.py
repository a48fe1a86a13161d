"""SQS: attributes that Terraform reads back, one receiver a message, and a cost that does not grow with the backlog."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.utils import unix_time
from moto.sqs import models
from moto.sqs.exceptions import ReceiptHandleIsInvalid, SQSException


class QueueDeletedRecently(SQSException):
    """AWS refuses a deleted queue's name for a minute."""

    def __init__(self) -> None:
        super().__init__(
            "AWS.SimpleQueueService.QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        )


def repair(deleted_queue_seconds: float) -> None:
    """Replaces what is missing or slow; a deleted queue's name is refused for that long."""
    _attributes()
    models.Queue.delete_message = _delete_message
    models.SQSBackend.receive_message = _receive_message
    if deleted_queue_seconds:
        _refuse_deleted_names(deleted_queue_seconds)


class Attributes(Mapping[str, Any]):
    """A queue's attributes, each worked out when it is asked for: moto asks with every message, and three are counts."""

    def __init__(self, queue: models.Queue) -> None:
        self.queue = queue
        self.names = queue.BASE_ATTRIBUTES + queue.FIFO_ATTRIBUTES * queue.fifo_queue
        if queue.kms_master_key_id:
            self.names = self.names + queue.KMS_ATTRIBUTES

    def __getitem__(self, name: str) -> Any:
        value = getattr(self.queue, models.camelcase_to_underscores(name)) if name in self.names else None
        if value is None or value == "":
            raise KeyError(name)
        if name in JSON_ATTRIBUTES:
            value = json.loads(value) if isinstance(value, str) else value
            return json.dumps(value, separators=(",", ":"))
        return str(value).lower() if isinstance(value, bool) else value

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.names if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


# Written as compactly as SQS does it: Terraform takes a blank more for a difference.
JSON_ATTRIBUTES = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")


def _attributes() -> None:
    models.Queue.redrive_allow_policy = None
    models.Queue.BASE_ATTRIBUTES = [*models.Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    models.Queue.attributes = property(Attributes)
    models.Queue._set_attributes = _keeping_policy(models.Queue._set_attributes)


def _keeping_policy(original: Any) -> Any:
    """A change of other attributes leaves the policy as it is; moto takes it away."""

    def set_attributes(self: models.Queue, attributes: dict[str, Any], now: float | None = None) -> None:
        before = getattr(self, "policy", None)
        original(self, attributes, now)
        if "Policy" not in attributes:
            self.policy = before

    return set_attributes


def _delete_message(self: models.Queue, receipt_handle: str) -> None:
    with self._messages_lock:
        if receipt_handle in self.deleted_messages:
            return
        for index, message in enumerate(self._messages):
            if receipt_handle == message.receipt_handle or receipt_handle in message._old_receipt_handles:
                break
        else:
            raise ReceiptHandleIsInvalid()
        del self._messages[index]
        self.pending_messages.discard(message)
        self.deleted_messages.update(message.all_receipt_handles)


def _receive_message(
    self: models.SQSBackend,
    queue_name: str,
    count: int,
    wait_seconds_timeout: int,
    visibility_timeout: int,
    message_attribute_names: list[str] | None = None,
) -> list[models.Message]:
    queue = self.get_queue(queue_name)
    deadline = time.monotonic() + wait_seconds_timeout
    while True:
        with queue._messages_lock:
            taken = _take(queue, count, visibility_timeout)
            left = deadline - time.monotonic()
            if not taken and left > 0 and queue_name in self.queues:
                # A message whose time-out ends notifies nobody, so look again soon.
                queue._messages_lock.wait(min(left, 0.2))
                continue
        for message in taken:
            models._filter_message_attributes(message, message_attribute_names or [])
        return taken


def _take(queue: models.Queue, count: int, visibility_timeout: int) -> list[models.Message]:
    """Takes up to count visible messages, in order, with the queue locked, so that no other receiver has them too."""
    taken: list[models.Message] = []
    oldest = unix_time() - queue.message_retention_period
    locked = {m.group_id for m in queue.pending_messages if not m.visible} if queue.fifo_queue else set()
    for message in list(queue._messages):
        if message.sent_timestamp / 1000 < oldest:
            queue._messages.remove(message)
        elif not message.visible or message.delayed or queue.fifo_queue and message.group_id in locked:
            if queue.fifo_queue:
                locked.add(message.group_id)
        elif _exhausted(queue, message):
            queue._messages.remove(message)
            queue.pending_messages.discard(message)
            queue.dead_letter_queue.add_message(message)
        else:
            queue.pending_messages.add(message)
            message.mark_received(visibility_timeout=visibility_timeout)
            taken.append(copy.copy(message))
            if len(taken) == count:
                break
    return taken


def _exhausted(queue: models.Queue, message: models.Message) -> bool:
    policy = queue.redrive_policy
    return bool(
        queue.dead_letter_queue and policy and message.approximate_receive_count >= policy["maxReceiveCount"]
    )


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
