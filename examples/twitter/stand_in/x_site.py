"""X as far as the function sees it: uploads, alt texts, posts, limits; and, on demand, its failures."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from .media import MAX_ALT, Media, Problem
from .oauth1 import Denied, Verifier

MAX_TEXT = 280
# Requests per seconds, for one user, as X documents them; in the order of the handlers below.
LIMITS = {
    "POST /2/media/upload/initialize": (1875, 900),
    "POST /2/media/upload/:id/append": (1875, 900),
    "POST /2/media/upload/:id/finalize": (1875, 900),
    "GET /2/media/upload": (1000, 900),
    "POST /2/media/metadata": (500, 900),
    "POST /2/tweets": (100, 900),
}


class Request(NamedTuple):
    """A request as it came."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """An answer as it goes."""

    status: int
    body: Any
    headers: dict[str, str] = {}


class HangUp(Exception):
    """No answer at all."""


class Fault(NamedTuple):
    """A failure of X: a status, or 0 for no answer at all; before the request is carried out, or after; its words."""

    status: int
    after: bool = False
    words: str = "Service Unavailable"

    def fail(self) -> None:
        """Ends the request."""
        raise HangUp if self.status == 0 else Problem(self.status, self.words)


class Post(NamedTuple):
    """A post, with the picture it shows."""

    ident: str
    text: str
    media: Media


class Site:
    """One account's X. Thread-safe."""

    def __init__(self, secrets: Mapping[str, str], now: Callable[[], float] = time.time) -> None:
        self.posts: list[Post] = []
        self.media: dict[str, Media] = {}
        self.limits = dict(LIMITS)
        # What the next requests to an endpoint meet, one each.
        self.faults: dict[str, list[Fault]] = {}
        self.denied: list[str] = []
        self.requests: list[str] = []
        self._verifier, self._now = Verifier(secrets, now), now
        self._used: dict[str, list[float]] = {}
        self._idents = itertools.count(1_900_000_000_000_000_001)
        self._lock = threading.Lock()
        handlers = (self._initialize, self._append, self._finalize, self._status, self._metadata, self._post)
        self._routes = dict(zip(LIMITS, handlers))

    def answer(self, request: Request) -> Answer:
        """Answers one request."""
        with self._lock:
            endpoint, ident = _endpoint(request)
            self.requests.append(endpoint)
            headers: dict[str, str] = {}
            try:
                if endpoint not in self._routes:
                    raise Problem(404, "Not Found")
                self._verifier.verify(*request)
                headers = self._count(endpoint)
                fault = self.faults[endpoint].pop(0) if self.faults.get(endpoint) else None
                if fault and not fault.after:
                    fault.fail()
                answer = self._routes[endpoint](request, ident)
                if fault:
                    fault.fail()
                return answer._replace(headers=headers)
            except Denied as why:
                self.denied.append(str(why))
                return _problem(401, "Unauthorized", headers)
            except Problem as why:
                return _problem(why.status, str(why), why.headers or headers)

    def _count(self, endpoint: str) -> dict[str, str]:
        allowed, window = self.limits[endpoint]
        now = self._now()
        used = [at for at in self._used.get(endpoint, []) if at > now - window]
        reset = int((used[0] if used else now) + window) + 1
        headers = {"x-rate-limit-limit": str(allowed), "x-rate-limit-reset": str(reset)}
        if len(used) >= allowed:
            raise Problem(429, "Too Many Requests", {**headers, "x-rate-limit-remaining": "0"})
        self._used[endpoint] = used + [now]
        return {**headers, "x-rate-limit-remaining": str(allowed - len(used) - 1)}

    def _initialize(self, request: Request, _: str) -> Answer:
        media = Media(str(next(self._idents)), _json(request))
        self.media[media.ident] = media
        return Answer(200, media.answer())

    def _append(self, request: Request, ident: str) -> Answer:
        form = _multipart(request)
        self._find(ident).append(form.get("segment_index", b"").decode(), form.get("media"))
        return Answer(200, {"data": {"expires_at": int(self._now()) + 86400}})

    def _finalize(self, _: Request, ident: str) -> Answer:
        media = self._find(ident)
        media.finalize()
        return Answer(200, media.answer())

    def _status(self, request: Request, _: str) -> Answer:
        asked = dict(parse_qsl(urlsplit(request.url).query))
        if asked.get("command", "STATUS") != "STATUS":
            raise Problem(400, "command is STATUS")
        return Answer(200, self._find(asked.get("media_id", "")).answer())

    def _metadata(self, request: Request, _: str) -> Answer:
        wanted = _json(request)
        try:
            media, alt = self._find(wanted["id"]), wanted["metadata"]["alt_text"]["text"]
        except (KeyError, TypeError):
            raise Problem(400, "metadata takes id and metadata.alt_text.text") from None
        if len(alt) > MAX_ALT:
            raise Problem(400, f"alt_text has {len(alt)} characters; at most {MAX_ALT} are taken")
        media.alt = alt
        return Answer(200, {"data": {"id": media.ident, "associated_metadata": {"alt_text": {"text": alt}}}})

    def _post(self, request: Request, _: str) -> Answer:
        wanted = _json(request)
        try:
            text, idents = wanted["text"], wanted["media"]["media_ids"]
            (ident,) = idents
        except (KeyError, TypeError, ValueError):
            raise Problem(400, "this stand-in takes posts with text and one of media.media_ids") from None
        media = self._find(ident)
        media.check_ready()
        if len(text) > MAX_TEXT:
            raise Problem(400, "Your Tweet text is too long.")
        if any(post.text == text and post.media.digest == media.digest for post in self.posts):
            raise Problem(403, "You are not allowed to create a Tweet with duplicate content.")
        post = Post(str(next(self._idents)), text, media)
        self.posts.append(post)
        return Answer(201, {"data": {"id": post.ident, "text": text, "edit_history_tweet_ids": [post.ident]}})

    def _find(self, ident: str) -> Media:
        try:
            return self.media[ident]
        except (KeyError, TypeError):
            raise Problem(400, f"media {ident} is not known") from None


def _endpoint(request: Request) -> tuple[str, str]:
    parts = urlsplit(request.url).path.split("/")
    ident = ""
    if len(parts) == 6 and parts[4].isdigit():
        ident, parts[4] = parts[4], ":id"
    return f"{request.method} {'/'.join(parts)}", ident


def _problem(status: int, detail: str, headers: dict[str, str]) -> Answer:
    title = HTTPStatus(status).phrase
    return Answer(status, {"title": title, "detail": detail, "type": "about:blank", "status": status}, headers)


def _json(request: Request) -> Any:
    try:
        return json.loads(request.body)
    except ValueError:
        raise Problem(400, "the body is no JSON") from None


def _multipart(request: Request) -> dict[str, bytes]:
    kind = request.headers.get("Content-Type") or ""
    if not kind.startswith("multipart/form-data"):
        raise Problem(400, "append takes multipart/form-data")
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.body)
    parts = message.iter_parts() if message.is_multipart() else ()
    return {str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True) for part in parts}
