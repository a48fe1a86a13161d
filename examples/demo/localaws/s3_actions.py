"""The permissions that a request to S3 takes: it has no call's name, and IAM's names are not those of the calls."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

# A bucket's parts, by the parameter that asks for them.
PARTS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
# Removing any other part is putting it, to IAM.
DELETED = {"policy", "website"}
# What a header of CreateBucket takes besides. The ACL "private", which is what a bucket has anyway, takes nothing.
CREATED_WITH = {
    "HTTP_X_AMZ_ACL": "s3:PutBucketAcl",
    "HTTP_X_AMZ_BUCKET_OBJECT_LOCK_ENABLED": "s3:PutBucketObjectLockConfiguration",
    "HTTP_X_AMZ_OBJECT_OWNERSHIP": "s3:PutBucketOwnershipControls",
}


def s3_actions(environ: dict[str, Any]) -> list[tuple[str, str]]:
    """Each action and the ARN of its resource. The bucket is in the path, as it is for an endpoint without a name."""
    method, query = environ["REQUEST_METHOD"], parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    if not bucket:
        return [("s3:ListAllMyBuckets", "*")]
    arn = f"arn:aws:s3:::{bucket}"
    if key:
        return [(of_object(method, query), f"{arn}/{key}")]
    if "delete" in query:
        return [("s3:DeleteObject", f"{arn}/*"), ("s3:DeleteObjectVersion", f"{arn}/*")]  # its body says which
    action = of_bucket(method, query)
    found = [(action, arn)]
    if action == "s3:CreateBucket":
        found += [(more, arn) for header, more in CREATED_WITH.items() if environ.get(header, "private") != "private"]
    return found


def of_object(method: str, query: dict[str, list[str]]) -> str:
    """The action on an object."""
    verb = {"GET": "Get", "HEAD": "Get", "DELETE": "Delete"}.get(method, "Put")
    part = next((part for name, part in (("acl", "Acl"), ("tagging", "Tagging")) if name in query), "")
    version = "Version" if "versionId" in query else ""
    return f"s3:{verb}Object{version}{part}"


def of_bucket(method: str, query: dict[str, list[str]]) -> str:
    """The action on a bucket."""
    for name, part in PARTS.items():
        if name in query:
            verb = "Get" if method in ("GET", "HEAD") else "Delete" if method == "DELETE" and name in DELETED else "Put"
            return f"s3:{verb}{part}"
    if method in ("PUT", "DELETE"):
        return {"PUT": "s3:CreateBucket", "DELETE": "s3:DeleteBucket"}[method]
    return "s3:ListBucketVersions" if "versions" in query else "s3:ListBucket"
