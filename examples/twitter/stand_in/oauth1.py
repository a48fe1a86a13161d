"""OAuth 1.0a signatures (RFC 5849, HMAC-SHA1), checked from the specification: no client library is asked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, quote, unquote, urlsplit

NEEDED = tuple(
    "oauth_" + name for name in ("consumer_key", "token", "nonce", "timestamp", "signature_method", "signature")
)
CLOCK_SECONDS = 300
FORM = "application/x-www-form-urlencoded"


class Denied(Exception):
    """The signature does not hold; the text says why, which X would not."""


class Verifier:
    """Knows one app and one account, and every nonce it has seen."""

    def __init__(self, secrets: Mapping[str, str], now: Callable[[], float] = time.time) -> None:
        self._secrets, self._now = secrets, now
        self._nonces: set[str] = set()

    def verify(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Raises Denied unless the request is signed by the account, now, and for the first time."""
        given = _header(headers.get("Authorization") or "")
        missing = [name for name in NEEDED if name not in given]
        if missing:
            raise Denied(f"the Authorization header lacks {', '.join(missing)}")
        if given["oauth_signature_method"] != "HMAC-SHA1" or given.get("oauth_version", "1.0") != "1.0":
            raise Denied("only HMAC-SHA1 and version 1.0 are known")
        known = (self._secrets["appKey"], self._secrets["oauthToken"])
        if (given["oauth_consumer_key"], given["oauth_token"]) != known:
            raise Denied("the app's key or the account's token is not known")
        self._check_fresh(given)
        form = parse_qsl(body.decode(), True) if (headers.get("Content-Type") or "").startswith(FORM) else []
        signed = base_string(method, url, list(given.items()) + form)
        if not hmac.compare_digest(self.sign(signed), given["oauth_signature"]):
            raise Denied(f"the signature is not that of {signed}")

    def sign(self, text: str) -> str:
        """The signature of a base string."""
        key = f"{encode(self._secrets['appSecret'])}&{encode(self._secrets['oauthTokenSecret'])}"
        return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()

    def _check_fresh(self, given: Mapping[str, str]) -> None:
        stamp, nonce = given["oauth_timestamp"], given["oauth_nonce"]
        if not stamp.isdigit() or abs(self._now() - int(stamp)) > CLOCK_SECONDS:
            raise Denied(f"the timestamp {stamp} is not within {CLOCK_SECONDS} s of now")
        if nonce in self._nonces:
            raise Denied(f"the nonce {nonce} was used before")
        self._nonces.add(nonce)


def base_string(method: str, url: str, parameters: list[tuple[str, str]]) -> str:
    """What is signed: method, address without query, and all parameters but realm and signature, sorted."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(k, v) for k, v in parameters + query if k not in ("realm", "oauth_signature")]
    pairs = sorted((encode(k), encode(v)) for k, v in kept)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = f":{parts.port}" if parts.port and parts.port != default else ""
    address = f"{parts.scheme.lower()}://{(parts.hostname or '').lower()}{port}{parts.path or '/'}"
    return "&".join((method.upper(), encode(address), encode("&".join(f"{k}={v}" for k, v in pairs))))


def encode(text: str) -> str:
    """Percent-encodes as RFC 3986 has it."""
    return quote(text, safe="-._~")


def _header(value: str) -> dict[str, str]:
    scheme, _, rest = value.partition(" ")
    if scheme.lower() != "oauth":
        return {}
    return {unquote(k): unquote(v) for k, v in re.findall(r'([^\s,="]+)="([^"]*)"', rest)}
