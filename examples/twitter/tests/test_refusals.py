"""Files that are no picture, or too much of one."""

import struct
import unittest
import unittest.mock
import zlib

import picture
from outcome import Refused
from tests.pictures import animation, drawing, encoded


def png_header(width, height):
    """A PNG that announces a size and holds next to nothing."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


class Refusals(unittest.TestCase):
    """Each with a message that says why."""

    def check(self, data, words):
        with self.assertRaisesRegex(Refused, words):
            picture.watermarked(data, "s3://b/k")

    def test_not_a_picture(self):
        for data in (b"", b"hello", b"%PDF-1.7", b"\xff\xd8\xff", b"\0" * 1000, b"GIF89a", b"ftypheic" * 9):
            with self.subTest(data[:8]):
                self.check(data, "^s3://b/k is (no picture that can be read|damaged)")

    def test_cut_off(self):
        for kind in ("JPEG", "PNG", "GIF", "BMP"):
            with self.subTest(kind):
                whole = encoded(drawing(), kind)
                self.check(whole[: len(whole) // 2], "^s3://b/k is damaged: ")

    def test_cut_off_anywhere(self):
        """Whatever a decoder raises: struct.error, for one, in the middle of a frame's header."""
        for kind in ("GIF", "PNG"):
            whole = animation(kind, size=(40, 30), count=3)
            for end in range(len(whole)):
                try:
                    picture.watermarked(whole[:end], "s3://b/k")
                except Refused as error:
                    self.assertRegex(str(error), "^s3://b/k is (no picture|damaged: .)")

    def test_no_memory(self):
        with unittest.mock.patch.object(picture, "_still", side_effect=MemoryError):
            self.check(encoded(drawing(), "PNG"), "^s3://b/k is too large for the memory that this function has$")

    def test_long_and_thin(self):
        self.check(encoded(drawing((5, 20000)), "PNG"), "is too long and thin: 5 x 20000 pixels; at most 1024 times as long")

    def test_decompression_bombs(self):
        self.check(png_header(30000, 30000), "^s3://b/k is too large: ")
        self.check(png_header(12000, 9000), "^s3://b/k is too large: 12000 x 9000 pixels; at most 100000000")

    def test_too_small(self):
        self.check(encoded(drawing((3, 50)), "PNG"), "^s3://b/k has 3 x 50 pixels; X takes 4 x 4 and more$")

    def test_programs_are_not_run(self):
        eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
        self.check(eps, "no picture that can be read")

    def test_floating_point(self):
        self.check(encoded(drawing(mode="F"), "TIFF"), "^s3://b/k has floating-point pixels")
