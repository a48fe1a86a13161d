"""Every call as a line of JSON: what IAM would be asked for it, so that a policy can be held against a whole run.

A line has `action` and `resource` as IAM spells them, `key` (the access key that signed), and `context` where a policy
may have conditions on it: its keys, each with all its values. A call that takes several permissions has several lines,
among them those that SQS takes in the caller's name at the key of an encrypted queue.
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
# Where a call names its resource, and what stands between the account and that name in the ARN.
NAMED = {
    "cloudwatch": (("AlarmName", "AlarmNames", "DashboardName", "DashboardNames", "ResourceARN"), "alarm:"),
    "cloudtrail": (("Name", "TrailName", "ResourceId", "ResourceIdList"), "trail/"),
    "events": (("Rule", "Name", "ResourceARN"), "rule/"),
    "kms": (("AliasName", "KeyId", "TargetKeyId"), "key/"),
    "sns": (("TopicArn", "ResourceArn", "Name"), ""),
    "sqs": (("QueueUrl", "QueueName"), ""),
}
# IAM knows no narrower resource for these.
EVERYWHERE = {"cloudtrail:DescribeTrails", "kms:CreateKey"}
# A call that tags what it makes takes the permission to tag as well, which has this name where it is not TagResource.
TAG = {"cloudtrail": "AddTags", "sqs": "TagQueue"}
# What SQS asks of the key of an encrypted queue, in the name of who sends to it or receives from it.
ENCRYPTED = {"sqs:ReceiveMessage": ["kms:Decrypt"], "sqs:SendMessage": ["kms:Decrypt", "kms:GenerateDataKey"]}

# The settings of a bucket by the parameter that asks for them, as IAM has them in the names of its actions.
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
    """Has moto write what comes to a file, before it answers. What is not signed asks for no permission."""
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
    """What IAM would be asked for a call."""
    if call.service_name == "s3":
        yield from asked_of_s3(call.method, unquote(call.path), parse_qs(call.parsed_url.query, keep_blank_values=True))
        return
    call.parse_parameters(request)
    given, region = call.params, call.region
    action = f"{call.service_name}:{call._get_action().removesuffix('Batch')}"  # a batch takes what one takes
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
    """The ARNs of what a call names."""
    fields, kind = NAMED.get(service, ((), ""))
    for field in fields:
        value = given.get(field, [])
        for name in [value] if isinstance(value, str) else value:
            if service == "kms" and field != "AliasName":
                yield kms_arn(region, name)
            elif field.startswith("DashboardName"):
                yield f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}"
            elif name.startswith("arn:"):
                yield name
            else:
                name = name.rpartition("/")[2] if service == "sqs" else name
                yield f"arn:aws:{service}:{region}:{ACCOUNT}:{'' if field == 'AliasName' else kind}{name}"


def kms_arn(region: str, name: str) -> str:
    """The ARN of a key, by its id, its ARN or an alias; of the alias where that stands for none."""
    if name.startswith("alias/"):
        name = kms_backends[ACCOUNT][region].get_key_id_from_alias(name) or name
    if name.startswith("arn:"):
        return name
    return f"arn:aws:kms:{region}:{ACCOUNT}:{'' if name.startswith('alias/') else 'key/'}{name}"


def context(action: str, region: str, resource: str, given: dict[str, Any]) -> dict[str, list[str]]:
    """What conditions look at, of those calls that policies grant under conditions."""
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
    """The same for S3, whose requests name no call. The bucket is in the path, as for any endpoint without a name."""
    bucket, _, key = path.lstrip("/").partition("/")
    arn = f"arn:aws:s3:::{bucket}"
    verb = "Get" if method in ("GET", "HEAD") else "Put"
    setting = next((name for name in SETTINGS if name in query), None)
    if not bucket:
        yield {"action": "s3:ListAllMyBuckets", "resource": "*"}
    elif key:
        verb = "Delete" if method == "DELETE" else verb
        yield {"action": f"s3:{verb}Object{'Version' if 'versionId' in query else ''}", "resource": f"{arn}/{key}"}
    elif "delete" in query:  # its body says which
        yield {"action": "s3:DeleteObject", "resource": f"{arn}/*"}
        yield {"action": "s3:DeleteObjectVersion", "resource": f"{arn}/*"}
    elif setting:
        # To IAM, to remove any other setting is to put it.
        verb = "Delete" if method == "DELETE" and setting in ("policy", "website") else verb
        yield {"action": f"s3:{verb}{SETTINGS[setting]}", "resource": arn}
    elif method in ("PUT", "DELETE"):
        yield {"action": "s3:CreateBucket" if method == "PUT" else "s3:DeleteBucket", "resource": arn}
    else:
        yield {"action": "s3:ListBucketVersions" if "versions" in query else "s3:ListBucket", "resource": arn}
