"""The secrets `twitter` and `aws`, which Dispatch merges into ctx["secrets"]."""

import os

from outcome import Misconfigured

X_KEYS = ("appKey", "appSecret", "oauthToken", "oauthTokenSecret")


def secrets(ctx) -> dict:
    """Returns the secrets of this run."""
    found = ctx.get("secrets") if isinstance(ctx, dict) else None
    if not isinstance(found, dict) or not found:
        raise Misconfigured("the function has no secrets: create it with --secret twitter --secret aws")
    return found


def x_keys(found: dict) -> list:
    """Returns the arguments for OAuth1: the app's key and the account's token, each with its secret."""
    # The second spelling is the original project's.
    values = [found.get(name) or found.get(name.replace("oauth", "oath")) for name in X_KEYS]
    missing = [name for name, value in zip(X_KEYS, values) if not isinstance(value, str) or not value]
    if missing:
        raise Misconfigured("the secret twitter lacks %s" % ", ".join(missing))
    return [value.strip() for value in values]


def aws_keys(found: dict) -> dict:
    """Returns the arguments for boto3. Without keys in the secret, boto3 uses its other sources, such as a role."""
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    given = {name: found[name].strip() for name in names if found.get(name)}
    if given and not all(given.get(name) for name in names[:2]):
        raise Misconfigured("the secret aws has one of %s and %s without the other" % names[:2])
    return given


def marker_prefix(found: dict) -> str:
    """Returns the key prefix of the markers; empty for none. Secrets are the only settings that Dispatch passes."""
    return found.get("marker_prefix", "posted/")


def x_url() -> str:
    """Returns the address of X's API, or of a mock of it."""
    return os.environ.get("X_API_URL", "https://api.x.com").rstrip("/")
