"""EventBridge delivers whole events to the queues that allow it, and to no others."""

from __future__ import annotations

import json

from .served import ACCOUNT, REGION, Served


class Events(Served):
    """Rules, targets, queues."""

    def test_whole_event_in_aws_order(self) -> None:
        url, arn = self.queue()
        self.rule({"source": [self.name]}, {"Arn": arn})
        detail = '{"n": 9007199254740993, "text": "<source> \\"quoted\\" ü", "detail-type": "<id>"}'
        event_id = self.put(DetailType='a "quoted" type', Detail=detail, Resources=["arn:x"])
        [body] = [m["Body"] for m in self.messages(url)]
        event = json.loads(body)
        members = "version id detail-type source account time region resources detail"
        self.assertEqual(list(event), members.split())
        self.assertEqual(event["detail"], json.loads(detail))
        self.assertIn("9007199254740993", body)
        self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(
            (event["id"], event["account"], event["region"], event["resources"], event["detail-type"]),
            (event_id, ACCOUNT, REGION, ["arn:x"], 'a "quoted" type'),
        )

    def test_only_what_matches(self) -> None:
        url, arn = self.queue()
        self.rule({"source": [self.name], "detail": {"items": {"k": [1]}}}, {"Arn": arn})
        self.put(Detail='{"items": [{"k": 2}]}')
        wanted = self.put(Detail='{"items": [{"k": 2}, {"k": 1}]}')
        self.assertEqual([e["id"] for e in self.bodies(url)], [wanted])
        self.assertTrue(self.empty(url))

    def test_disabled_and_scheduled_rules_get_no_put_events(self) -> None:
        url, arn = self.queue()
        self.rule({"source": [self.name]}, {"Arn": arn}, State="DISABLED")
        self.events.put_rule(Name=self.name + "-s", ScheduleExpression="rate(1 day)")
        self.events.put_targets(Rule=self.name + "-s", Targets=[{"Id": "t", "Arn": arn}])
        self.put()
        self.assertTrue(self.empty(url))

    def test_schedule_fires_while_enabled(self) -> None:
        url, arn = self.queue()
        rule = self.rule(target={"Arn": arn}, ScheduleExpression="rate(2 minutes)")
        first, second, *_ = self.bodies(url, 2)
        self.assertEqual((first["source"], first["detail-type"]), ("aws.events", "Scheduled Event"))
        self.assertEqual((first["resources"], first["detail"]), ([rule], {}))
        self.assertNotEqual(first["id"], second["id"])

    def test_queue_policy_is_asked(self) -> None:
        dead_url, dead_arn = self.queue("-dead")
        for suffix, policy in (("-none", None), ("-deny", "Deny")):
            url, arn = self.queue(suffix, policy)
            rule = self.rule({"source": [self.name]}, {"Arn": arn, "DeadLetterConfig": {"Arn": dead_arn}})
            event_id = self.put()
            [message] = self.messages(dead_url)
            self.assertEqual(json.loads(message["Body"])["id"], event_id)
            attributes = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
            self.assertEqual(
                (attributes["RULE_ARN"], attributes["TARGET_ARN"], attributes["ERROR_CODE"]),
                (rule, arn, "NO_PERMISSIONS"),
            )
            self.assertTrue(self.empty(url))

    def test_missing_queue_does_not_fail_put_events(self) -> None:
        dead_url, dead_arn = self.queue("-dead")
        missing = f"arn:aws:sqs:{REGION}:{ACCOUNT}:nowhere"
        self.rule({"source": [self.name]}, {"Arn": missing, "DeadLetterConfig": {"Arn": dead_arn}})
        event_id = self.put()
        self.assertEqual([e["id"] for e in self.bodies(dead_url)], [event_id])

    def test_fifo_target(self) -> None:
        url, arn = self.queue(".fifo", FifoQueue="true", ContentBasedDeduplication="true")
        self.rule({"source": [self.name]}, {"Arn": arn, "SqsParameters": {"MessageGroupId": "g"}})
        event_id = self.put()
        self.assertEqual([e["id"] for e in self.bodies(url)], [event_id])
