"""X's API v2: uploads a picture in chunks and posts it, for one account (OAuth 1.0a user context)."""

import time

import requests
from requests_oauthlib import OAuth1

from outcome import Misconfigured, Refused, TryLater, Unclear

INITIALIZE = "/2/media/upload/initialize"
UPLOAD = "/2/media/upload"
METADATA = "/2/media/metadata"
POSTS = "/2/tweets"
CHUNK_BYTES = 1 << 20
TIMEOUT = (5, 60)
# How often steps that can be repeated are tried if X fails.
TRIES = 4
# A run waits for the end of a rate limit only if that is this near.
PATIENCE_SECONDS = 60
PROCESSING_SECONDS = 180
MAX_ALT = 1000
# Words in X's 403 for a post that it does not accept; its other 403s are about the app or the account.
UNWANTED = ("duplicate", "too long", "longer than")


class X:
    """One account. The clock is for tests."""

    def __init__(self, url: str, keys: list, sleep=time.sleep, now=time.time):
        self._url, self._sleep, self._now = url, sleep, now
        self._session = requests.Session()
        self._session.auth = OAuth1(*keys)

    def upload(self, data: bytes, media_type: str, category: str, alt: str) -> str:
        """Uploads a picture and returns its id, which a post can name. Nothing is visible to anybody yet."""
        if len(alt) > MAX_ALT:
            raise Refused("the alt text has %d characters; X takes %d" % (len(alt), MAX_ALT))
        wanted = {"media_type": media_type, "total_bytes": len(data), "media_category": category}
        media = str(self._patiently("POST", INITIALIZE, json=wanted)["id"])
        for index, start in enumerate(range(0, len(data), CHUNK_BYTES)):
            chunk = ("chunk", data[start : start + CHUNK_BYTES], "application/octet-stream")
            fields = {"segment_index": str(index)}
            self._patiently("POST", "%s/%s/append" % (UPLOAD, media), data=fields, files={"media": chunk})
        self._processed(media, self._patiently("POST", "%s/%s/finalize" % (UPLOAD, media)))
        if alt:
            about = {"id": media, "metadata": {"alt_text": {"text": alt}}}
            self._patiently("POST", METADATA, json=about)
        return media

    def post(self, text: str, media: str) -> str:
        """Posts the picture and returns the post's id. Asks only once, unless a limit ends soon: a second post is
        worse than none."""
        wanted = {"text": text, "media": {"media_ids": [media]}}
        try:
            answer = self._ask("POST", POSTS, json=wanted)
            if answer.status_code == 429 and self._limit_ends_soon(answer):
                answer = self._ask("POST", POSTS, json=wanted)
        except requests.ConnectTimeout as error:
            raise TryLater("X cannot be reached: %s" % error) from error
        except requests.RequestException as error:
            raise Unclear("X gave no answer to the post: %s" % error) from error
        if answer.status_code >= 500:
            raise Unclear("X answered the post with %s" % _said(answer))
        try:
            return str(self._checked(answer, "POST", POSTS)["id"])
        except (KeyError, TryLater) as error:
            if answer.ok:
                raise Unclear("X accepted the post but did not return its id") from error
            raise

    def _processed(self, media: str, answer: dict) -> None:
        """Waits until X has processed the picture, at the intervals that X returns, but not for ever."""
        ends = self._now() + PROCESSING_SECONDS
        info = answer.get("processing_info") or {}
        while info.get("state") in ("pending", "in_progress"):
            if self._now() >= ends:
                raise TryLater("X has not processed the picture in %d s; nothing was posted" % PROCESSING_SECONDS)
            self._sleep(max(1, min(info.get("check_after_secs") or 1, PATIENCE_SECONDS)))
            asked = {"command": "STATUS", "media_id": media}
            info = self._patiently("GET", UPLOAD, params=asked).get("processing_info") or {}
        if info.get("state") == "failed":
            why = info.get("error") or {}
            raise Refused("X cannot process the picture: %s" % (why.get("message") or "it gives no reason"))

    def _patiently(self, method: str, path: str, **body) -> dict:
        """Makes a request that can be repeated."""
        for tries in range(1, TRIES + 1):
            try:
                answer = self._ask(method, path, **body)
            except requests.RequestException as error:
                if tries == TRIES:
                    raise TryLater("X cannot be reached; nothing was posted: %s" % error) from error
            else:
                if answer.status_code == 429 and tries < TRIES and self._limit_ends_soon(answer):
                    continue
                if answer.status_code < 500 or tries == TRIES:
                    return self._checked(answer, method, path)
            self._sleep(2 ** (tries - 1))
        raise AssertionError("the last try returns or raises")

    def _ask(self, method: str, path: str, **body):
        return self._session.request(method, self._url + path, timeout=TIMEOUT, allow_redirects=False, **body)

    def _limit_ends_soon(self, answer) -> bool:
        """Waits for the end of a limit, and returns True, if that is near."""
        wait = _limit_ends(answer.headers) - self._now()
        if wait > PATIENCE_SECONDS:
            return False
        self._sleep(max(1, wait + 1))
        return True

    def _checked(self, answer, method: str, path: str) -> dict:
        """Returns the answer's data, or raises what went wrong for the person who can correct it."""
        status, asked = answer.status_code, "%s %s" % (method, path)
        if 200 <= status < 300:
            try:
                return (answer.json() if answer.content else {}).get("data") or {}
            except (ValueError, AttributeError) as error:
                raise TryLater("X answered %s with something other than JSON" % asked) from error
        said = "X answered %s with %s" % (asked, _said(answer))
        if status == 429:
            raise TryLater("%s. %s" % (said, self._until(_limit_ends(answer.headers))))
        if status >= 500:
            raise TryLater("%s. Nothing was posted" % said)
        if status == 401:
            raise Misconfigured("%s. The keys of the secret twitter are not accepted, or the clock is wrong" % said)
        if status == 403 and not any(words in said for words in UNWANTED):
            needs = "the permission to read and write, tokens created after that, and an account in good standing"
            raise Misconfigured("%s. The app needs %s" % (said, needs))
        if status in (402, 404):
            raise Misconfigured("%s. See the credits and the app in X's console" % said)
        raise Refused(said)

    def _until(self, ends: float) -> str:
        wait = max(0, int(ends - self._now()))
        at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(ends))
        return "Nothing was posted; run it again after %s (in %d min %d s)" % (at, wait // 60, wait % 60)


def _limit_ends(headers) -> float:
    """Returns when the last used-up limit ends: X counts in the endpoint's window and, for posts, per day."""
    ends = [0.0]
    for name in ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour"):
        reset = headers.get(name + "-reset", "")
        if headers.get(name + "-remaining", "0") == "0" and reset.isdigit():
            ends.append(float(reset))
    return max(ends) or time.time() + 15 * 60


def _said(answer) -> str:
    """Returns status and reason in X's own words: a problem (RFC 7807), or the older list of errors."""
    reason = answer.reason or ""
    try:
        body = answer.json()
        errors = body.get("errors") or [{}]
        why = [body.get("detail") or body.get("title")] + [e.get("message") or e.get("detail") for e in errors]
        reason = "; ".join(dict.fromkeys(str(w) for w in why if w)) or reason
    except (ValueError, AttributeError, TypeError):
        pass
    return "%d %s" % (answer.status_code, reason[:500])
