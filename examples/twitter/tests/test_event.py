"""Which object an event is about, and which events are about none."""

import json
import unittest

import event
from outcome import NothingToDo, Refused
from tests.world import BUCKET, REGION, envelope, s3_event, trail_event


class Read(unittest.TestCase):
    """Both shapes."""

    def test_s3(self):
        upload = event.read(s3_event("images/a+b %41 ü.jpg", version="v1"))
        self.assertEqual(upload, (BUCKET, "images/a+b %41 ü.jpg", None, "v1", REGION))

    def test_cloudtrail(self):
        for call in ("PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload"):
            upload = event.read(trail_event("images/a.jpg", eventName=call))
            self.assertEqual(upload, (BUCKET, "images/a.jpg", None, None, REGION))

    def test_cloudtrail_encoded(self):
        upload = event.read(trail_event("images/a+b%20%C3%BC.jpg", responseElements={"x-amz-version-id": "v1"}))
        self.assertEqual(upload, (BUCKET, "images/a+b%20%C3%BC.jpg", "images/a b ü.jpg", "v1", REGION))

    def test_text(self):
        self.assertEqual(event.read(json.dumps(s3_event("images/a.jpg"))).key, "images/a.jpg")

    def test_nothing_to_do(self):
        others = {
            "deleted": envelope("Object Deleted", s3_event("a")["detail"]),
            "tagged": envelope("Object Tags Added", s3_event("a")["detail"]),
            "read": trail_event("a", eventName="GetObject"),
            "bucket made": trail_event("a", eventName="CreateBucket", requestParameters={"bucketName": BUCKET}),
            "not allowed": trail_event("a", errorCode="AccessDenied"),
            "folder": s3_event("images/"),
            "another service": {"source": "aws.ec2", "detail": {}},
        }
        for name, other in others.items():
            with self.subTest(name), self.assertRaises(NothingToDo):
                event.read(other)

    def test_refused(self):
        others = (
            None,
            [],
            "",
            "no JSON",
            b"\xff",
            {},
            {"source": "aws.s3"},
            {"source": 1, "detail": {}},
            {"Records": [{"s3": {}}]},
            envelope("Object Created", {"bucket": {}}),
            envelope("Object Created", {"bucket": {"name": BUCKET}, "object": {"key": 7}}),
            envelope("Object Created", {"bucket": "b", "object": {"key": "a"}}),
            envelope("Object Created", {"bucket": {"name": BUCKET}, "object": "a"}),
            trail_event("a", requestParameters=None),
            trail_event(""),
        )
        for other in others:
            with self.subTest(other), self.assertRaises(Refused):
                event.read(other)
