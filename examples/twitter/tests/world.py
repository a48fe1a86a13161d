"""A bucket, an X and a clock that nobody waits for: what every test of the whole function starts from."""

import functools
import io
import os
import threading
import time
import unittest
import unittest.mock
import uuid

import boto3
from moto import mock_aws
from PIL import Image

import twitter
from stand_in import command
from stand_in.x_site import Site
from x_api import X

BUCKET, REGION = "pictures", "us-west-2"
AWS = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "example"}
TWITTER = {
    "appKey": "app & key",
    "appSecret": "app+secret/=",
    "oauthToken": "1-token",
    "oauthTokenSecret": "token secret %",
}


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self, at):
        self.at, self.slept = at, []

    def now(self):
        """The time."""
        return self.at

    def sleep(self, seconds):
        """Takes no time."""
        self.slept.append(seconds)
        self.at += seconds


class XWorld(unittest.TestCase):
    """An X and a clock; each test has its own."""

    def setUp(self):
        self.clock = Clock(time.time())
        self.site = Site(TWITTER, self.clock.now)
        self.url = serve(self, self.site)


class World(XWorld):
    """And a bucket, and the function."""

    def setUp(self):
        super().setUp()
        aws = mock_aws()
        aws.start()
        self.addCleanup(aws.stop)
        self.s3 = boto3.client("s3", region_name=REGION, **AWS)
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        patient = functools.partial(X, sleep=self.clock.sleep, now=self.clock.now)
        for patch in (
            unittest.mock.patch.dict(os.environ, {"X_API_URL": self.url}),
            unittest.mock.patch.object(twitter, "X", patient),
            unittest.mock.patch("builtins.print"),
        ):
            patch.start()
            self.addCleanup(patch.stop)

    def put(self, key, data, **options):
        """Uploads an object and returns S3's event of it."""
        answer = self.s3.put_object(Bucket=BUCKET, Key=key, Body=data, **options)
        return s3_event(key, answer["ETag"].strip('"'), answer.get("VersionId"))

    def run_function(self, event, secrets=None):
        """Calls the function as Dispatch does."""
        return twitter.handle({"secrets": secrets or {**AWS, **TWITTER}}, event)

    def posted(self):
        """Returns the picture of the only post."""
        (post,) = self.site.posts
        return Image.open(io.BytesIO(post.media.data))


def serve(test, site):
    """Serves a mock of X's API until the test ends; returns its address."""
    server = command.listen(site.app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    for cleanup in (server.server_close, thread.join, server.shutdown):
        test.addCleanup(cleanup)
    return "http://127.0.0.1:%d" % server.port


def s3_event(key, etag="0123", version=None):
    """Returns an event as S3 sends it to EventBridge."""
    thing = {"key": key, "size": 1, "etag": etag, "sequencer": "0062E99A88DC407460"}
    if version:
        thing["version-id"] = version
    detail = {"version": "0", "bucket": {"name": BUCKET}, "object": thing, "reason": "PutObject"}
    return envelope("Object Created", detail)


def trail_event(key, **more):
    """Returns an event as CloudTrail sends it to EventBridge."""
    detail = {
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutObject",
        "awsRegion": REGION,
        "requestParameters": {"bucketName": BUCKET, "key": key},
        "responseElements": None,
    }
    return envelope("AWS API Call via CloudTrail", {**detail, **more})


def envelope(kind, detail):
    """EventBridge's part of an event."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-11-22T05:30:00Z",
        "region": REGION,
        "resources": ["arn:aws:s3:::" + BUCKET],
        "detail": detail,
    }
