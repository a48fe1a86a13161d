"""S3: the events that a bucket sends to EventBridge, as S3 writes them, and settings that Terraform reads back."""

from __future__ import annotations

import itertools
import json
import secrets
import time
import urllib.parse
from typing import Any

from moto.s3 import models, notifications
from moto.s3.responses import S3Response

from . import cloudtrail, eventbridge

# The reason in EventBridge's events, and the call's name in CloudTrail's, if they differ from moto's name.
REASONS = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject", "Delete": "DeleteObject"}
CALLS = {**REASONS, "Post": "PostObject"}
_sequence = itertools.count(time.time_ns() >> 8)


def repair() -> None:
    """Replaces what is missing."""
    notifications._send_event_bridge_message = _send_event_bridge_message
    notifications.send_event = _with_trails(notifications.send_event)
    S3Response.get_bucket_notification = _amended(S3Response.get_bucket_notification, _event_bridge)
    S3Response.list_object_versions = _amended(S3Response.list_object_versions, _encoded_keys)
    models.FakeBucket.get_permission = _without_tls_only(models.FakeBucket.get_permission)


def _send_event_bridge_message(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
    """moto always sends the same sequencer, sends its own name as the reason, and a version even if there is none."""
    _, kind, happened = event_name.split(":")
    described: dict[str, Any] = {"key": key.name}
    if kind != "ObjectRemoved":
        described |= {"size": key.size, "etag": key.etag.strip('"')}
    if bucket.is_versioned:
        described["version-id"] = key.version_id
    described["sequencer"] = f"{next(_sequence):018X}"
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": described,
        "request-id": secrets.token_hex(8).upper(),
        "requester": account_id,
        "source-ip-address": "127.0.0.1",
        "reason": REASONS.get(happened, happened),
    }
    if kind == "ObjectRemoved":
        detail["deletion-type"] = "Permanently Deleted"
    detail_type = notifications._detail_type(event_name)
    eventbridge.emit(eventbridge.new("aws.s3", detail_type, account_id, bucket.region_name, detail, [bucket.arn]))


def _with_trails(original: Any) -> Any:
    """moto has no data events. For each object that is put it also sends an event about its tags, which S3 does not."""

    def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        _, kind, happened = event_name.value.split(":")
        if kind not in ("ObjectCreated", "ObjectRemoved"):
            return
        original(account_id, event_name, bucket, key)
        cloudtrail.data_event(account_id, CALLS.get(happened, happened), bucket, key.name)

    return send_event


def _amended(original: Any, amend: Any) -> Any:
    """Returns a response method whose result is amended before it is written as XML."""

    def response(self: Any) -> Any:
        serialized = self.serialized

        def amended(action_result: Any) -> Any:
            if isinstance(action_result.result, dict):
                amend(self, action_result.result)
            return serialized(action_result)

        self.serialized = amended
        return original(self)

    return response


def _event_bridge(response: Any, result: dict[str, Any]) -> None:
    """moto accepts this setting but does not return it."""
    configuration = response.backend.get_bucket_notification_configuration(response.bucket_name)
    if configuration and configuration.event_bridge is not None:
        result["EventBridgeConfiguration"] = {}


def _encoded_keys(response: Any, result: dict[str, Any]) -> None:
    """Terraform requests encoded keys and decodes them. It could not delete unencoded keys with + or %."""
    if response.querystring.get("encoding-type") == ["url"]:
        result["EncodingType"] = "url"
        for version in result["Versions"] + result["DeleteMarkers"]:
            version["Key"] = urllib.parse.quote(version["Key"])


def _without_tls_only(original: Any) -> Any:
    """This emulator supports only plain HTTP, and moto treats a Deny of plain HTTP as a Deny of everything."""

    def get_permission(self: Any, action: str, resource: str) -> Any:
        if self.policy is None:
            return original(self, action, resource)
        document = json.loads(self.policy)
        document["Statement"] = [
            s for s in document["Statement"] if "aws:SecureTransport" not in json.dumps(s.get("Condition", {}))
        ]
        # A second bucket object, so that a request in another thread never sees the shortened policy.
        shortened = models.FakeBucket.__new__(models.FakeBucket)
        shortened.policy = json.dumps(document).encode()
        return original(shortened, action, resource)

    return get_permission
