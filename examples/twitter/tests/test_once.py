"""A picture is posted once: repeated events, several runs at once, runs that died, answers that were lost."""

import datetime
import json
import unittest
import unittest.mock
from concurrent.futures import ThreadPoolExecutor

import once
import s3_object
import twitter
from outcome import Misconfigured, TryLater, Unclear
from stand_in.x_site import Fault
from tests.pictures import drawing, encoded
from tests.world import AWS, BUCKET, TWITTER, World, trail_event

PNG = encoded(drawing((64, 64)), "PNG")
POSTS = "POST /2/tweets"


class Once(World):
    """One picture, one post."""

    def setUp(self):
        super().setUp()
        self.event = self.put("images/a.png", PNG)

    def marker(self):
        """Returns the contents of the only marker."""
        (found,) = self.s3.list_objects_v2(Bucket=BUCKET, Prefix="posted/")["Contents"]
        return json.loads(self.s3.get_object(Bucket=BUCKET, Key=found["Key"])["Body"].read())

    def new_marker(self, **options):
        """Returns the marker of a separate run."""
        stored = s3_object.fetch(self.s3, twitter.event.read(self.event))
        return once.Marker(self.s3, "posted/", stored, **options)

    def leave(self, state, age):
        """Writes the marker of a run that ended in this state so many seconds ago."""
        marker = self.new_marker()
        marker.claim()
        if state != once.PREPARING:
            marker.write(state)
        later = datetime.datetime.now(datetime.timezone.utc).timestamp() + age
        clock = unittest.mock.patch.object(once.Marker.__init__, "__defaults__", (lambda: later,))
        clock.start()
        self.addCleanup(clock.stop)

    def test_repeated_event(self):
        first = self.run_function(self.event)
        for name, event in (
            ("the same event", self.event),
            ("CloudTrail's event", trail_event("images/a.png")),
            ("the same picture put again", self.put("images/a.png", PNG)),
        ):
            with self.subTest(name):
                again = self.run_function(event)
                self.assertIn("is posted already: " + first["posted"], again["skipped"])
        self.assertEqual(len(self.site.posts), 1)
        self.assertEqual(self.marker()["state"], "posted")
        self.assertEqual(self.marker()["picture"], "s3://pictures/images/a.png")

    def test_marker_says_posting_while_x_is_asked(self):
        said, post = [], self.site.app.view_functions[POSTS]

        def look_and_post():
            said.append(self.marker()["state"])
            return post()

        self.site.app.view_functions[POSTS] = look_and_post
        self.run_function(self.event)
        self.assertEqual(said, ["posting"])

    def test_another_picture_under_the_same_name(self):
        self.run_function(self.event)
        self.run_function(self.put("images/a.png", encoded(drawing((80, 80)), "PNG")))
        self.assertEqual(len(self.site.posts), 2)

    def test_at_once(self):
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(self.run_function, [self.event] * 4))
        self.assertEqual(len(self.site.posts), 1)
        self.assertEqual(len([r for r in results if "posted" in r]), 1, results)

    def test_failed_run_may_be_repeated(self):
        self.site.faults["POST /2/media/upload/initialize"] = [Fault(503)] * 4
        with self.assertRaises(TryLater):
            self.run_function(self.event)
        self.assertEqual(self.marker()["state"], "failed")
        self.run_function(self.event)
        self.assertEqual(len(self.site.posts), 1)

    def test_lost_answer_is_not_repeated(self):
        for fault in (Fault(0, after=True), Fault(503, after=True), Fault(0), Fault(500)):
            with self.subTest(fault):
                event = self.put("images/%d%s.png" % fault[:2], PNG, Metadata={"text": str(fault)})
                self.site.faults[POSTS] = [fault]
                with self.assertRaises(Unclear):
                    self.run_function(event)
                posts = len(self.site.posts)
                with self.assertRaisesRegex(Unclear, "remove s3://pictures/posted/[0-9a-f]{32}.json and run"):
                    self.run_function(event)
                self.assertEqual(len(self.site.posts), posts)
        self.assertEqual(len(self.site.posts), 2)

    def test_another_run_at_work(self):
        for state in (once.PREPARING, once.POSTING):
            with self.subTest(state):
                self.event = self.put("images/%s.png" % state, PNG)
                self.leave(state, age=30)
                self.assertIn("another run is working on", self.run_function(self.event)["skipped"])
        self.assertEqual(self.site.posts, [])

    def test_dead_run_is_taken_over(self):
        self.leave(once.PREPARING, age=once.LEASE_SECONDS + 5)
        self.run_function(self.event)
        self.assertEqual(len(self.site.posts), 1)

    def test_dead_run_that_may_have_posted_is_not(self):
        self.leave(once.POSTING, age=once.LEASE_SECONDS + 5)
        with self.assertRaises(Unclear):
            self.run_function(self.event)
        self.assertEqual(self.site.posts, [])

    def test_slow_run_stops_when_it_was_taken_over(self):
        slow = self.new_marker()
        slow.claim()
        late = self.new_marker(now=lambda: slow._now() + once.LEASE_SECONDS + 5)
        late.claim()
        with self.assertRaisesRegex(once.NothingToDo, "taken over s3://pictures/images/a.png"):
            slow.write(once.POSTING)
        late.write(once.POSTING)

    def test_unreadable_marker(self):
        self.s3.put_object(Bucket=BUCKET, Key=self.new_marker().key, Body=b"{")
        with self.assertRaises(Unclear):
            self.run_function(self.event)

    def test_no_permission_for_markers(self):
        refusal = s3_object.ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")
        with unittest.mock.patch.object(s3_object, "client", return_value=self.s3):
            with unittest.mock.patch.object(self.s3, "put_object", side_effect=refusal):
                with self.assertRaisesRegex(Misconfigured, "needs s3:PutObject there"):
                    self.run_function(self.event)
        self.assertEqual(self.site.requests, [])

    def test_marker_lost_after_the_post(self):
        write = once.Marker.write

        def away(marker, state, **more):
            if state == once.POSTED:
                raise TryLater("S3 is away")
            write(marker, state, **more)

        with unittest.mock.patch.object(once.Marker, "write", away):
            result = self.run_function(self.event)
        self.assertIn("posted", result)
        self.assertIn("another run is working on", self.run_function(self.event)["skipped"])
        self.assertEqual(len(self.site.posts), 1)

    def test_no_markers_wanted(self):
        secrets = {**AWS, **TWITTER, "marker_prefix": ""}
        self.assertEqual(self.run_function(self.event, secrets)["marker"], "")
        with self.assertRaisesRegex(ValueError, "duplicate content"):
            self.run_function(self.event, secrets)
        self.assertEqual(self.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"], 1)
