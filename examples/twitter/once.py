"""Ensures that a picture is posted only once, even if its event comes repeatedly or several runs work at the same time.

The function stores nothing itself, so it writes a small object for each picture, a marker, which S3 accepts only on a
condition: that there is no marker yet (If-None-Match), or that it has not changed since it was read (If-Match). Its
state is one of:

    preparing   a run is working on the picture and has not asked X for the post yet
    posting     the run is asking X for the post
    posted      the picture was posted; the marker has the post's address
    failed      nothing was posted; the marker has the reason, and the next run tries again
    unclear     X gave no answer; no run posts again until a person has checked and removed the marker

The marker's age shows whether a run has died or is still working. A run that takes over writes the marker, so an
earlier run that was only slow gets no further than `preparing`.
"""

import hashlib
import json
import time
from datetime import datetime, timezone

from botocore.exceptions import BotoCoreError, ClientError

from event import where
from outcome import NothingToDo, Unclear
from s3_object import Stored, explained

# Longer than a run takes.
LEASE_SECONDS = 600
PREPARING, POSTING, POSTED, FAILED, UNCLEAR = "preparing", "posting", "posted", "failed", "unclear"
TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


class Marker:
    """The marker of one picture: claim it, then write POSTING, and then one of the last three states.

    Without a prefix there are no markers, and a repeated event may post again.
    """

    def __init__(self, s3, prefix: str, stored: Stored, now=time.time):
        name = hashlib.sha256("\n".join((stored.key, stored.etag)).encode()).hexdigest()[:32]
        self.bucket = stored.bucket
        self.key = "%s%s.json" % (prefix, name) if prefix else ""
        self._s3, self._now = s3, now
        self._picture = where(stored.bucket, stored.key)
        self._etag = ""

    @property
    def place(self) -> str:
        """The marker's address, for messages."""
        return where(self.bucket, self.key) if self.key else ""

    def claim(self) -> None:
        """Makes this run the one that posts, or ends it: the picture is posted, worked on, or unclear."""
        if not self._write(PREPARING, {"If-None-Match": "*"}):
            self._take_over()

    def write(self, state: str, **more) -> None:
        """Writes the next state, unless another run has taken over."""
        if not self._write(state, {"If-Match": self._etag}, **more):
            raise NothingToDo("another run has taken over %s from this one" % self._picture)

    def _take_over(self) -> None:
        said, age, etag = self._read()
        state = said.get("state")
        if state == POSTED:
            raise NothingToDo("%s is posted already: %s" % (self._picture, said.get("post")))
        if state == UNCLEAR or state == POSTING and age > LEASE_SECONDS:
            look = "check whether the post exists; if not, remove %s and run the event again" % self.place
            raise Unclear("an earlier run did not learn whether X posted %s: %s" % (self._picture, look))
        if state != FAILED and age <= LEASE_SECONDS:
            raise NothingToDo("another run is working on %s" % self._picture)
        if not self._write(PREPARING, {"If-Match": etag}):
            raise NothingToDo("another run has started to work on %s" % self._picture)

    def _read(self):
        try:
            answer = self._s3.get_object(Bucket=self.bucket, Key=self.key)
            said = json.loads(answer["Body"].read().decode())
        except (ClientError, BotoCoreError) as error:
            raise explained(error, "read the marker " + self.place, "s3:GetObject") from error
        except ValueError:
            said = {"state": UNCLEAR}
        return said, self._now() - answer["LastModified"].timestamp(), answer["ETag"]

    def _write(self, state: str, condition: dict, **more) -> bool:
        """Returns whether the condition held; if not, another run has written the marker first."""
        if not self.key:
            return True
        at = datetime.fromtimestamp(self._now(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = json.dumps(dict(more, state=state, picture=self._picture, at=at), indent=1).encode()

        def add(params, **_):
            params["headers"].update(condition)

        # As a hook and not as an argument: boto3 has arguments for both conditions only since 1.35.
        hook = "before-call.s3.PutObject"
        self._s3.meta.events.register(hook, add)
        try:
            answer = self._s3.put_object(Bucket=self.bucket, Key=self.key, Body=body, ContentType="application/json")
            self._etag = answer["ETag"]
            return True
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"].get("Code") in TAKEN:
                return False
            raise explained(error, "write the marker " + self.place, "s3:PutObject") from error
        finally:
            self._s3.meta.events.unregister(hook, add)
