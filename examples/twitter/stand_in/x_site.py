"""The parts of X that the function uses: uploads, alt texts, posts, limits and, on demand, failures."""

from __future__ import annotations

import base64
import itertools
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from .media import Media, Problem
from .oauth1 import Denied, Verifier

MAX_BODY = 8 << 20
MAX_TEXT, MAX_ALT = 280, 1000
# Requests per seconds, for one user, as X documents them; in the order of the handlers below.
LIMITS = {
    "POST /2/media/upload/initialize": (1875, 900),
    "POST /2/media/upload/<ident>/append": (1875, 900),
    "POST /2/media/upload/<ident>/finalize": (1875, 900),
    "GET /2/media/upload": (1000, 900),
    "POST /2/media/metadata": (500, 900),
    "POST /2/tweets": (100, 900),
}


class Fault(NamedTuple):
    """A failure of X: its status (0 for no answer), whether the request takes effect before it, and its text."""

    status: int
    after: bool = False
    words: str = "Service Unavailable"

    def fail(self) -> None:
        """Ends the request."""
        raise Problem(self.status, self.words) if self.status else ConnectionError("no answer")


class Post(NamedTuple):
    """A post, with the picture it shows."""

    ident: str
    text: str
    media: Media


class Site:
    """One account's X, as a Flask application. Thread-safe."""

    def __init__(self, secrets: Mapping[str, str], now: Callable[[], float] = time.time) -> None:
        self.posts: list[Post] = []
        self.media: dict[str, Media] = {}
        self.limits = dict(LIMITS)
        # The faults of the next requests to an endpoint, one for each request.
        self.faults: dict[str, list[Fault]] = {}
        self.denied: list[str] = []
        self.requests: list[str] = []
        self._verifier, self._now = Verifier(secrets, now), now
        self._used: dict[str, list[float]] = {}
        self._idents = itertools.count(1_900_000_000_000_000_001)
        self._lock = threading.Lock()

        self.app = Flask(__name__)
        self.app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, PROPAGATE_EXCEPTIONS=True)
        self.app.register_error_handler(HTTPException, _problem)
        self.app.after_request(_with_limits)
        handlers = (self._initialize, self._append, self._finalize, self._status, self._metadata, self._post)
        for endpoint, handler in zip(LIMITS, handlers):
            method, path = endpoint.split()
            self.app.add_url_rule(path, endpoint, self._checked(endpoint, handler), methods=[method])
        self.app.add_url_rule("/stand-in/posts", view_func=self._shown)

    def _checked(self, endpoint: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Returns the handler with checks of the signature and the limit, and with the faults."""

        def checked(**parts: str) -> Any:
            with self._lock:
                self.requests.append(endpoint)
                self._verify()
                self._count(endpoint)
                fault = self.faults[endpoint].pop(0) if self.faults.get(endpoint) else None
                if fault and not fault.after:
                    fault.fail()
                answer = handler(**parts)
                if fault:
                    fault.fail()
                return answer

        return checked

    def _verify(self) -> None:
        try:
            # Not request.url, which Flask has decoded: the address is signed as it was sent.
            url = request.host_url.rstrip("/") + request.environ["REQUEST_URI"]
            self._verifier.verify(request.method, url, request.headers)
        except Denied as why:
            self.denied.append(str(why))
            raise Problem(401, "Unauthorized") from None

    def _count(self, endpoint: str) -> None:
        allowed, window = self.limits[endpoint]
        now = self._now()
        used = [at for at in self._used.get(endpoint, []) if at > now - window]
        g.limits = {
            "x-rate-limit-limit": allowed,
            "x-rate-limit-remaining": max(0, allowed - len(used) - 1),
            "x-rate-limit-reset": int((used[0] if used else now) + window) + 1,
        }
        if len(used) >= allowed:
            raise Problem(429, "Too Many Requests")
        self._used[endpoint] = used + [now]

    def _initialize(self) -> Any:
        media = Media(str(next(self._idents)), request.get_json())
        self.media[media.ident] = media
        return media.answer()

    def _append(self, ident: str) -> Any:
        self._find(ident).append(request.form["segment_index"], request.files["media"].read())
        return {"data": {"expires_at": int(self._now()) + 86400}}

    def _finalize(self, ident: str) -> Any:
        media = self._find(ident)
        media.finalize()
        return media.answer()

    def _status(self) -> Any:
        if request.args.get("command", "STATUS") != "STATUS":
            raise Problem(400, "command is STATUS")
        return self._find(request.args["media_id"]).answer()

    def _metadata(self) -> Any:
        wanted = request.get_json()
        try:
            media, alt = self._find(wanted["id"]), wanted["metadata"]["alt_text"]["text"]
        except (KeyError, TypeError):
            raise Problem(400, "metadata takes id and metadata.alt_text.text") from None
        if len(alt) > MAX_ALT:
            raise Problem(400, f"alt_text has {len(alt)} characters; at most {MAX_ALT} are taken")
        media.alt = alt
        return {"data": {"id": media.ident, "associated_metadata": {"alt_text": {"text": alt}}}}

    def _post(self) -> Any:
        wanted = request.get_json()
        try:
            text, idents = wanted["text"], wanted["media"]["media_ids"]
            (ident,) = idents
        except (KeyError, TypeError, ValueError):
            raise Problem(400, "this mock takes posts with text and one of media.media_ids") from None
        media = self._find(ident)
        media.check_ready()
        if len(text) > MAX_TEXT:
            raise Problem(400, "Your Tweet text is too long.")
        if any((post.text, post.media.data) == (text, media.data) for post in self.posts):
            raise Problem(403, "You are not allowed to create a Tweet with duplicate content.")
        post = Post(str(next(self._idents)), text, media)
        self.posts.append(post)
        return {"data": {"id": post.ident, "text": text, "edit_history_tweet_ids": [post.ident]}}, 201

    def _find(self, ident: str) -> Media:
        if ident not in self.media:
            raise Problem(400, f"media {ident} is not known")
        return self.media[ident]

    def _shown(self) -> Any:
        return [
            {"id": p.ident, "text": p.text, "alt": p.media.alt, "picture": base64.b64encode(p.media.data).decode()}
            for p in self.posts
        ]


def _problem(error: HTTPException) -> Any:
    """Returns X's answer to a failure (RFC 7807)."""
    return {"title": error.name, "detail": error.description, "type": "about:blank", "status": error.code}, error.code


def _with_limits(response: Response) -> Response:
    response.headers.update(g.get("limits", {}))
    return response
