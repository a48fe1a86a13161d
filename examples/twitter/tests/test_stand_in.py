"""The mocks are as strict as what they replace."""

import base64
import json
import subprocess
import sys
import unittest
import unittest.mock
from pathlib import Path

import requests
from requests_oauthlib import OAuth1

from stand_in import function_server, media, x_stand_in
from stand_in.x_site import Post, Site
from tests.pictures import drawing, encoded
from tests.world import TWITTER, serve

FOLDER = Path(x_stand_in.__file__).parent
PNG = encoded(drawing((40, 40)), "PNG")
NEW = {"media_type": "image/png", "total_bytes": len(PNG), "media_category": "tweet_image"}


def uploaded(*parts, **more):
    """An upload of these parts, finalized."""
    upload = media.Media("77", {**NEW, **more})
    for index, chunk in parts:
        upload.append(str(index), chunk)
    upload.finalize()
    return upload


class Signatures(unittest.TestCase):
    """OAuth 1.0a."""

    def ask(self, old=b"", new=b"", **keys):
        """Asks for something with these keys, twice; returns both statuses and why they were denied. What is sent is
        not quite what was signed: it has another text in place of one."""
        site = Site(TWITTER)
        url = serve(self, site) + "/2/media/upload?media_id=1&x=%20%2B"
        request = requests.Request("GET", url, auth=OAuth1(*({**TWITTER, **keys}.values()))).prepare()
        request.url = request.url.replace(old.decode(), new.decode())
        request.headers["Authorization"] = request.headers["Authorization"].replace(old, new)
        with requests.Session() as session:
            return session.send(request).status_code, session.send(request).status_code, site.denied

    def test_good(self):
        status, again, denied = self.ask()
        self.assertEqual((status, again), (400, 401))  # 400: no such media; and no request counts twice
        self.assertIn("was used before", denied[0])

    def test_denied(self):
        for words, change, keys in (
            ("is not that of GET", (b"media_id=1", b"media_id=2"), {}),
            ("is not that of", (), {"appSecret": "other"}),
            ("is not that of", (), {"oauthTokenSecret": "other"}),
            ("is not known", (), {"appKey": "other"}),
            ("token is not known", (), {"oauthToken": "other"}),
            ("Malformed", (b"OAuth ", b"Basic "), {}),
            ("lacks nonce", (b"oauth_nonce", b"nonce"), {}),
            ("is not within 300 s", (b'timestamp="', b'timestamp="9'), {}),
            ("only HMAC-SHA1", (b"HMAC-SHA1", b"PLAINTEXT"), {}),
        ):
            with self.subTest(words, keys=keys):
                status, _, denied = self.ask(*change, **keys)
                self.assertEqual(status, 401)
                self.assertIn(words, denied[0])


class Uploads(unittest.TestCase):
    """What X does not accept."""

    def test_refused(self):
        whole = uploaded((1, PNG[9:]), (0, PNG[:9]))
        self.assertEqual(whole.data, PNG)
        for words, act in (
            ("bytes", lambda: uploaded(total_bytes=0)),
            ("bytes", lambda: uploaded(total_bytes=6 << 20)),
            ("bytes", lambda: uploaded(total_bytes="9")),
            ("is not accepted", lambda: uploaded(media_type="text/html")),
            ("takes a JSON object", lambda: uploaded(command="INIT")),
            ("takes a JSON object", lambda: media.Media("1", [])),
            ("segment_index of 0 to 999", lambda: uploaded((-1, b"x"))),
            ("segment_index of 0 to 999", lambda: uploaded((1000, b"x"))),
            ("segment_index of 0 to 999", lambda: uploaded((0, b""))),
            ("a chunk has", lambda: uploaded((0, b"x" * (5 << 20 | 1)))),
            ("is finalized", lambda: whole.append("0", b"x")),
            ("some are missing", lambda: uploaded((1, PNG))),
            ("%d were announced" % len(PNG), lambda: uploaded((0, PNG[:-1]))),
            ("is not a picture", lambda: uploaded((0, b"x" * len(PNG)))),
            ("is not a picture", lambda: uploaded((0, PNG[:60]), total_bytes=60)),
            ("image/png, not image/gif", lambda: uploaded((0, PNG), media_type="image/gif")),
            ("not finalized", lambda: media.Media("1", NEW).check_ready()),
        ):
            with self.subTest(words), self.assertRaisesRegex(media.Problem, words):
                act()


class Programs(unittest.TestCase):
    """As a person starts them."""

    def test_x(self):
        command = [sys.executable, str(FOLDER / "x_stand_in.py")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            self.addCleanup(process.terminate)
            url = process.stdout.readline().strip().partition("=")[2]
            sample = json.loads((FOLDER.parent / "secrets" / "twitter.json").read_text())
            answer = requests.post(url + "/2/tweets", json={}, auth=OAuth1(*sample.values()))
            self.assertEqual((answer.status_code, answer.headers["x-rate-limit-remaining"]), (400, "99"))
            self.assertEqual(requests.post(url + "/2/tweets", json={}).status_code, 401)
            self.assertEqual(requests.get(url + "/stand-in/posts").json(), [])
            process.terminate()
        self.assertEqual(process.returncode, 0)

    def test_pictures_for_the_page(self):
        site = Site(TWITTER)
        url = serve(self, site)
        site.posts.append(Post("77", "hello", uploaded((0, PNG))))
        (shown,) = requests.get(url + "/stand-in/posts").json()
        self.assertEqual((shown["id"], shown["text"], base64.b64decode(shown["picture"])), ("77", "hello", PNG))


class Dispatch(unittest.TestCase):
    """Dispatch's answers to the ways in which a function can end."""

    def test_ends(self):
        def call(function, body=b'{"context": {}, "payload": 7}'):
            return function_server.call(function, body)

        self.assertEqual(call(lambda ctx, payload: [ctx, payload]), ([{}, 7], 200))
        for kind, status, name in ((ValueError, 400, "InputError"), (RuntimeError, 500, "FunctionError")):
            error, got = call(unittest.mock.Mock(side_effect=kind("why")))
            self.assertEqual((got, error["type"], error["message"]), (status, name, "why"))
            self.assertIn("why", error["stacktrace"][-1])
        self.assertEqual(call(lambda ctx, payload: {1, 2})[1], 422)
        self.assertEqual(call(print, b"{")[0]["type"], "SystemError")
