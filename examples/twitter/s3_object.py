"""Reads the picture from the bucket, and what its uploader wrote about it."""

import os
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import NamedTuple, Optional

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from event import Upload, where
from outcome import Misconfigured, NothingToDo, Refused, TryLater

# More than any picture has that could be made small enough for X.
MAX_BYTES = 64 << 20
ABSENT = ("NoSuchKey", "NoSuchVersion", "404")
DENIED = ("AccessDenied", "403", "AllAccessDisabled")
BAD_KEYS = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "RequestTimeTooSkewed")


class Stored(NamedTuple):
    """An object as it was read."""

    bucket: str
    key: str
    data: bytes
    etag: str
    text: str
    alt: str


def client(keys: dict, region: Optional[str]):
    """Returns a client of S3. boto3 reads AWS_ENDPOINT_URL itself only since 1.28."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None
    config = Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 3})
    return boto3.client("s3", region_name=region, endpoint_url=endpoint, config=config, **keys)


def fetch(s3, upload: Upload) -> Stored:
    """Reads the object. If it was deleted meanwhile, the run ends, which is not a fault."""
    try:
        return _fetch(s3, upload, upload.key)
    except (NothingToDo, Misconfigured):
        if upload.decoded is None:
            raise
    return _fetch(s3, upload, upload.decoded)


def _fetch(s3, upload: Upload, key: str) -> Stored:
    place = where(upload.bucket, key)
    asked = {"Bucket": upload.bucket, "Key": key}
    if upload.version:
        asked["VersionId"] = upload.version
    try:
        answer = s3.get_object(**asked)
        if answer["ContentLength"] > MAX_BYTES:
            raise Refused("%s has %d bytes; at most %d are read" % (place, answer["ContentLength"], MAX_BYTES))
        data = answer["Body"].read()
    except (ClientError, BotoCoreError) as error:
        raise explained(error, "read " + place, "s3:GetObject") from error
    words = answer.get("Metadata", {})
    text, alt = _decoded(words.get("text")), _decoded(words.get("alt"))
    return Stored(upload.bucket, key, data, answer["ETag"].strip('"'), text, alt)


def _decoded(value: Optional[str]) -> str:
    """S3 passes metadata in headers: text that is not ASCII is encoded as in mail (RFC 2047)."""
    try:
        return str(make_header(decode_header(value or ""))).strip()
    except (HeaderParseError, LookupError, ValueError):
        return (value or "").strip()


def explained(error: Exception, doing: str, action: str) -> Exception:
    """Returns an exception that says what a person can do about AWS's error."""
    if not isinstance(error, ClientError):
        kinds = ("NoCredentialsError", "PartialCredentialsError", "NoRegionError")
        kind = Misconfigured if type(error).__name__ in kinds else TryLater
        return kind("%s: %s" % (doing, error))
    code = error.response.get("Error", {}).get("Code", "")
    text = "%s: %s" % (doing, code)
    if code in ABSENT:
        return NothingToDo("%s: it no longer exists" % doing)
    if code in DENIED:
        hint = "needs %s there (and, with encryption, the use of the KMS key), or nothing is there" % action
        return Misconfigured("%s: the key of the secret aws %s" % (text, hint))
    if code == "NoSuchBucket":
        return Misconfigured(text)
    if code in BAD_KEYS:
        return Misconfigured("%s: AWS does not accept the key of the secret aws" % text)
    return TryLater("%s: %s" % (text, error.response.get("Error", {}).get("Message", "")))
