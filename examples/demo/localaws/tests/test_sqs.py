"""SQS keeps its promises to several receivers, and reads back what Terraform has set."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from .served import ACCOUNT, REGION, Served


class Queues(Served):
    """Attributes, receivers, dead letters."""

    def attributes(self, url: str, *names: str) -> dict[str, str]:
        """A queue's attributes."""
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names or ["All"])).get("Attributes", {})

    def test_policies_read_back_compact(self) -> None:
        _, dead = self.queue("-dead")
        redrive = {"deadLetterTargetArn": dead, "maxReceiveCount": 3}
        allow = {"redrivePermission": "byQueue", "sourceQueueArns": [dead]}
        url, _ = self.queue(RedrivePolicy=json.dumps(redrive), RedriveAllowPolicy=json.dumps(allow))
        found = self.attributes(url)
        for name, value in (("RedrivePolicy", redrive), ("RedriveAllowPolicy", allow)):
            self.assertEqual(found[name], json.dumps(value, separators=(",", ":")))
        self.assertNotIn(" ", found["Policy"])
        self.assertEqual(list(self.attributes(url, "RedriveAllowPolicy")), ["RedriveAllowPolicy"])
        self.assertEqual(found["SqsManagedSseEnabled"], "true")
        self.assertEqual(found["QueueArn"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}")

    def test_attributes_that_are_not_given_stay(self) -> None:
        url, _ = self.queue()
        policy = self.attributes(url, "Policy")
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "61"})
        self.assertEqual(self.attributes(url, "Policy"), policy)
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
        self.assertEqual(self.attributes(url, "Policy"), {})

    def test_attributes_that_are_not_set_are_not_there(self) -> None:
        url, _ = self.queue(policy=None)
        found = self.attributes(url)
        for name in ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "FifoQueue", "KmsMasterKeyId"):
            self.assertNotIn(name, found)
        with self.assertRaises(ClientError):
            self.attributes(url, "Nonsense")

    def test_no_message_reaches_two_receivers(self) -> None:
        url, _ = self.queue()
        for _ in range(20):
            entries = [{"Id": str(i), "MessageBody": "x"} for i in range(10)]
            self.sqs.send_message_batch(QueueUrl=url, Entries=entries)
        seen: list[str] = []

        def receive(_: int) -> None:
            # On a busy machine, the queue's own timeout can pass before all are received.
            ask = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 3600}
            while messages := self.sqs.receive_message(**ask).get("Messages"):
                seen.extend(m["MessageId"] for m in messages)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(receive, range(8)))
        self.assertEqual((len(seen), len(set(seen))), (200, 200))

    def test_message_comes_back_and_becomes_a_dead_letter(self) -> None:
        dead_url, dead = self.queue("-dead")
        redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
        url, _ = self.queue(RedrivePolicy=redrive, VisibilityTimeout="1")
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
        first, second = (self.messages(url)[0] for _ in range(2))
        self.assertNotEqual(first["ReceiptHandle"], second["ReceiptHandle"])
        self.assertEqual(self.messages(url, within=2), [])
        self.assertEqual([m["MessageId"] for m in self.messages(dead_url)], [sent])

    def test_delete_and_delete_again(self) -> None:
        url, _ = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="x")
        [message] = self.messages(url)
        for _ in range(2):
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.assertEqual(self.attributes(url)["ApproximateNumberOfMessagesNotVisible"], "0")
        with self.assertRaises(ClientError):
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle="bogus")

    def test_fifo_group_waits_for_its_first(self) -> None:
        url, _ = self.queue(".fifo", FifoQueue="true", ContentBasedDeduplication="true")
        for body, group in (("1", "a"), ("2", "a"), ("3", "b")):
            self.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
        first = self.sqs.receive_message(QueueUrl=url)["Messages"][0]
        others = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        self.assertEqual((first["Body"], [m["Body"] for m in others]), ("1", ["3"]))
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        self.assertEqual([m["Body"] for m in self.messages(url)], ["2"])
