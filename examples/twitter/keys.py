"""The secrets `twitter` and `aws`, which Dispatch merges into ctx["secrets"]."""

import os
from typing import NamedTuple

from outcome import Misconfigured

# The first spelling is the one that people get right; the second is the original project's.
SPELLINGS = (
    ("appKey",),
    ("appSecret",),
    ("oauthToken", "oathToken"),
    ("oauthTokenSecret", "oathTokenSecret"),
)
# Where markers go; in a secret since Dispatch gives a function no other settings.
MARKER_PREFIX = "marker_prefix"
DEFAULT_MARKER_PREFIX = "posted/"


class XKeys(NamedTuple):
    """OAuth 1.0a: the app's key and the account's token, each with its secret."""

    app_key: str
    app_secret: str
    token: str
    token_secret: str


def secrets(ctx) -> dict:
    """The secrets of this run."""
    found = ctx.get("secrets") if isinstance(ctx, dict) else None
    if not isinstance(found, dict) or not found:
        raise Misconfigured("the function has no secrets: create it with --secret twitter --secret aws")
    return found


def x_keys(found: dict) -> XKeys:
    """The keys of X, in either spelling."""
    values = [next((found[name] for name in names if found.get(name)), None) for names in SPELLINGS]
    missing = [names[0] for names, value in zip(SPELLINGS, values) if not isinstance(value, str)]
    if missing:
        raise Misconfigured("the secret twitter lacks %s" % ", ".join(missing))
    return XKeys(*(value.strip() for value in values))


def aws_keys(found: dict) -> dict:
    """Arguments for boto3. Without a key of the secret it looks where it always does: a role, for one."""
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    given = {name: found[name].strip() for name in names if found.get(name)}
    if given and not all(given.get(name) for name in names[:2]):
        raise Misconfigured("the secret aws has one of %s and %s without the other" % names[:2])
    return given


def marker_prefix(found: dict) -> str:
    """Where the markers go; empty is nowhere."""
    return found.get(MARKER_PREFIX, DEFAULT_MARKER_PREFIX)


def x_url() -> str:
    """X's API, or a stand-in for it."""
    return os.environ.get("X_API_URL", "https://api.x.com").rstrip("/")
