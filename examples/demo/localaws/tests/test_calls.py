"""What is recorded of each call."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from .served import ACCOUNT, REGION, Served

HERE = f"{REGION}:{ACCOUNT}:"


class Noted(Served):
    """A local AWS that records its calls."""

    file = Path(tempfile.mkdtemp()) / "calls"
    options = ("--calls", str(file))

    @classmethod
    def tearDownClass(cls) -> None:
        """Removes the file, which the server may still have open."""
        cls.file.unlink()
        cls.file.parent.rmdir()

    def check_noted(self, *wanted: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> None:
        """Compares what was recorded since the last time: action, resource, and the context if there is one."""
        lines = [json.loads(line) for line in self.file.read_text().splitlines()]
        self.file.write_text("")
        self.assertEqual({line.pop("key") for line in lines}, {"local"})
        self.assertEqual([tuple(line.values()) for line in lines], list(wanted))

    def test_queues_and_rules(self) -> None:
        arn, rule = f"arn:aws:sqs:{HERE}q", f"arn:aws:events:{HERE}rule/r"
        url = self.sqs.create_queue(QueueName="q", tags={"a": "b"})["QueueUrl"]
        self.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "x"}])
        self.sqs.list_queues()
        self.check_noted(
            ("sqs:CreateQueue", arn), ("sqs:TagQueue", arn), ("sqs:SendMessage", arn), ("sqs:ListQueues", "*")
        )
        self.events.put_rule(Name="r", EventPattern="{}", Tags=[{"Key": "a", "Value": "b"}])
        self.events.put_targets(Rule="r", Targets=[{"Id": i, "Arn": arn + i} for i in ("1", "2")])
        self.events.list_tags_for_resource(ResourceARN=rule)
        self.check_noted(
            ("events:PutRule", rule),
            ("events:TagResource", rule),
            ("events:PutTargets", rule, {"events:TargetArn": [arn + "1", arn + "2"]}),
            ("events:ListTagsForResource", rule),
        )

    def test_alarms(self) -> None:
        watch, sns = self.client("cloudwatch"), self.client("sns")
        topic, alarm = f"arn:aws:sns:{HERE}t", f"arn:aws:cloudwatch:{HERE}alarm:"
        sns.create_topic(Name="t", Tags=[{"Key": "a", "Value": "b"}])
        subscription = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@b.example")["SubscriptionArn"]
        sns.unsubscribe(SubscriptionArn=subscription)
        watch.describe_alarms(AlarmNames=["a", "b"])
        watch.list_metrics()
        self.check_noted(
            ("sns:CreateTopic", topic),
            ("sns:TagResource", topic),
            ("sns:Subscribe", topic),
            ("sns:Unsubscribe", "*"),
            ("cloudwatch:DescribeAlarms", alarm + "a"),
            ("cloudwatch:DescribeAlarms", alarm + "b"),
            ("cloudwatch:ListMetrics", "*"),
        )

    def test_buckets(self) -> None:
        arn, named = "arn:aws:s3:::noted", {"Bucket": "noted"}
        self.s3.create_bucket(**named, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.head_bucket(**named)
        self.s3.put_public_access_block(**named, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
        self.s3.delete_public_access_block(**named)
        self.s3.delete_bucket_policy(**named)
        self.s3.put_object(**named, Key="a/c", Body=b"x" * 9)
        self.assertEqual(self.s3.get_object(**named, Key="a/c")["Body"].read(), b"x" * 9)
        self.s3.list_object_versions(**named)
        self.s3.delete_objects(**named, Delete={"Objects": [{"Key": "a/c"}]})
        self.s3.list_objects_v2(**named)
        self.s3.delete_bucket(**named)
        self.s3.list_buckets()
        self.check_noted(
            ("s3:CreateBucket", arn),
            ("s3:ListBucket", arn),
            ("s3:PutBucketPublicAccessBlock", arn),
            ("s3:PutBucketPublicAccessBlock", arn),
            ("s3:DeleteBucketPolicy", arn),
            ("s3:PutObject", arn + "/a/c"),
            ("s3:GetObject", arn + "/a/c"),
            ("s3:ListBucketVersions", arn),
            ("s3:DeleteObject", arn + "/*"),
            ("s3:DeleteObjectVersion", arn + "/*"),
            ("s3:ListBucket", arn),
            ("s3:DeleteBucket", arn),
            ("s3:ListAllMyBuckets", "*"),
        )

    def test_keys(self) -> None:
        kms, queue = self.client("kms"), f"arn:aws:sqs:{HERE}sealed"
        key = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["Arn"]
        kms.describe_key(KeyId=key)
        kms.describe_key(KeyId=key.rpartition("/")[2])
        asked, has = {"aws:RequestTag/a": ["b"], "aws:TagKeys": ["a"]}, {"aws:ResourceTag/a": ["b"]}
        self.check_noted(
            ("kms:CreateKey", "*", asked),
            ("kms:TagResource", "*", asked),
            ("kms:DescribeKey", key, has),
            ("kms:DescribeKey", key, has),
        )
        url = self.sqs.create_queue(QueueName="sealed", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
        self.sqs.send_message(QueueUrl=url, MessageBody="x")
        self.sqs.receive_message(QueueUrl=url)
        sealed = {"kms:EncryptionContext:aws:sqs:arn": [queue]}
        self.check_noted(
            ("sqs:CreateQueue", queue),
            ("sqs:SendMessage", queue),
            ("kms:Decrypt", key, sealed),
            ("kms:GenerateDataKey", key, sealed),
            ("sqs:ReceiveMessage", queue),
            ("kms:Decrypt", key, sealed),
        )
