"""OAuth 1.0a signatures (RFC 5849, HMAC-SHA1), checked with oauthlib."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from oauthlib.common import Request
from oauthlib.oauth1.rfc5849 import signature

NEEDED = ("consumer_key", "token", "nonce", "timestamp", "signature_method", "signature")
CLOCK_SECONDS = 300


class Denied(Exception):
    """The signature is not valid; the text gives the reason, which X would not give."""


class Verifier:
    """Verifies requests for one app and one account, and remembers every nonce."""

    def __init__(self, secrets: Mapping[str, str], now: Callable[[], float] = time.time) -> None:
        self._secrets, self._now = secrets, now
        self._nonces: set[str] = set()

    def verify(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        """Raises Denied unless the request is signed by the account, now, and for the first time."""
        header = {"Authorization": headers.get("Authorization") or ""}
        try:
            given = dict(signature.collect_parameters(headers=header, exclude_oauth_signature=False))
        except ValueError as error:
            raise Denied(str(error)) from None
        missing = [name for name in NEEDED if "oauth_" + name not in given]
        if missing:
            raise Denied(f"the Authorization header lacks {', '.join(missing)}")
        if given["oauth_signature_method"] != "HMAC-SHA1" or given.get("oauth_version", "1.0") != "1.0":
            raise Denied("only HMAC-SHA1 and version 1.0 are known")
        known = (self._secrets["appKey"], self._secrets["oauthToken"])
        if (given["oauth_consumer_key"], given["oauth_token"]) != known:
            raise Denied("the app's key or the account's token is not known")
        self._check_fresh(given["oauth_timestamp"], given["oauth_nonce"])
        request = Request(url, method)
        request.params = signature.collect_parameters(urlsplit(url).query, headers=header)
        request.signature = given["oauth_signature"]
        if not signature.verify_hmac_sha1(request, self._secrets["appSecret"], self._secrets["oauthTokenSecret"]):
            raise Denied(f"the signature is not that of {method} {url}")

    def _check_fresh(self, stamp: str, nonce: str) -> None:
        if not stamp.isdigit() or abs(self._now() - int(stamp)) > CLOCK_SECONDS:
            raise Denied(f"the timestamp {stamp} is not within {CLOCK_SECONDS} s of now")
        if nonce in self._nonces:
            raise Denied(f"the nonce {nonce} was used before")
        self._nonces.add(nonce)
