"""Uploads of pictures to X: initialize, append, finalize, status; one object for each."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from werkzeug.exceptions import HTTPException

TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/tiff", "image/pjpeg")
LARGEST = {"tweet_image": 5 << 20, "tweet_gif": 15 << 20}
CHUNK_BYTES, MAX_SEGMENT = 5 << 20, 999


class Problem(HTTPException):
    """An answer with a status other than 2xx."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.code = status


class Media:
    """One upload, from the first request to the post that shows it."""

    def __init__(self, ident: str, wanted: Any) -> None:
        known = {"media_type", "total_bytes", "media_category", "additional_owners", "shared"}
        if not isinstance(wanted, dict) or set(wanted) - known:
            raise Problem(400, "initialize takes a JSON object of media_type, total_bytes and media_category")
        self.ident, self.media_type = ident, wanted.get("media_type")
        self.total, self.category = wanted.get("total_bytes"), wanted.get("media_category", "tweet_image")
        if self.media_type not in TYPES or self.category not in LARGEST or not isinstance(self.total, int):
            raise Problem(400, "media_type, media_category or total_bytes is not accepted")
        if not 0 < self.total <= LARGEST[self.category]:
            raise Problem(400, f"{self.category} has {self.total} bytes; at most {LARGEST[self.category]} are taken")
        self.alt = ""
        self._segments: dict[int, bytes] = {}
        # If X processes the media after finalize: its answers to the status requests, in order.
        self._states: list[dict[str, Any]] = []
        self._data: bytes | None = None

    @property
    def data(self) -> bytes:
        """The whole picture."""
        if self._data is None:
            raise Problem(400, f"media {self.ident} is not finalized")
        return self._data

    def append(self, index: str, chunk: bytes) -> None:
        """Takes one segment."""
        if self._data is not None:
            raise Problem(400, f"media {self.ident} is finalized")
        if not index.isdigit() or int(index) > MAX_SEGMENT or not chunk:
            raise Problem(400, f"append takes media and a segment_index of 0 to {MAX_SEGMENT}")
        if len(chunk) > CHUNK_BYTES:
            raise Problem(413, f"a chunk has {len(chunk)} bytes; at most {CHUNK_BYTES} are taken")
        self._segments[int(index)] = chunk

    def finalize(self) -> None:
        """Puts the segments together and checks the result."""
        if sorted(self._segments) != list(range(len(self._segments))):
            raise Problem(400, f"segments {sorted(self._segments)} are there: some are missing")
        data = b"".join(chunk for _, chunk in sorted(self._segments.items()))
        if len(data) != self.total:
            raise Problem(400, f"{len(data)} bytes came, {self.total} were announced")
        try:
            image = Image.open(io.BytesIO(data))
            image.load()
        except Exception as error:  # whatever the decoder raises
            raise Problem(400, f"the media is not a picture: {error}") from None
        if image.get_format_mimetype() != self.media_type:
            raise Problem(400, f"the media is {image.get_format_mimetype()}, not {self.media_type}")
        if not (4 <= min(image.size) and max(image.size) <= 8192):
            raise Problem(400, "Image dimensions must be >= 4x4 and <= 8192x8192")
        self._data = data
        if self.category == "tweet_gif":
            self._states = _work_on_gif(*image.size, getattr(image, "n_frames", 1))

    def answer(self) -> dict[str, Any]:
        """Returns the body of an answer about it; each one advances X's processing by a step."""
        data: dict[str, Any] = {"id": self.ident, "media_key": f"3_{self.ident}", "expires_after_secs": 86400}
        if self._data is not None:
            data["size"] = len(self._data)
        if self._states:
            data["processing_info"] = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        return {"data": data}

    def check_ready(self) -> None:
        """Fails if X has not finished processing it: a post cannot show it yet."""
        _ = self.data
        if self._states and self._states[0]["state"] != "succeeded":
            raise Problem(400, f"media {self.ident} is not ready")


def _work_on_gif(width: int, height: int, frames: int) -> list[dict[str, Any]]:
    first: list[dict[str, Any]] = [{"state": s, "check_after_secs": 1} for s in ("pending", "in_progress")]
    if width > 1280 or height > 1080 or frames > 350 or width * height * frames > 300_000_000:
        message = f"{width} x {height}, {frames} frames"
        return [*first, {"state": "failed", "error": {"code": 1, "name": "InvalidMedia", "message": message}}]
    return [*first, {"state": "succeeded", "progress_percent": 100}]
