"""CloudTrail: what Terraform needs, and the data events of a bucket's objects as EventBridge gets them."""

from __future__ import annotations

import json
import secrets
import uuid
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, Trail, cloudtrail_backends
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError
from moto.s3.models import s3_backends

from . import eventbridge, policy


class InsufficientS3BucketPolicy(JsonRESTError):
    """The trail's bucket does not let CloudTrail write."""

    code = 400

    def __init__(self, bucket: str) -> None:
        text = f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
        super().__init__("InsufficientS3BucketPolicyException", text)


def repair() -> None:
    """Replaces functions that accept only names, although the provider passes ARNs, and adds what is not read back."""
    # moto 5.2.3 fixes the first two.
    CloudTrailBackend.start_logging = lambda self, name: self.get_trail(name).start_logging()
    CloudTrailBackend.stop_logging = lambda self, name: self.get_trail(name).stop_logging()
    CloudTrailBackend.delete_trail = lambda self, name: self.trails.pop(self.get_trail(name).trail_name)
    Trail.description = _with_selectors(Trail.description)
    Trail.check_bucket_exists = _with_policy(Trail.check_bucket_exists)
    CloudTrailResponse.describe_trails = _only_those_asked_for(CloudTrailResponse.describe_trails)


def _only_those_asked_for(original: Any) -> Any:
    """moto describes every trail, whatever trailNameList says."""

    def describe_trails(self: CloudTrailResponse) -> str:
        trails = json.loads(original(self))["trailList"]
        asked = self._get_param("trailNameList") or []
        return json.dumps({"trailList": [t for t in trails if not asked or {t["Name"], t["TrailARN"]} & set(asked)]})

    return describe_trails


def _with_selectors(original: Any) -> Any:
    def description(self: Trail, include_region: bool = False) -> dict[str, Any]:
        chosen = bool(self.event_selectors or self.advanced_event_selectors)
        return {**original(self, include_region), "HasCustomEventSelectors": chosen}

    return description


def _with_policy(original: Any) -> Any:
    """CloudTrail checks the bucket before it creates a trail, and refuses one that it is not allowed to write to."""

    def check_bucket_exists(self: Trail) -> None:
        original(self)
        bucket = s3_backends[self.account_id][self.partition].get_bucket(self.bucket_name)
        prefix = f"{self.s3_key_prefix}/" if self.s3_key_prefix else ""
        log = f"{bucket.arn}/{prefix}AWSLogs/{self.account_id}/CloudTrail/{self.region_name}/log.json.gz"
        context = {"aws:SourceArn": self.arn, "aws:SourceAccount": self.account_id}
        context["s3:x-amz-acl"] = "bucket-owner-full-control"
        wanted = (("s3:GetBucketAcl", bucket.arn), ("s3:PutObject", log))
        if not all(policy.allows(bucket.policy, "cloudtrail.amazonaws.com", a, r, context) for a, r in wanted):
            raise InsufficientS3BucketPolicy(self.bucket_name)

    return check_bucket_exists


def data_event(account: str, call: str, bucket: Any, key: str) -> None:
    """Sends the event of a call on an object, if a trail of the bucket's region logs it."""
    arn = f"{bucket.arn}/{key}"
    for backend in list(cloudtrail_backends[account].values()):
        for trail in list(backend.trails.values()):
            here = trail.is_multi_region or trail.region_name == bucket.region_name
            if here and trail.status.is_logging and _selected(trail, call, arn):
                detail = _detail(account, call, bucket, key)
                kind = "AWS API Call via CloudTrail"
                eventbridge.emit(eventbridge.new("aws.s3", kind, account, bucket.region_name, detail, []))
                return  # several trails make several log entries, but one event


def _selected(trail: Trail, call: str, arn: str) -> bool:
    """Returns whether an advanced selector matches the call; only what the stack uses in selectors is supported."""
    values = {
        "eventCategory": "Data",
        "resources.type": "AWS::S3::Object",
        "resources.ARN": arn,
        "eventName": call,
        "readOnly": "false",
    }
    return any(
        all(
            values.get(field["Field"]) in field.get("Equals", [])
            or values.get(field["Field"], "").startswith(tuple(field.get("StartsWith", [])))
            for field in selector.get("FieldSelectors", [])
        )
        for selector in trail.advanced_event_selectors
    )


def _detail(account: str, call: str, bucket: Any, key: str) -> dict[str, Any]:
    user = f"{bucket.arn.partition(':s3:')[0]}:iam::{account}:user/local"
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDALOCALLOCALLOCAL00",
            "arn": user,
            "accountId": account,
            "accessKeyId": "AKIALOCALLOCALLOCAL0",
            "userName": "local",
        },
        "eventTime": eventbridge.timestamp(),
        "eventSource": "s3.amazonaws.com",
        "eventName": call,
        "awsRegion": bucket.region_name,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "[local]",
        "requestParameters": {"bucketName": bucket.name, "Host": f"s3.{bucket.region_name}.amazonaws.com", "key": key},
        "responseElements": None,
        "requestID": secrets.token_hex(8).upper(),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "resources": [
            {"type": "AWS::S3::Object", "ARN": f"{bucket.arn}/{key}"},
            {"accountId": account, "type": "AWS::S3::Bucket", "ARN": bucket.arn},
        ],
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": account,
        "eventCategory": "Data",
    }
