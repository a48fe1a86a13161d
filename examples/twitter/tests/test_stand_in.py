"""The stand-ins are as strict as what they stand in for."""

import json
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import requests
from requests_oauthlib import OAuth1

from stand_in import function_server, media, oauth1, x_stand_in
from stand_in.looks import look
from stand_in.x_site import Site
from tests.pictures import animation, drawing, encoded
from tests.world import TWITTER, Clock, serve

FOLDER = Path(x_stand_in.__file__).parent
PNG = encoded(drawing((40, 40)), "PNG")


class Signatures(unittest.TestCase):
    """OAuth 1.0a."""

    def test_known_answer(self):
        """The example of X's documentation, with its published keys."""
        token = "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"
        given = {
            "oauth_consumer_key": "xvz1evFS4wEEPTGEFPHBog",
            "oauth_nonce": "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": "1318622958",
            "oauth_token": token,
            "oauth_version": "1.0",
            "status": "Hello Ladies + Gentlemen, a signed OAuth request!",
        }
        secrets = {
            "appSecret": "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
            "oauthTokenSecret": "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
        }
        url = "https://api.x.com/1.1/statuses/update.json?include_entities=true"
        text = oauth1.base_string("post", url, list(given.items()))
        self.assertEqual(oauth1.Verifier(secrets).sign(text), "Ls93hJiZbQ3akF3HF3x1Bz8/zU4=")

    def test_base_string_of_the_specification(self):
        """RFC 5849, 3.4.1.1: parameters of every kind, twice the same name, and a port that goes without saying."""
        url = "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b"
        given = {
            "realm": "Example",
            "oauth_consumer_key": "9djdj82h48djs9d2",
            "oauth_token": "kkk9d7dh3k39sjv7",
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": "137131201",
            "oauth_nonce": "7d8f3e4a",
            "oauth_signature": "bYT5CMsGcbgUdFHObYMEfcx6bsw=",
        }
        text = oauth1.base_string("POST", url, [*given.items(), ("c2", ""), ("a3", "2 q")])
        self.assertTrue(text.startswith("POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da"))
        self.assertIn("%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2", text)
        self.assertNotIn("realm", text)

    def ask(self, change=None, **keys):
        """Asks for something with these keys; returns status and why it was denied."""
        site = Site(TWITTER)
        auth = OAuth1(*({**TWITTER, **keys}.values()))
        url = serve(self, site) + "/2/media/upload?media_id=1&x=%20%2B"
        request = requests.Request("GET", url, auth=auth).prepare()
        if change:
            change(request)
        with requests.Session() as session:
            status = session.send(request).status_code
            again = session.send(request).status_code
        return status, again, site.denied

    def test_good(self):
        status, again, denied = self.ask()
        self.assertEqual((status, again), (400, 401))  # 400: no such media; and no request counts twice
        self.assertIn("was used before", denied[0])

    def test_denied(self):
        def header(old, new):
            def change(request):
                value = request.headers["Authorization"]
                value = value.decode() if isinstance(value, bytes) else value
                assert old in value
                request.headers["Authorization"] = value.replace(old, new)

            return change

        def address(request):
            request.url = request.url.replace("media_id=1", "media_id=2")

        def unsigned(request):
            del request.headers["Authorization"]

        cases = {
            "is not that of GET": (address, {}),
            "is not that of": (None, {"appSecret": "other"}),
            "signature is not that of ": (None, {"oauthTokenSecret": "other"}),
            "is not known": (None, {"appKey": "other"}),
            "token is not known": (None, {"oauthToken": "other"}),
            "lacks oauth_consumer_key": (unsigned, {}),
            "lacks oauth_nonce": (header("oauth_nonce", "nonce"), {}),
            "lacks": (header("OAuth ", "Bearer "), {}),
            "is not within 300 s": (header('timestamp="', 'timestamp="9'), {}),
            "only HMAC-SHA1": (header("HMAC-SHA1", "PLAINTEXT"), {}),
        }
        for words, (change, keys) in cases.items():
            with self.subTest(words):
                status, _, denied = self.ask(change, **keys)
                self.assertEqual(status, 401)
                self.assertIn(words, denied[0])


