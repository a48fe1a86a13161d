"""What is noted of each call."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from .served import ACCOUNT, REGION, Served

HERE = f"{REGION}:{ACCOUNT}:"


class Noted(Served):
    """A local AWS that notes its calls."""

    file = Path(tempfile.mkdtemp()) / "calls"
    options = ("--calls", str(file))

    @classmethod
    def tearDownClass(cls) -> None:
        """Removes the file, which the server may still have open."""
        cls.file.unlink()
        cls.file.parent.rmdir()

    def noted(self) -> list[dict[str, Any]]:
        """What was noted since this was last asked for, without the key."""
        lines = [json.loads(line) for line in self.file.read_text().splitlines()]
        self.file.write_text("")
        self.assertEqual({line.pop("key") for line in lines}, {"local"})
        return lines

    def actions(self) -> list[tuple[str, str]]:
        """The same, without what conditions look at."""
        return [(line["action"], line["resource"]) for line in self.noted()]

    def test_queues_and_rules(self) -> None:
        arn, rule = f"arn:aws:sqs:{HERE}q", f"arn:aws:events:{HERE}rule/r"
        url = self.sqs.create_queue(QueueName="q", tags={"a": "b"})["QueueUrl"]
        self.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "x"}])
        self.sqs.list_queues()
        self.events.put_rule(Name="r", EventPattern="{}", Tags=[{"Key": "a", "Value": "b"}])
        self.events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": arn}])
        self.events.list_tags_for_resource(ResourceARN=rule)
        self.client("sts").get_caller_identity()
        self.client("cloudwatch").list_metrics()
        self.assertEqual(
            self.actions(),
            [
                *(("sqs:CreateQueue", arn), ("sqs:TagQueue", arn), ("sqs:SendMessage", arn), ("sqs:ListQueues", "*")),
                *(("events:PutRule", rule), ("events:TagResource", rule)),
                *(("events:PutTargets", rule), ("events:ListTagsForResource", rule)),
                *(("sts:GetCallerIdentity", "*"), ("cloudwatch:ListMetrics", "*")),
            ],
        )

    def test_alarms(self) -> None:
        watch, sns = self.client("cloudwatch"), self.client("sns")
        topic, alarm = f"arn:aws:sns:{HERE}t", f"arn:aws:cloudwatch:{HERE}alarm:a"
        sns.create_topic(Name="t", Tags=[{"Key": "a", "Value": "b"}])
        subscription = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@b.example")["SubscriptionArn"]
        sns.list_tags_for_resource(ResourceArn=topic)
        sns.unsubscribe(SubscriptionArn=subscription)
        watch.describe_alarms(AlarmNames=["a", "b"])
        watch.delete_alarms(AlarmNames=["a"])
        watch.put_dashboard(DashboardName="d", DashboardBody="{}")
        watch.delete_dashboards(DashboardNames=["d"])
        dashboard = f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/d"
        self.assertEqual(
            self.actions(),
            [
                *(("sns:CreateTopic", topic), ("sns:TagResource", topic), ("sns:Subscribe", topic)),
                *(("sns:ListTagsForResource", topic), ("sns:Unsubscribe", "*")),
                *(("cloudwatch:DescribeAlarms", alarm), ("cloudwatch:DescribeAlarms", alarm[:-1] + "b")),
                *(("cloudwatch:DeleteAlarms", alarm), ("cloudwatch:PutDashboard", dashboard)),
                ("cloudwatch:DeleteDashboards", dashboard),
            ],
        )

    def test_buckets(self) -> None:
        arn = "arn:aws:s3:::noted"
        self.s3.create_bucket(
            Bucket="noted",
            CreateBucketConfiguration={"LocationConstraint": REGION},
            ACL="private",
            ObjectOwnership="BucketOwnerEnforced",
        )
        self.s3.head_bucket(Bucket="noted")
        self.s3.put_public_access_block(Bucket="noted", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
        self.s3.delete_public_access_block(Bucket="noted")
        self.s3.delete_bucket_policy(Bucket="noted")
        self.s3.put_object(Bucket="noted", Key="a/c", Body=b"x" * 9)
        self.assertEqual(self.s3.get_object(Bucket="noted", Key="a/c")["Body"].read(), b"x" * 9)
        self.s3.list_object_versions(Bucket="noted")
        self.s3.delete_objects(Bucket="noted", Delete={"Objects": [{"Key": "a/c"}]})
        self.s3.list_objects_v2(Bucket="noted")
        self.s3.delete_bucket(Bucket="noted")
        self.s3.list_buckets()
        self.assertEqual(
            self.actions(),
            [
                *(("s3:CreateBucket", arn), ("s3:PutBucketOwnershipControls", arn), ("s3:ListBucket", arn)),
                *(("s3:PutBucketPublicAccessBlock", arn),) * 2,
                *(("s3:DeleteBucketPolicy", arn), ("s3:PutObject", arn + "/a/c"), ("s3:GetObject", arn + "/a/c")),
                *(("s3:ListBucketVersions", arn), ("s3:DeleteObject", arn + "/*")),
                ("s3:DeleteObjectVersion", arn + "/*"),
                *(("s3:ListBucket", arn), ("s3:DeleteBucket", arn), ("s3:ListAllMyBuckets", "*")),
            ],
        )

    def test_targets(self) -> None:
        self.events.put_rule(Name="aimed", EventPattern="{}")
        arns = [f"arn:aws:sqs:{HERE}{q}" for q in ("a", "b")]
        self.events.put_targets(Rule="aimed", Targets=[{"Id": arn[-1], "Arn": arn} for arn in arns])
        self.assertEqual(self.noted()[-1]["context"], {"events:TargetArn": arns})

    def test_encrypted_queues(self) -> None:
        key = self.client("kms").create_key()["KeyMetadata"]["Arn"]
        url = self.sqs.create_queue(QueueName="sealed", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
        self.sqs.send_message(QueueUrl=url, MessageBody="x")
        self.sqs.receive_message(QueueUrl=url)
        arn = f"arn:aws:sqs:{HERE}sealed"
        context = {"context": {"kms:EncryptionContext:aws:sqs:arn": [arn]}}
        self.assertEqual(
            self.noted()[2:],
            [
                {"action": "sqs:SendMessage", "resource": arn},
                {"action": "kms:Decrypt", "resource": key, **context},
                {"action": "kms:GenerateDataKey", "resource": key, **context},
                {"action": "sqs:ReceiveMessage", "resource": arn},
                {"action": "kms:Decrypt", "resource": key, **context},
            ],
        )

    def test_keys_and_their_tags(self) -> None:
        kms = self.client("kms")
        key = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/x", TargetKeyId=key)
        kms.describe_key(KeyId="alias/x")
        with self.assertRaises(kms.exceptions.NotFoundException):
            kms.describe_key(KeyId="alias/none")
        arn, has = f"arn:aws:kms:{HERE}", {"context": {"aws:ResourceTag/a": ["b"]}}
        asked = {"context": {"aws:RequestTag/a": ["b"], "aws:TagKeys": ["a"]}}
        self.assertEqual(
            self.noted(),
            [
                {"action": "kms:CreateKey", "resource": "*", **asked},
                {"action": "kms:TagResource", "resource": "*", **asked},
                {"action": "kms:CreateAlias", "resource": arn + "alias/x"},
                {"action": "kms:CreateAlias", "resource": f"{arn}key/{key}", **has},
                {"action": "kms:DescribeKey", "resource": f"{arn}key/{key}", **has},
                {"action": "kms:DescribeKey", "resource": arn + "alias/none"},
            ],
        )
