"""The function: a picture that was put into the bucket is posted on X with a watermark.

Dispatch calls handle(ctx, payload): ctx["secrets"] has the keys of the secrets `twitter` and `aws`, payload is the
EventBridge event. It runs with Python 3.6, which Dispatch's image for Python has, and every later one.
"""

import event
import keys
import once
import picture
import s3_object
from outcome import Misconfigured, NothingToDo, TryLater, Unclear
from x_api import X


def handle(ctx, payload):
    """Returns what was posted, or why nothing had to be; raises what went wrong (see outcome)."""
    try:
        return _run(keys.secrets(ctx), payload)
    except NothingToDo as why:
        print("nothing to do: %s" % why)
        return {"skipped": str(why)}


def _run(secrets: dict, payload):
    upload = event.read(payload)
    prefix = keys.marker_prefix(secrets)
    if prefix and upload.key.startswith(prefix):
        raise NothingToDo("%s is one of this function's markers" % event.where(upload.bucket, upload.key))
    x = X(keys.x_url(), keys.x_keys(secrets))
    s3 = s3_object.client(keys.aws_keys(secrets), upload.region)
    stored = s3_object.fetch(s3, upload)
    name = event.where(stored.bucket, stored.key)
    ready = picture.watermarked(stored.data, name)
    marker = once.Marker(s3, prefix, stored)
    marker.claim()
    post = _post(x, marker, stored, ready)
    print("%s is posted: %s" % (name, post))
    return {"posted": post, "picture": name, "marker": marker.place}


def _post(x: X, marker, stored: s3_object.Stored, ready: picture.Ready) -> str:
    try:
        media = x.upload(ready.data, ready.media_type, ready.category, stored.alt)
        marker.write(once.POSTING)
        post = "https://x.com/i/web/status/" + x.post(stored.text, media)
    except NothingToDo:
        raise
    except Exception as error:
        state = once.UNCLEAR if isinstance(error, Unclear) else once.FAILED
        _note(marker, state, why=str(error))
        raise
    _note(marker, once.POSTED, post=post)
    return post


def _note(marker, state: str, **more) -> None:
    """Writes the marker, and only prints a failure: the outcome of the post matters more, and a marker that was not
    updated causes no second post by itself."""
    try:
        marker.write(state, **more)
    except (NothingToDo, Misconfigured, TryLater) as error:
        print("the marker %s could not be written: %s" % (marker.place, error))
