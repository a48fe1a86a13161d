"""Reads which object an event is about: S3's own events and CloudTrail's, as EventBridge delivers them."""

import json
from typing import NamedTuple, Optional
from urllib.parse import unquote_plus

from outcome import NothingToDo, Refused

# The calls in CloudTrail's events that create an object.
WRITES = ("PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload")


class Upload(NamedTuple):
    """An object that somebody has put into a bucket."""

    bucket: str
    key: str
    # The key to try if no object has the other one; None if the event leaves no doubt.
    decoded: Optional[str]
    # None without versioning, and if CloudTrail does not report it.
    version: Optional[str]
    region: Optional[str]


def read(payload) -> Upload:
    """Returns what was uploaded. Events that are about something else end the run with NothingToDo."""
    event = _event(payload)
    if event["source"] != "aws.s3":
        raise NothingToDo("an event of %s, not of aws.s3" % event["source"])
    kind, detail = event.get("detail-type"), event["detail"]
    if kind == "Object Created":
        upload = _from_s3(event, detail)
    elif kind == "AWS API Call via CloudTrail":
        upload = _from_cloudtrail(event, detail)
    else:
        raise NothingToDo("S3 reports %r, not that an object was created" % kind)
    if upload.key.endswith("/"):
        raise NothingToDo("%s is a folder" % where(upload.bucket, upload.key))
    return upload


def where(bucket: str, key: str) -> str:
    """Returns an object's address as people write it."""
    return "s3://%s/%s" % (bucket, key)


def _event(payload) -> dict:
    """Dispatch passes the event as an object, or as text if its content type was not JSON."""
    try:
        event = json.loads(payload) if isinstance(payload, (str, bytes)) else payload
        if isinstance(event["source"], str) and isinstance(event["detail"], dict):
            return event
    except (ValueError, TypeError, KeyError):
        pass
    raise Refused("the payload is not an EventBridge event: it has no source or no detail")


def _from_s3(event: dict, detail: dict) -> Upload:
    """S3 writes the key as it is: here, unlike in the messages that it sends to queues and functions itself, a plus
    is a plus."""
    try:
        bucket, thing = detail["bucket"]["name"], detail["object"]
        return Upload(_text(bucket), _text(thing["key"]), None, thing.get("version-id"), event.get("region"))
    except (KeyError, TypeError, AttributeError):
        raise Refused("an S3 event without detail.bucket.name and detail.object.key") from None


def _from_cloudtrail(event: dict, detail: dict) -> Upload:
    """CloudTrail writes the key as the caller's request had it, which may be percent-encoded."""
    call = detail.get("eventName")
    if call not in WRITES:
        raise NothingToDo("the call was %s, which creates no object" % call)
    if detail.get("errorCode"):
        raise NothingToDo("the call %s failed with %s" % (call, detail["errorCode"]))
    try:
        asked = detail["requestParameters"]
        bucket, key = _text(asked["bucketName"]), _text(asked["key"])
    except (KeyError, TypeError):
        wanted = "detail.requestParameters.bucketName and .key"
        raise Refused("a CloudTrail event without %s" % wanted) from None
    decoded = unquote_plus(key)
    version = (detail.get("responseElements") or {}).get("x-amz-version-id")
    region = detail.get("awsRegion") or event.get("region")
    return Upload(bucket, key, decoded if decoded != key else None, version, region)


def _text(value) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value
