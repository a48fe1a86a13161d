"""S3: the events that a bucket sends to EventBridge, as S3 writes them, and settings that Terraform reads back."""

from __future__ import annotations

import itertools
import json
import secrets
import threading
import time
import urllib.parse
from typing import Any

from moto.s3 import models, notifications
from moto.s3.responses import S3Response

from . import cloudtrail, events

# moto's name of what happened, EventBridge's reason, CloudTrail's name of the call.
REASONS = {
    "ObjectCreated:Put": ("PutObject", "PutObject"),
    "ObjectCreated:Post": ("POST Object", "PostObject"),
    "ObjectCreated:Copy": ("CopyObject", "CopyObject"),
    "ObjectCreated:CompleteMultipartUpload": ("CompleteMultipartUpload", "CompleteMultipartUpload"),
    "ObjectRemoved:Delete": ("DeleteObject", "DeleteObject"),
    "ObjectRemoved:DeleteMarkerCreated": ("DeleteObject", "DeleteObject"),
    "ObjectAcl:Put": ("PutObjectAcl", "PutObjectAcl"),
    "ObjectTagging:Put": ("PutObjectTagging", "PutObjectTagging"),
    "ObjectTagging:Delete": ("DeleteObjectTagging", "DeleteObjectTagging"),
}
_request = threading.local()
_sequence = itertools.count(time.time_ns() >> 8)


def repair() -> None:
    """Replaces what is missing."""
    notifications._send_event_bridge_message = _send_event_bridge_message
    notifications.send_event = _with_trails(notifications.send_event)
    for request in ("put_object_tagging", "delete_object_tagging"):
        setattr(S3Response, request, _asked_for(getattr(S3Response, request)))
    models.S3Backend.delete_object = _with_delete_markers(models.S3Backend.delete_object)
    S3Response.get_bucket_notification = _amended(S3Response.get_bucket_notification, _event_bridge)
    S3Response.list_object_versions = _amended(S3Response.list_object_versions, _encoded_keys)
    models.FakeBucket.get_permission = _without_tls_only(models.FakeBucket.get_permission)


def _send_event_bridge_message(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
    happened = event_name.removeprefix("s3:")
    removed = happened.startswith("ObjectRemoved")
    described: dict[str, Any] = {"key": key.name}
    if not removed:
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
        "reason": REASONS.get(happened, (happened, ""))[0],
    }
    if removed:
        marker = happened.endswith("DeleteMarkerCreated")
        detail["deletion-type"] = "Delete Marker Created" if marker else "Permanently Deleted"
    detail_type = notifications._detail_type(event_name)
    events.emit(events.new("aws.s3", detail_type, account_id, bucket.region_name, detail, [bucket.arn]))


def _with_trails(original: Any) -> Any:
    def send_event(account_id: str, event_name: str, bucket: Any, key: Any) -> None:
        if "ObjectTagging" in event_name.value and not getattr(_request, "tags", False):
            return
        original(account_id, event_name, bucket, key)
        _, call = REASONS.get(str(event_name.value).removeprefix("s3:"), ("", ""))
        if call:
            cloudtrail.data_event(account_id, call, bucket, key.name)

    return send_event


def _asked_for(original: Any) -> Any:
    """moto also tells of tags with every object that is put; S3 only when somebody asked for the tags alone."""

    def tagging(self: Any, *args: Any, **kwargs: Any) -> Any:
        _request.tags = True
        try:
            return original(self, *args, **kwargs)
        finally:
            _request.tags = False

    return tagging


def _with_delete_markers(original: Any) -> Any:
    """moto tells nobody of a delete marker."""

    def delete_object(self: Any, bucket_name: str, key_name: str, *args: Any, **kwargs: Any) -> Any:
        deleted, meta = original(self, bucket_name, key_name, *args, **kwargs)
        bucket = self.get_bucket(bucket_name)
        version = args[0] if args else kwargs.get("version_id")
        if deleted and bucket.is_versioned and version is None:
            name = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
            notifications.send_event(self.account_id, name, bucket, bucket.keys.getlist(key_name)[-1])
        return deleted, meta

    return delete_object


def _amended(original: Any, amend: Any) -> Any:
    """A response whose result is amended before it is written as XML."""

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
    configuration = response.backend.get_bucket_notification_configuration(response.bucket_name)
    if configuration and configuration.event_bridge is not None:
        result["EventBridgeConfiguration"] = {}


def _encoded_keys(response: Any, result: dict[str, Any]) -> None:
    """Terraform asks for encoded keys and decodes them: as they are, it never finds those with a + or a % to delete them."""
    if response.querystring.get("encoding-type") == ["url"]:
        result["EncodingType"] = "url"
        for version in result["Versions"] + result["DeleteMarkers"]:
            version["Key"] = urllib.parse.quote(version["Key"])


def _without_tls_only(original: Any) -> Any:
    """Plain HTTP is all that this emulator speaks, and moto would take a Deny on it for one on everything."""

    def get_permission(self: Any, action: str, resource: str) -> Any:
        whole = self.policy
        if whole is None:
            return original(self, action, resource)
        document = json.loads(whole)
        document["Statement"] = [
            s for s in document["Statement"] if "aws:SecureTransport" not in json.dumps(s.get("Condition", {}))
        ]
        # Another bucket's worth of state, so that a request in another thread never sees the shortened policy.
        shortened = models.FakeBucket.__new__(models.FakeBucket)
        shortened.policy = json.dumps(document).encode()
        return original(shortened, action, resource)

    return get_permission
