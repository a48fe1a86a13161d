"""The whole function: from an event to a post, and every way to end without one."""

import json
import unittest
import unittest.mock
from email.header import Header

import s3_object
import twitter
import x_api
from outcome import Misconfigured, Refused
from tests import pictures
from tests.pictures import animation, drawing, encoded
from tests.world import AWS, BUCKET, TWITTER, World, s3_event, trail_event

PNG = encoded(drawing(), "PNG")


class Posts(World):
    """A picture is posted."""

    def check(self, result, key):
        """One post, of this picture."""
        (post,) = self.site.posts
        self.assertEqual(result["picture"], "s3://%s/%s" % (BUCKET, key))
        self.assertEqual(result["posted"], "https://x.com/i/web/status/" + post.ident)
        self.assertEqual(self.site.denied, [])
        self.assertEqual(pictures.outside(self.posted(), drawing()), 0)
        self.assertGreater(pictures.inside(self.posted(), drawing()), 60)

    def test_s3_event(self):
        key = "images/one + two %20 ü.png"
        self.check(self.run_function(self.put(key, PNG)), key)

    def test_cloudtrail_keys(self):
        for key, told in (
            ("images/a.png", "images/a.png"),
            ("images/a b.png", "images/a+b.png"),
            ("images/c%20d.png", "images/c%20d.png"),
        ):
            with self.subTest(key):
                self.site.posts.clear()
                self.put(key, PNG)
                self.check(self.run_function(trail_event(told)), key)

    def test_original_spelling_and_no_aws_keys(self):
        spelled = {name.replace("oauth", "oath"): value for name, value in TWITTER.items()}
        self.assertIn("oathTokenSecret", spelled)
        event = self.put("images/a.png", PNG)
        # boto3 looks for a role then, or here.
        with unittest.mock.patch.dict("os.environ", {k.upper(): v for k, v in AWS.items()}):
            self.check(self.run_function(event, spelled), "images/a.png")

    def test_words(self):
        text = "Grüße 🎈 aus " + "Überlingen, " * 9 + "Köln"
        spellings = (
            ("", ""),
            (" four squares ", "four squares"),
            (Header(text, "utf-8").encode(maxlinelen=0), text),
            ("=?nonsense?B?AA==?=", "=?nonsense?B?AA==?="),
            ("=?utf-8?B?A?=", "=?utf-8?B?A?="),
            ("50% = half", "50% = half"),
        )
        for number, (given, becomes) in enumerate(spellings):
            with self.subTest(given):
                self.site.posts.clear()
                words = {"text": given, "alt": given} if given else {}
                self.run_function(self.put("images/%d.png" % number, PNG, Metadata=words))
                (post,) = self.site.posts
                self.assertEqual((post.text, post.media.alt), (becomes, becomes))
                self.assertEqual("POST /2/media/metadata" in self.site.requests, bool(given))

    def test_the_version_of_the_event(self):
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        event = self.put("images/a.png", PNG)
        self.put("images/a.png", encoded(drawing((64, 64)), "PNG"))
        self.check(self.run_function(event), "images/a.png")

    def test_animation(self):
        self.run_function(self.put("images/a.gif", animation()))
        (post,) = self.site.posts
        self.assertEqual((post.media.media_type, self.posted().n_frames), ("image/gif", 4))
        self.assertEqual(self.clock.slept, [1, 1])

    def test_large_pictures_go_in_chunks(self):
        noise = pictures.Image.effect_noise((300, 200), 90).convert("RGB")
        event = self.put("images/a.png", encoded(noise, "PNG"))
        with unittest.mock.patch.object(x_api, "CHUNK_BYTES", 10000):
            self.run_function(event)
        (post,) = self.site.posts
        appends = self.site.requests.count("POST /2/media/upload/<ident>/append")
        self.assertEqual(appends, -(-len(post.media.data) // 10000))
        self.assertGreater(appends, 3)
        self.assertEqual(pictures.outside(self.posted(), noise), 0)


class NoPosts(World):
    """There is nothing to post, or something is wrong."""

    def check_skipped(self, event, words, secrets=None):
        """Expects no failure and no post."""
        self.assertRegex(self.run_function(event, secrets)["skipped"], words)
        self.assertEqual(self.site.requests, [])

    def check_raises(self, kind, words, event, secrets=None):
        """Expects a failure and no post."""
        with self.assertRaisesRegex(kind, words):
            self.run_function(event, secrets)
        self.assertEqual(self.site.posts, [])

    def test_own_output(self):
        self.run_function(self.put("images/a.png", PNG))
        (marker,) = self.s3.list_objects_v2(Bucket=BUCKET, Prefix="posted/")["Contents"]
        self.site.requests.clear()
        self.check_skipped(s3_event(marker["Key"]), "one of this function's markers")
        self.check_skipped(trail_event(marker["Key"]), "one of this function's markers")
        self.check_skipped(s3_event("mine/a.json"), "marker", {**AWS, **TWITTER, "marker_prefix": "mine/"})

    def test_gone(self):
        self.check_skipped(s3_event("images/gone.png"), "no longer exists")
        self.check_skipped(trail_event("images/gone+by+now.png"), "no longer exists")

    def test_wrong_file(self):
        event = self.put("images/a.png", b"no picture")
        self.check_raises(Refused, "^s3://pictures/images/a.png is not a picture", event)
        self.assertNotIn("posted/", str(self.s3.list_objects_v2(Bucket=BUCKET)["Contents"]))

    def test_large_file(self):
        with unittest.mock.patch.object(s3_object, "MAX_BYTES", 100):
            self.check_raises(Refused, "has %d bytes; at most 100" % len(PNG), self.put("images/a.png", PNG))

    def test_long_alt_text(self):
        event = self.put("images/a.png", PNG, Metadata={"alt": "a" * 1001})
        self.check_raises(Refused, "the alt text has 1001 characters; X takes 1000", event)

    def test_no_bucket(self):
        event = json.loads(json.dumps(s3_event("a")).replace('"name": "%s"' % BUCKET, '"name": "nowhere"'))
        self.check_raises(Misconfigured, "NoSuchBucket", event)

    def test_secrets(self):
        event = self.put("images/a.png", PNG)
        for ctx in (None, {}, {"secrets": None}, {"secrets": {}}):
            with self.subTest(ctx), self.assertRaisesRegex(Misconfigured, "--secret twitter --secret aws"):
                twitter.handle(ctx, event)
        lacking = {"appKey": "k", "oathToken": "t", "appSecret": None}
        self.check_raises(Misconfigured, "lacks appSecret, oauthTokenSecret$", event, {**AWS, **lacking})
        half = {**TWITTER, "aws_access_key_id": "AKIAEXAMPLE"}
        self.check_raises(Misconfigured, "one of aws_access_key_id and aws_secret_access_key", event, half)

    def test_access_denied(self):
        event = self.put("images/a.png", PNG)
        refusal = s3_object.ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")
        with unittest.mock.patch.object(s3_object, "client") as client:
            client.return_value.get_object.side_effect = refusal
            self.check_raises(Misconfigured, "AccessDenied: the key of the secret aws needs s3:GetObject", event)

    def test_no_secret_in_any_message(self):
        event = self.put("images/a.png", PNG)
        with self.assertRaisesRegex(Misconfigured, "401 Unauthorized. The keys") as caught:
            self.run_function(event, {**AWS, **TWITTER, "oauthTokenSecret": "wrong-secret"})
        for value in (*TWITTER.values(), "wrong-secret", AWS["aws_secret_access_key"]):
            self.assertNotIn(value, str(caught.exception))
