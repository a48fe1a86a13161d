"""The client of X against the mock: faults, limits, processing, refusals."""

import time
import unittest.mock

import x_api
from keys import x_keys
from outcome import Misconfigured, Refused, TryLater
from stand_in.x_site import Fault
from tests.pictures import animation, drawing, encoded
from tests.world import TWITTER, XWorld

PNG = encoded(drawing((40, 40)), "PNG")
INITIALIZE = "POST /2/media/upload/initialize"
APPEND = "POST /2/media/upload/<ident>/append"
POSTS = "POST /2/tweets"


class Base(XWorld):
    """And a client."""

    def setUp(self):
        super().setUp()
        self.x = x_api.X(self.url, x_keys(TWITTER), self.clock.sleep, self.clock.now)

    def upload(self, data=PNG, media_type="image/png", category="tweet_image", alt=""):
        """Uploads a picture."""
        return self.x.upload(data, media_type, category, alt)


class Uploads(Base):
    """initialize, append, finalize, status."""

    def test_in_order(self):
        media = self.upload(alt="a drawing")
        self.x.post("hello", media)
        names = [name.rpartition("/")[2] for name in self.site.requests]
        self.assertEqual(names, ["initialize", "append", "finalize", "metadata", "tweets"])
        self.assertEqual(self.site.posts[0].media.data, PNG)
        self.assertEqual(self.site.denied, [])

    def test_processing_is_waited_for(self):
        media = self.upload(animation(), "image/gif", "tweet_gif")
        self.assertEqual(self.site.requests.count("GET /2/media/upload"), 2)
        self.x.post("", media)

    def test_processing_fails(self):
        with self.assertRaisesRegex(Refused, "cannot process the picture: 1300 x 20, 2 frames"):
            self.upload(animation(size=(1300, 20), count=2), "image/gif", "tweet_gif")

    def test_processing_without_end(self):
        self.site.media.clear()
        always = {"state": "in_progress", "check_after_secs": 7}
        with unittest.mock.patch("stand_in.media._work_on_gif", return_value=[always]):
            with self.assertRaisesRegex(TryLater, "in 180 s; nothing was posted"):
                self.upload(animation(), "image/gif", "tweet_gif")
        self.assertLess(sum(self.clock.slept), 200)

    def test_faults_are_lived_through(self):
        for fault in (Fault(503), Fault(500, after=True), Fault(0), Fault(0, after=True)):
            with self.subTest(fault):
                self.site.faults = {INITIALIZE: [fault], APPEND: [fault, fault]}
                self.upload()
        self.assertEqual(self.clock.slept[:3], [1, 1, 2])

    def test_faults_without_end(self):
        self.site.faults[APPEND] = [Fault(502)] * 9
        with self.assertRaisesRegex(TryLater, "502 Service Unavailable. Nothing was posted"):
            self.upload()
        self.assertEqual(self.site.requests.count(APPEND), 4)

    def test_nobody_there(self):
        x = x_api.X("http://127.0.0.1:1", x_keys(TWITTER), self.clock.sleep, self.clock.now)
        with self.assertRaisesRegex(TryLater, "X cannot be reached; nothing was posted"):
            x.upload(PNG, "image/png", "tweet_image", "")


class Answers(Base):
    """X's answers to a post."""

    def test_duplicate(self):
        self.x.post("hello", self.upload())
        with self.assertRaisesRegex(Refused, "403 You are not allowed to create a Tweet with duplicate content"):
            self.x.post("hello", self.upload())
        self.x.post("hello again", self.upload())

    def test_refusals(self):
        media = self.upload()
        for fault, kind in (
            (Fault(400), Refused),
            (Fault(402), Misconfigured),
            (Fault(403), Misconfigured),
            (Fault(403, words="Your Tweet text is too long."), Refused),
            (Fault(403, words="This user may not post a video longer than 20 minutes."), Refused),
            (Fault(404), Misconfigured),
        ):
            told = "answered POST /2/tweets with %d %s" % (fault.status, fault.words)
            with self.subTest(fault), self.assertRaisesRegex(kind, told):
                self.site.faults[POSTS] = [fault]
                self.x.post("hello", media)
        with self.assertRaisesRegex(Refused, "400 Your Tweet text is too long"):
            self.x.post("a" * 281, media)

    def test_wrong_clock(self):
        self.clock.at += 400
        with self.assertRaisesRegex(Misconfigured, "401 Unauthorized.*or the clock is wrong"):
            self.upload()


class Limits(Base):
    """Too many requests."""

    def test_near_end_is_waited_for(self):
        self.site.limits = {**self.site.limits, INITIALIZE: (1, 30), POSTS: (1, 40)}
        self.x.post("one", self.upload())
        self.x.post("two", self.upload())
        self.assertEqual(len(self.site.posts), 2)
        self.assertEqual(len(self.clock.slept), 2)
        self.assertLessEqual(max(self.clock.slept), 62)

    def test_far_end_is_told(self):
        self.site.limits[POSTS] = (1, 900)
        self.x.post("one", self.upload())
        told = r"429 Too Many Requests. Nothing was posted; run it again after 20..-..-.. ..:..:.. UTC \(in 1[45] min"
        with self.assertRaisesRegex(TryLater, told):
            self.x.post("two", self.upload())
        self.assertEqual(self.clock.slept, [])

    def test_the_day(self):
        now = 1_000_000
        day = {"x-app-limit-24hour-remaining": "0", "x-app-limit-24hour-reset": str(now + 7200)}
        window = {"x-rate-limit-remaining": "7", "x-rate-limit-reset": str(now + 900)}
        self.assertEqual(x_api._limit_ends({**day, **window}), now + 7200)
        self.assertEqual(x_api._limit_ends({"x-rate-limit-reset": str(now + 900)}), now + 900)
        self.assertGreater(x_api._limit_ends({"x-rate-limit-reset": "soon"}), time.time() + 800)
