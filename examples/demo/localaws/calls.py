"""Records the permissions that IAM would check for each call, so that a policy can be compared with a whole run.

Each permission is a line of JSON: `action` and `resource` as IAM writes them, `key` (the access key that signed the
call), and `context` if a policy may have conditions on it: the condition keys, each with all its values. A call can
need several permissions, including those that SQS needs in the caller's name for the key of an encrypted queue.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.core.responses import BaseResponse
from moto.kms.models import kms_backends
from moto.sqs.models import sqs_backends

ACCOUNT = "123456789012"
SIGNED_BY = re.compile(r"Credential=([^/,]+)/")
# The parameters that name a call's resource, and the text between the account and that name in the ARN.
NAMED = {
    "cloudwatch": (("AlarmName", "AlarmNames", "ResourceARN"), "alarm:"),
    "cloudtrail": (("Name", "TrailName", "ResourceId", "ResourceIdList"), "trail/"),
    "events": (("Rule", "Name", "ResourceARN"), "rule/"),
    "kms": (("KeyId",), "key/"),
    "sns": (("TopicArn", "ResourceArn", "Name"), ""),
    "sqs": (("QueueUrl", "QueueName"), ""),
}
# IAM has no narrower resource than * for these.
EVERYWHERE = {"cloudtrail:DescribeTrails", "kms:CreateKey"}
# A call that tags what it creates also needs the permission to tag, with this name if it is not TagResource.
TAG = {"cloudtrail": "AddTags", "sqs": "TagQueue"}
# What SQS needs for the key of an encrypted queue, in the name of the sender or the receiver.
ENCRYPTED = {"sqs:ReceiveMessage": ["kms:Decrypt"], "sqs:SendMessage": ["kms:Decrypt", "kms:GenerateDataKey"]}

# The settings of a bucket: the query parameter, and the name in IAM's actions.
SETTINGS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "logging": "BucketLogging",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}


def record(path: Path) -> None:
    """Makes moto write the permissions of each call to a file before it answers. Unsigned calls need none."""
    file, lock = open(path, "a", encoding="utf-8", buffering=1), threading.Lock()
    original = BaseResponse.setup_class

    def setup_class(self: BaseResponse, request: Any, *args: Any, **kwargs: Any) -> None:
        original(self, request, *args, **kwargs)
        if signed := SIGNED_BY.search(self.headers.get("Authorization", "")):
            lines = [json.dumps({**line, "key": signed[1]}) + "\n" for line in asked(self, request)]
            with lock:
                file.write("".join(lines))

    BaseResponse.setup_class = setup_class


def asked(call: BaseResponse, request: Any) -> Iterator[dict[str, Any]]:
    """Yields the permissions that IAM would check for a call."""
    if call.service_name == "s3":
        yield from asked_of_s3(call.method, unquote(call.path), parse_qs(call.parsed_url.query, keep_blank_values=True))
        return
    call.parse_parameters(request)
    given, region = call.params, call.region
    action = f"{call.service_name}:{call._get_action().removesuffix('Batch')}"  # a batch needs what a single call needs
    actions = [action]
    tags = given.get("Tags") or given.get("tags") or given.get("TagsList")
    if tags and ("Create" in action or "Put" in action):
        actions.append(f"{call.service_name}:{TAG.get(call.service_name, 'TagResource')}")
    found = [] if action in EVERYWHERE else list(resources(call.service_name, region, given))
    for resource in found or ["*"]:
        for one in actions:
            has = context(one, region, resource, given)
            yield {"action": one, "resource": resource} | ({"context": has} if has else {})
    if action not in ENCRYPTED:
        return
    queue = sqs_backends[ACCOUNT][region].queues.get(given["QueueUrl"].rpartition("/")[2])
    if queue and queue.kms_master_key_id:
        for one in ENCRYPTED[action]:
            has = {"kms:EncryptionContext:aws:sqs:arn": [queue.queue_arn]}
            yield {"action": one, "resource": kms_arn(region, queue.kms_master_key_id), "context": has}


def resources(service: str, region: str, given: dict[str, Any]) -> Iterator[str]:
    """Yields the ARNs of the resources that a call names."""
    fields, kind = NAMED.get(service, ((), ""))
    for field in fields:
        value = given.get(field, [])
        for name in [value] if isinstance(value, str) else value:
            if service == "kms":
                yield kms_arn(region, name)
            elif name.startswith("arn:"):
                yield name
            else:
                name = name.rpartition("/")[2] if service == "sqs" else name
                yield f"arn:aws:{service}:{region}:{ACCOUNT}:{kind}{name}"


def kms_arn(region: str, name: str) -> str:
    """Returns the ARN of a key by its id or ARN."""
    return name if name.startswith("arn:") else f"arn:aws:kms:{region}:{ACCOUNT}:key/{name}"


def context(action: str, region: str, resource: str, given: dict[str, Any]) -> dict[str, list[str]]:
    """Returns the condition keys and values of calls that policies grant under conditions."""
    if action == "events:PutTargets":
        return {"events:TargetArn": [target["Arn"] for target in given["Targets"]]}
    if not action.startswith("kms:"):
        return {}
    tags = {tag["TagKey"]: tag["TagValue"] for tag in given.get("Tags", [])}
    found = {f"aws:RequestTag/{k}": [v] for k, v in tags.items()} | ({"aws:TagKeys": list(tags)} if tags else {})
    if ":key/" in resource:
        has = kms_backends[ACCOUNT][region].tagger.get_tag_dict_for_resource(resource.rpartition("/")[2])
        found |= {f"aws:ResourceTag/{k}": [v] for k, v in has.items()}
    return found


def asked_of_s3(method: str, path: str, query: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    """Does the same for S3, whose requests name no call. The bucket is in the path, since the host is an IP address."""
    bucket, _, key = path.lstrip("/").partition("/")
    arn = f"arn:aws:s3:::{bucket}"
    verb = "Get" if method in ("GET", "HEAD") else "Put"
    setting = next((name for name in SETTINGS if name in query), None)
    if not bucket:
        yield {"action": "s3:ListAllMyBuckets", "resource": "*"}
    elif key:
        verb = "Delete" if method == "DELETE" else verb
        yield {"action": f"s3:{verb}Object{'Version' if 'versionId' in query else ''}", "resource": f"{arn}/{key}"}
    elif "delete" in query:  # the body names the objects
        yield {"action": "s3:DeleteObject", "resource": f"{arn}/*"}
        yield {"action": "s3:DeleteObjectVersion", "resource": f"{arn}/*"}
    elif setting:
        # Removing any other setting needs the permission to put it.
        verb = "Delete" if method == "DELETE" and setting in ("policy", "website") else verb
        yield {"action": f"s3:{verb}{SETTINGS[setting]}", "resource": arn}
    elif method in ("PUT", "DELETE"):
        yield {"action": "s3:CreateBucket" if method == "PUT" else "s3:DeleteBucket", "resource": arn}
    else:
        yield {"action": "s3:ListBucketVersions" if "versions" in query else "s3:ListBucket", "resource": arn}
