"""Files that are no picture, or too much of one: each is refused with a reason."""

import struct
import unittest
import unittest.mock
import zlib

import picture
from outcome import Refused
from tests.pictures import animation, drawing, encoded

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"


def png_header(width, height):
    """A PNG that announces a size and holds next to nothing."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


class Refusals(unittest.TestCase):
    """What `picture.watermarked` refuses."""

    def check(self, data, words):
        """It is refused with these words."""
        with self.subTest(words, data=data[:8]), self.assertRaisesRegex(Refused, "^s3://b/k " + words):
            picture.watermarked(data, "s3://b/k")

    def test_not_a_picture(self):
        for data in (b"", b"hello", b"%PDF-1.7", b"\xff\xd8\xff", b"\0" * 1000, b"GIF89a", b"ftypheic" * 9):
            self.check(data, "is (no picture that can be read|damaged)")
        self.check(EPS, "is no picture that can be read")  # Pillow would run a program on it

    def test_cut_off(self):
        for kind in ("JPEG", "PNG", "GIF", "BMP"):
            whole = encoded(drawing(), kind)
            self.check(whole[: len(whole) // 2], "is damaged: ")

    def test_cut_off_anywhere(self):
        """Whatever a decoder raises: struct.error, for one, in the middle of a frame's header."""
        for kind in ("GIF", "PNG"):
            whole = animation(kind, size=(40, 30), count=3)
            for end in range(len(whole)):
                try:
                    picture.watermarked(whole[:end], "s3://b/k")
                except Refused as error:
                    self.assertRegex(str(error), "^s3://b/k is (no picture|damaged: .)")

    def test_sizes(self):
        self.check(encoded(drawing((5, 20000)), "PNG"), "is too long and thin: 5 x 20000 pixels; at most 1024 times")
        self.check(png_header(30000, 30000), "is too large: ")
        self.check(png_header(12000, 9000), "is too large: 12000 x 9000 pixels; at most 100000000")
        self.check(encoded(drawing((3, 50)), "PNG"), "has 3 x 50 pixels; X takes 4 x 4 and more$")
        self.check(encoded(drawing(mode="F"), "TIFF"), "has floating-point pixels")
        with unittest.mock.patch.object(picture, "_still", side_effect=MemoryError):
            self.check(encoded(drawing(), "PNG"), "is too large for the memory that this function has$")
