"""Every call as a line of JSON: what IAM would be asked for it, so that a policy can be held against a whole run.

A line has `action` and `resource` as IAM spells them, `key` (the access key that signed), and `context` where a policy
may have conditions on it: its keys, each with all its values. A call that takes several permissions has several lines,
among them those that SQS takes in the caller's name at the key of an encrypted queue.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from s3_actions import s3_actions

ACCOUNT = "123456789012"
SIGNED = re.compile(r"Credential=([^/,]+)/[0-9]{8}/([^/]*)/([^/]+)/aws4_request")
OPERATION = re.compile(r"/operation/([A-Za-z]+)$")  # Smithy's protocols have it in the path
# The service as IAM names it, where signatures name it otherwise.
PREFIX = {"monitoring": "cloudwatch"}
# Where a call names its resource, and what stands between the account and that name in the ARN.
NAMED = {
    "cloudwatch": (("AlarmName", "AlarmNames", "DashboardName", "DashboardNames", "ResourceARN"), "alarm:"),
    "cloudtrail": (("Name", "TrailName", "ResourceId", "ResourceIdList"), "trail/"),
    "events": (("Rule", "Name", "ResourceARN"), "rule/"),
    "kms": (("KeyId", "TargetKeyId"), "key/"),
    "sns": (("TopicArn", "ResourceArn", "Name"), ""),
    "sqs": (("QueueUrl", "QueueName"), ""),
}
# IAM knows no narrower resource for these.
EVERYWHERE = {"cloudtrail:DescribeTrails", "kms:CreateKey"}
# A call that tags what it makes takes the permission to tag as well.
TAGGING = {
    "cloudtrail:CreateTrail": ("TagsList", "cloudtrail:AddTags"),
    "events:PutRule": ("Tags", "events:TagResource"),
    "cloudwatch:PutMetricAlarm": ("Tags", "cloudwatch:TagResource"),
    "kms:CreateKey": ("Tags", "kms:TagResource"),
    "sns:CreateTopic": ("Tags", "sns:TagResource"),
    "sqs:CreateQueue": ("tags", "sqs:TagQueue"),
}


class Calls:
    """A WSGI application that notes what comes before another one answers it."""

    def __init__(self, app: Callable[..., Iterable[bytes]], file: Path) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._file = open(file, "a", encoding="utf-8", buffering=1)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        lines = "".join(json.dumps(line) + "\n" for line in asked(environ))
        with self._lock:
            self._file.write(lines)
        return self._app(environ, start_response)


def asked(environ: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What IAM would be asked for a request. Nothing for one that is not signed."""
    signed = SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
    if not signed:
        return
    key, region, service = signed.groups()
    if service == "s3":
        for action, resource in s3_actions(environ):
            yield {"action": action, "resource": resource, "key": key}
        return
    given = body(environ)
    service = PREFIX.get(service, service)
    action = f"{service}:{operation(environ, given)}"
    for one, resource in permissions(action, service, region, given):
        found = context(one, region, resource, given)
        yield {"action": one, "resource": resource, "key": key} | ({"context": found} if found else {})
    for one, resource, found in encrypted(action, region, given):
        yield {"action": one, "resource": resource, "key": key, "context": found}


def body(environ: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a request, which stays readable."""
    read = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(read)
    if "json" in environ.get("CONTENT_TYPE", ""):
        return json.loads(read or b"{}")
    given: dict[str, Any] = {}
    for name, values in parse_qs(read.decode(errors="replace")).items():
        name, is_list, _ = name.partition(".member.")
        given[name] = given.get(name, []) + values if is_list else values[0]
    return given


def operation(environ: dict[str, Any], given: dict[str, Any]) -> str:
    """The name of the call: in a header, the path or a parameter. A batch takes what one takes."""
    path = OPERATION.search(environ["PATH_INFO"])
    name = path.group(1) if path else given.get("Action", "")
    return (environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2] or name).removesuffix("Batch")


def permissions(action: str, service: str, region: str, given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each action and resource that a call takes."""
    found = [] if action in EVERYWHERE else list(resources(service, region, given))
    for resource in found or ["*"]:
        yield action, resource
        field, tagging = TAGGING.get(action, ("", ""))
        if given.get(field):
            yield tagging, resource


def resources(service: str, region: str, given: dict[str, Any]) -> Iterator[str]:
    """The ARNs of what a call names."""
    fields, kind = NAMED.get(service, ((), ""))
    start = f"arn:aws:{service}:{region}:{ACCOUNT}:"
    if "DashboardName" in given or "DashboardNames" in given:
        start, kind = f"arn:aws:cloudwatch::{ACCOUNT}:", "dashboard/"
    if service == "kms" and "AliasName" in given:
        yield start + given["AliasName"]
    for field in fields:
        value = given.get(field, [])
        for name in [value] if isinstance(value, str) else value:
            if service == "kms":
                name = kms_key(region, name)
            elif service == "sqs":
                name = name.rpartition("/")[2]
            yield name if name.startswith(("arn:", "*")) else start + ("" if name.startswith("alias/") else kind) + name


def kms_key(region: str, name: str) -> str:
    """The key that an alias stands for; the alias itself where it stands for none."""
    if not name.startswith("alias/"):
        return name
    return (kms(region).get_key_id_from_alias(name) or name).rpartition("key/")[2]


def context(action: str, region: str, resource: str, given: dict[str, Any]) -> dict[str, list[str]]:
    """What conditions look at, of those calls that policies grant under conditions."""
    if action == "events:PutTargets":
        return {"events:TargetArn": [t["Arn"] for t in given["Targets"]]}
    if not action.startswith("kms:"):
        return {}
    asked = {t["TagKey"]: t["TagValue"] for t in given.get("Tags", [])}
    found = {f"aws:RequestTag/{k}": [v] for k, v in asked.items()}
    if asked:
        found["aws:TagKeys"] = list(asked)
    if ":key/" in resource:
        has = kms(region).tagger.get_tag_dict_for_resource(resource.rpartition("/")[2])
        found |= {f"aws:ResourceTag/{k}": [v] for k, v in has.items()}
    return found


# What SQS asks of the key of an encrypted queue, in the name of who sends to it or receives from it.
ENCRYPTED = {"sqs:ReceiveMessage": ["kms:Decrypt"], "sqs:SendMessage": ["kms:Decrypt", "kms:GenerateDataKey"]}


def encrypted(action: str, region: str, given: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, list[str]]]]:
    """Each action at a queue's key, with the encryption context that SQS sends."""
    if action not in ENCRYPTED:
        return
    from moto.sqs.models import sqs_backends

    queue = sqs_backends[ACCOUNT][region].queues.get(given["QueueUrl"].rpartition("/")[2])
    if queue and queue.kms_master_key_id:
        key = kms_key(region, queue.kms_master_key_id)
        arn = key if key.startswith("arn:") else f"arn:aws:kms:{region}:{ACCOUNT}:key/{key}"
        for one in ENCRYPTED[action]:
            yield one, arn, {"kms:EncryptionContext:aws:sqs:arn": [queue.queue_arn]}


def kms(region: str) -> Any:
    """The keys of a region."""
    from moto.kms.models import kms_backends

    return kms_backends[ACCOUNT][region]