class Uploads(unittest.TestCase):
    """What X does not take."""

    def new(self, **more):
        """An upload of the drawing."""
        wanted = {"media_type": "image/png", "total_bytes": len(PNG), "media_category": "tweet_image", **more}
        return media.Media("1", wanted)

    def check(self, status, words, act):
        """Is refused."""
        with self.assertRaisesRegex(media.Problem, words) as caught:
            act()
        self.assertEqual(caught.exception.status, status)

    def test_initialize(self):
        for more in ({"total_bytes": 0}, {"total_bytes": 6 << 20}, {"total_bytes": "9"}, {"media_type": "text/html"}):
            self.check(400, "", lambda more=more: self.new(**more))
        self.check(400, "", lambda: self.new(command="INIT"))
        self.check(400, "", lambda: media.Media("1", []))

    def test_append(self):
        for index, chunk in ((-1, b"x"), (1000, b"x"), ("", b"x"), (0, None)):
            self.check(400, "segment_index of 0 to 999", lambda i=index, c=chunk: self.new().append(i, c))
        self.check(413, "at most", lambda: self.new().append(0, b"x" * (5 << 20 | 1)))

    def test_finalize(self):
        def finalize(parts, **more):
            upload = self.new(**more)
            for index, chunk in parts:
                upload.append(index, chunk)
            upload.finalize()
            return upload

        whole = finalize([(1, PNG[9:]), (0, PNG[:9])])
        self.assertEqual(whole.data, PNG)
        self.check(400, "is finalized", lambda: whole.append(0, b"x"))
        self.check(400, "some are missing", lambda: finalize([(1, PNG)]))
        self.check(400, "%d were announced" % len(PNG), lambda: finalize([(0, PNG[:-1])]))
        self.check(400, "the media is no picture", lambda: finalize([(0, b"x" * len(PNG))]))
        self.check(400, "image/png, not image/gif", lambda: finalize([(0, PNG)], media_type="image/gif"))
        self.check(400, "not finalized", lambda: self.new().check_ready())

    def test_looks(self):
        self.assertEqual(look(PNG), ("image/png", 40, 40, 1))
        self.assertEqual(look(encoded(drawing((30, 50)), "JPEG")), ("image/jpeg", 30, 50, 1))
        self.assertEqual(look(encoded(drawing((30, 50)), "JPEG", progressive=True)), ("image/jpeg", 30, 50, 1))
        self.assertEqual(look(animation(count=5)), ("image/gif", 120, 80, 5))
        for data in (b"", b"GIF89a", b"\xff\xd8\xff\xe0", animation()[:500], b"%PDF"):
            with self.subTest(data[:6]), self.assertRaises(ValueError):
                look(data)


class Programs(unittest.TestCase):
    """As a person starts them."""

    def start(self, name, *arguments):
        """Starts a stand-in; returns its address."""
        command = [sys.executable, str(FOLDER / name), *arguments]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(lambda: self.assertEqual(process.wait(20), 0))
        self.addCleanup(process.stdin.close if "--until-stdin-closes" in arguments else process.terminate)
        self.addCleanup(process.stdin.close)
        return process.stdout.readline().strip().partition("=")[2]

    def test_x(self):
        url = self.start("x_stand_in.py")
        sample = json.loads((FOLDER.parent / "secrets" / "twitter.json").read_text())
        answer = requests.post(url + "/2/tweets", json={}, auth=OAuth1(*sample.values()))
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(answer.headers["x-rate-limit-remaining"], "99")
        self.assertEqual(requests.post(url + "/2/tweets", json={}).status_code, 401)
        self.assertEqual(requests.get(url + "/stand-in/posts").json(), [])

    def test_function(self):
        url = self.start("function_server.py", "--until-stdin-closes")
        body = json.dumps({"context": {"secrets": {"appKey": "k"}}, "payload": {"source": "aws.ec2", "detail": {}}})
        self.assertIn("aws.ec2", requests.post(url, data=body).json()["skipped"])


class Dispatch(unittest.TestCase):
    """What Dispatch makes of a function's end."""

    def call(self, function, body=b'{"context": {}, "payload": 7}'):
        """Calls it as Dispatch does."""
        return function_server.call(function, body)

    def test_ends(self):
        def wrong(kind):
            def function(ctx, payload):
                raise kind("why %d" % payload)

            return function

        self.assertEqual(self.call(lambda ctx, payload: [ctx, payload]), (200, [{}, 7]))
        for kind, status, name in ((ValueError, 400, "InputError"), (RuntimeError, 500, "FunctionError")):
            got, error = self.call(wrong(kind))
            self.assertEqual((got, error["type"], error["message"]), (status, name, "why 7"))
            self.assertIn("why 7", error["stacktrace"][-1])
        self.assertEqual(self.call(lambda ctx, payload: {1, 2})[0], 422)
        self.assertEqual(self.call(print, b"{")[1]["type"], "SystemError")


class Curtain(unittest.TestCase):
    """What the page reads."""

    def test_posts_and_pictures(self):
        site = Site(TWITTER, Clock(time.time()).now)
        url = serve(self, site)
        upload = site.media["77"] = media.Media("77", {"media_type": "image/png", "total_bytes": len(PNG)})
        upload.append(0, PNG)
        upload.finalize()
        with urllib.request.urlopen(url + "/stand-in/media/77") as answer:
            self.assertEqual((answer.headers["Content-Type"], answer.read()), ("image/png", PNG))
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen(url + "/stand-in/media/78")


if __name__ == "__main__":
    unittest.main()
