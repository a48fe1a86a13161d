"""A bucket's objects cause events: S3's own, and CloudTrail's if a trail logs them."""

from __future__ import annotations

import json
from typing import Any

from botocore import handlers
from botocore.exceptions import ClientError

from .served import ACCOUNT, REGION, Served


class Objects(Served):
    """Notifications, trails, and what Terraform reads back."""

    def bucket(self, suffix: str = "", bridge: bool = True) -> str:
        """Creates a bucket that sends events of its objects to EventBridge, or does not."""
        name = self.name + suffix
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        if bridge:
            settings: dict[str, Any] = {"EventBridgeConfiguration": {}}
            self.s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=settings)
        return name

    def watched(self, bucket: str) -> str:
        """Creates a queue that gets S3's events of a bucket."""
        url, arn = self.queue()
        self.rule({"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}, {"Arn": arn})
        return url

    def log_bucket(self, acl: str = "bucket-owner-full-control") -> str:
        """Creates a bucket that CloudTrail is allowed to write its log to."""
        name = self.bucket("-logs", bridge=False)
        service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
        only = {"aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{self.name}"}
        look = {"Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{name}", "Condition": {"StringEquals": only}}
        write = {
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{name}/AWSLogs/{ACCOUNT}/*",
            "Condition": {"StringEquals": {**only, "s3:x-amz-acl": acl}},
        }
        policy = {"Version": "2012-10-17", "Statement": [service | look, service | write]}
        self.s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
        return name

    def test_created_copied_deleted(self) -> None:
        name = self.bucket()
        url = self.watched(name)
        self.s3.put_object(Bucket=name, Key="images/a b.png", Body=b"four")
        self.s3.copy_object(Bucket=name, Key="copy", CopySource=f"{name}/images/a b.png")
        self.s3.delete_object(Bucket=name, Key="copy")
        put, copy, deleted = self.bodies(url, 3)
        self.assertEqual(
            [(e["detail-type"], e["detail"]["reason"]) for e in (put, copy, deleted)],
            [("Object Created", "PutObject"), ("Object Created", "CopyObject"), ("Object Deleted", "DeleteObject")],
        )
        self.assertEqual(deleted["detail"]["deletion-type"], "Permanently Deleted")
        self.assertEqual(put["resources"], [f"arn:aws:s3:::{name}"])
        described = put["detail"]["object"]
        self.assertEqual((described["key"], described["size"], len(described["etag"])), ("images/a b.png", 4, 32))
        self.assertNotIn("version-id", described)
        self.assertEqual(len({e["id"] for e in (put, copy, deleted)}), 3)
        self.assertLess(described["sequencer"], copy["detail"]["object"]["sequencer"])

    def test_versions_and_no_event_of_tags(self) -> None:
        name = self.bucket()
        self.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        url = self.watched(name)
        version = self.s3.put_object(Bucket=name, Key="k", Tagging="a=b")["VersionId"]
        [put] = self.bodies(url)
        self.assertEqual(put["detail"]["object"]["version-id"], version)
        self.assertTrue(self.empty(url))

    def test_one_object_two_rules_one_id(self) -> None:
        name = self.bucket()
        first = self.watched(name)
        self.name += "-2"
        second = self.watched(name)
        self.s3.put_object(Bucket=name, Key="k")
        self.assertEqual(self.bodies(first)[0]["id"], self.bodies(second)[0]["id"])

    def test_only_trails_asked_for(self) -> None:
        for suffix in ("", "-2"):
            self.name += suffix
            self.trails.create_trail(Name=self.name, S3BucketName=self.log_bucket())
            self.addCleanup(self.trails.delete_trail, Name=self.name)
        for asked in (self.name, f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{self.name}"):
            found = self.trails.describe_trails(trailNameList=[asked])["trailList"]
            self.assertEqual([trail["Name"] for trail in found], [self.name])
        self.assertLessEqual(2, len(self.trails.describe_trails()["trailList"]))

    def test_notification_reads_back(self) -> None:
        for suffix, bridge in (("-on", True), ("-off", False)):
            read = self.s3.get_bucket_notification_configuration(Bucket=self.bucket(suffix, bridge))
            self.assertEqual("EventBridgeConfiguration" in read, bridge)

    def test_versions_are_listed_encoded_when_asked(self) -> None:
        name, key = self.bucket(), "a+b %20/ü&<"
        self.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        self.s3.put_object(Bucket=name, Key=key)
        self.s3.delete_object(Bucket=name, Key=key)
        hook = "before-parameter-build.s3.ListObjectVersions"
        self.s3.meta.events.unregister(hook, handlers.set_list_objects_encoding_type_url)
        for encoding, wanted in (({}, key), ({"EncodingType": "url"}, "a%2Bb%20%2520/%C3%BC%26%3C")):
            listed = self.s3.list_object_versions(Bucket=name, **encoding)
            self.assertEqual([v["Key"] for v in listed["Versions"] + listed["DeleteMarkers"]], [wanted] * 2)
            self.assertEqual(listed.get("EncodingType"), encoding.get("EncodingType"))

    def test_tls_only_bucket_takes_objects_others_do_not(self) -> None:
        name = self.bucket()
        deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{name}/*"}
        insecure = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
        for statement, allowed in ((deny | insecure, True), (deny, False)):
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            self.s3.put_bucket_policy(Bucket=name, Policy=policy)
            try:
                self.s3.put_object(Bucket=name, Key="k")
                self.assertTrue(allowed)
            except ClientError:
                self.assertFalse(allowed)

    def test_trail_demands_its_bucket_policy(self) -> None:
        self.log_bucket(acl="private")
        with self.assertRaises(self.trails.exceptions.InsufficientS3BucketPolicyException):
            self.trails.create_trail(Name=self.name, S3BucketName=self.name + "-logs")

    def test_trail_by_arn_and_its_data_events(self) -> None:
        name = self.bucket(bridge=False)
        url, arn = self.queue()
        self.rule({"detail-type": ["AWS API Call via CloudTrail"]}, {"Arn": arn})
        trail = self.trails.create_trail(Name=self.name, S3BucketName=self.log_bucket())["TrailARN"]
        fields = (
            ("eventCategory", {"Equals": ["Data"]}),
            ("resources.type", {"Equals": ["AWS::S3::Object"]}),
            ("resources.ARN", {"StartsWith": [f"arn:aws:s3:::{name}/images/"]}),
            ("eventName", {"Equals": ["PutObject", "CopyObject"]}),
        )
        selectors = [{"FieldSelectors": [{"Field": field, **test} for field, test in fields]}]
        self.s3.put_object(Bucket=name, Key="images/before")
        self.trails.start_logging(Name=trail)
        self.trails.put_event_selectors(TrailName=trail, AdvancedEventSelectors=selectors)
        self.assertTrue(self.trails.get_trail(Name=trail)["Trail"]["HasCustomEventSelectors"])
        self.s3.put_object(Bucket=name, Key="other/x")
        self.s3.put_object(Bucket=name, Key="images/0")
        [event] = self.bodies(url)
        detail = event["detail"]
        self.assertEqual((event["source"], detail["eventName"]), ("aws.s3", "PutObject"))
        self.assertEqual(detail["requestParameters"]["key"], "images/0")
        self.assertFalse(detail["managementEvent"])
        self.s3.delete_object(Bucket=name, Key="images/0")
        self.trails.stop_logging(Name=trail)
        self.s3.put_object(Bucket=name, Key="images/after")
        self.assertTrue(self.empty(url))
        self.trails.delete_trail(Name=trail)
        self.assertEqual(self.trails.describe_trails()["trailList"], [])
