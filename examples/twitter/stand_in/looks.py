"""What a picture's first bytes say: its kind, its size, and of a GIF the number of frames."""

from __future__ import annotations

import struct
from typing import NamedTuple

SIGNATURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}


class Look(NamedTuple):
    """A picture, seen from outside."""

    media_type: str
    width: int
    height: int
    frames: int


def look(data: bytes) -> Look:
    """Raises ValueError when it is no PNG, JPEG, GIF or WebP, or a broken one."""
    kind = next((name for name, start in SIGNATURES.items() if data.startswith(start)), None)
    try:
        if kind == "image/png":
            return Look(kind, *struct.unpack(">II", data[16:24]), 1)
        if kind == "image/jpeg":
            return Look(kind, *_jpeg(data), 1)
        if kind == "image/gif":
            return Look(kind, *struct.unpack("<HH", data[6:10]), _frames(data))
        if kind == "image/webp":
            return Look(kind, 0, 0, 1)
    except (IndexError, struct.error) as error:
        raise ValueError(f"a broken {kind}: {error}") from None
    raise ValueError("no picture")


def _jpeg(data: bytes) -> tuple[int, int]:
    """Walks from marker to marker to the frame header, which has the size."""
    at = 2
    while True:
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if data[at] != 0xFF:
            raise ValueError("a broken image/jpeg")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length


def _frames(data: bytes) -> int:
    """Walks from block to block and counts the pictures among them."""
    at, frames = 13 + _table(data[10]), 0
    while data[at] != 0x3B:
        if data[at] == 0x21:  # an extension: its label, then sub-blocks
            at += 2
        elif data[at] == 0x2C:  # a picture: its place, perhaps its own colours, a code size, then sub-blocks
            frames += 1
            at += 11 + _table(data[at + 9])
        else:
            raise ValueError("a broken image/gif")
        while data[at]:
            at += 1 + data[at]
        at += 1
    return frames


def _table(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
