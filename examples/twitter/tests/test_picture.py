"""Watermarked pictures, compared pixel by pixel within and outside the watermark; and refused ones."""

import ast
import io
import unittest
import unittest.mock
from pathlib import Path

from PIL import Image, PngImagePlugin, features

import picture
from outcome import Refused
from tests import pictures
from tests.pictures import animation, drawing, encoded, film

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"


def run(data):
    """Returns the result, as a picture and as it is uploaded."""
    ready = picture.watermarked(data, "s3://b/k")
    image = Image.open(io.BytesIO(ready.data))
    image.load()
    return image, ready


class Base(unittest.TestCase):
    """Comparisons."""

    def check_marked(self, source, out, outside=0, inside=2, margin=0):
        """The same outside the watermark, the watermark over it inside, but for so much that a format loses."""
        self.assertEqual(out.size, source.size)
        self.assertLessEqual(pictures.outside(out, source, margin), outside)
        self.assertLessEqual(pictures.inside(out, pictures.stamped(source)), inside)
        self.assertGreater(pictures.inside(out, source), 60)

    def check_refused(self, data, words):
        """Expects that it is refused with these words."""
        with self.subTest(words, data=data[:8]), self.assertRaisesRegex(Refused, "^s3://b/k " + words):
            run(data)


class Stills(Base):
    """Pictures that do not move."""

    def test_jpeg(self):
        source = Image.open(io.BytesIO(encoded(drawing(), "JPEG", quality=95)))
        out, ready = run(encoded(drawing(), "JPEG", quality=95))
        self.assertEqual((ready.media_type, ready.category, out.format), ("image/jpeg", "tweet_image", "JPEG"))
        self.check_marked(source, out, 16, 60, margin=16)  # a JPEG's blocks spread what is next to them

    def test_modes_and_kinds(self):
        see_through = drawing().convert("P", palette=Image.ADAPTIVE, colors=16)
        fading = drawing(mode="RGBA")
        fading.putalpha(Image.linear_gradient("L").resize(fading.size))
        files = {
            "PNG": encoded(drawing(), "PNG"),
            "PNG with alpha": encoded(fading, "PNG"),
            "palette": encoded(drawing().quantize(16), "PNG"),
            "palette with transparency": encoded(see_through, "PNG", transparency=0),
            "grey": encoded(drawing(mode="L"), "PNG"),
            "grey and alpha": encoded(drawing(mode="LA"), "PNG"),
            "black and white": encoded(drawing(mode="1"), "PNG"),
            "TIFF": encoded(drawing(), "TIFF"),
            "BMP": encoded(drawing(), "BMP"),
            "GIF that stands still": encoded(drawing().quantize(16), "GIF"),
        }
        if features.check("webp"):
            files["WebP"] = encoded(drawing(), "WEBP", lossless=True)
        for name, data in files.items():
            with self.subTest(name):
                out, ready = run(data)
                self.assertEqual(ready.media_type, "image/png")
                with Image.open(io.BytesIO(data)) as source:
                    self.check_marked(source.convert("RGBA"), out.convert("RGBA"))

    def test_grey_of_16_bits(self):
        out, _ = run(encoded(drawing(mode="L").convert("I").point(lambda value: value * 257), "PNG"))
        self.check_marked(drawing(mode="L").convert("RGB"), out)

    def test_cmyk(self):
        out, ready = run(encoded(drawing(mode="CMYK"), "JPEG", quality=95))
        self.assertEqual((ready.media_type, out.mode), ("image/jpeg", "RGB"))

    def test_orientation(self):
        turns = {3: Image.ROTATE_180, 6: Image.ROTATE_90, 8: Image.ROTATE_270, 2: Image.FLIP_LEFT_RIGHT}
        for orientation, turn in turns.items():
            exif = Image.Exif()
            exif[0x0112] = orientation
            # Pillow turns a TIFF itself when it reads it.
            files = {"PNG": {"exif": exif}, "TIFF": {"tiffinfo": {0x0112: orientation}}}
            if features.check("webp"):
                files["WEBP"] = {"exif": exif, "lossless": True}
            for kind, options in files.items():
                with self.subTest(kind, orientation=orientation):
                    self.check_marked(drawing(), run(encoded(drawing().transpose(turn), kind, **options))[0])
            with self.subTest("JPEG", orientation=orientation):
                out, _ = run(encoded(drawing().transpose(turn), "JPEG", quality=95, subsampling=0, exif=exif))
                self.check_marked(drawing(), out, 16, 60, margin=16)

    def test_nothing_else_is_passed_on(self):
        exif = Image.Exif()
        exif[0x010F] = "a camera"
        note = PngImagePlugin.PngInfo()
        note.add_text("Author", "a person")
        files = (
            encoded(drawing(), "PNG", exif=exif, pnginfo=note),
            encoded(drawing(), "JPEG", exif=exif, comment=b"a person"),
            encoded(drawing().quantize(16), "GIF", comment=b"a person"),
            animation(comment=b"a person"),
        )
        for data in files:
            out, ready = run(data)
            self.assertRegex(data, b"a person|a camera")
            self.assertNotRegex(ready.data, b"a person|a camera")
            self.assertEqual(dict(out.getexif()), {})

    def test_colour_profile_stays_where_the_colours_do(self):
        for kind, mode, profile in (("JPEG", "RGB", b"a profile"), ("PNG", "RGB", b"a profile"), ("PNG", "L", None)):
            out, _ = run(encoded(drawing(mode=mode), kind, icc_profile=b"a profile"))
            self.assertEqual((out.format, out.mode, out.info.get("icc_profile")), (kind, "RGB", profile))

    @unittest.mock.patch.object(picture, "IMAGE_BYTES", 150000)
    def test_too_many_bytes_become_fewer(self):
        noise = Image.effect_noise((320, 260), 90).convert("RGB")
        for kind, options in (("PNG", {}), ("JPEG", {"quality": 100, "subsampling": 0})):
            out, ready = run(encoded(noise, kind, **options))
            self.assertEqual(ready.media_type, "image/jpeg")
            self.assertLessEqual(len(ready.data), picture.IMAGE_BYTES)
            self.assertEqual(out.size, noise.size)
        noise.putalpha(Image.effect_noise(noise.size, 90))
        out, ready = run(encoded(noise, "PNG", compress_level=1))
        self.assertEqual((ready.media_type, out.mode), ("image/png", "RGBA"))
        self.assertLessEqual(len(ready.data), picture.IMAGE_BYTES)
        self.assertLess(out.size, noise.size)

    def test_too_many_bytes_whatever_is_done(self):
        with unittest.mock.patch.object(picture, "IMAGE_BYTES", 50):
            self.check_refused(encoded(drawing(), "PNG"), "does not fit into 50 bytes$")

    def test_sizes(self):
        for size, becomes in (((6000, 300), (4096, 205)), ((4, 4), (4, 4))):
            self.assertEqual(run(encoded(drawing(size), "PNG"))[0].size, becomes)


class Animations(Base):
    """Pictures that move."""

    def check(self, data, count=4):
        """Every frame in its place, for its time, with the watermark."""
        out, ready = run(data)
        self.assertEqual((ready.media_type, ready.category, out.n_frames), ("image/gif", "tweet_gif", count))
        source = Image.open(io.BytesIO(data))
        for number in range(count):
            out.seek(number)
            source.seek(number)
            self.check_marked(source.convert("RGBA"), out.convert("RGBA"), 8, 24)
            self.assertEqual(out.info["duration"], 100 + 20 * number)
        self.assertEqual(out.info["loop"], 0)

    def test_kinds(self):
        self.check(animation())
        self.check(animation("PNG"))
        if features.check("webp_anim"):
            self.check(animation("WEBP", lossless=True))

    @unittest.skipUnless(features.check("webp_anim"), "this Pillow reads no animated WebP")
    def test_frames_that_stand_longer_than_a_gif_can_say(self):
        frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green")]
        self.assertEqual(run(film(frames, "WEBP", duration=900000))[0].info["duration"], picture.LONGEST_FRAME)

    def test_gif_with_holes(self):
        frames = []
        for number in range(3):
            frame = Image.new("RGBA", (90, 90), (0, 0, 0, 0))
            frame.paste((250, 120, 30, 255), (10 + 20 * number, 10, 25 + 20 * number, 40))
            frames.append(frame)
        out, _ = run(film(frames, "GIF", duration=100, disposal=1))
        self.assertEqual(out.n_frames, 3)
        for number in range(3):
            out.seek(number)
            seen = out.convert("RGBA")
            self.assertEqual(seen.getpixel((2, 2)), (255, 255, 255, 255))
            self.assertEqual(seen.getpixel((15 + 20 * number, 20))[:2], (250, 120))

    def test_apng_with_a_picture_for_those_who_show_no_animation(self):
        frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
        out, _ = run(film(frames, "PNG", default_image=True))
        self.assertEqual(out.n_frames, 2)
        self.assertEqual(out.convert("RGB").getpixel((2, 2)), (0, 128, 0))

    def test_too_many_bytes_become_fewer(self):
        whole = animation(size=(200, 100))
        limit = len(run(whole)[1].data) - 1
        with unittest.mock.patch.object(picture, "ANIMATION_BYTES", limit):
            out, ready = run(whole)
        self.assertLess(out.size, (200, 100))
        self.assertLessEqual(len(ready.data), limit)
        self.assertEqual(out.n_frames, 4)
        with unittest.mock.patch.object(picture, "ANIMATION_BYTES", 50):
            self.check_refused(whole, "does not fit into 50 bytes$")

    def test_too_many_pixels_become_fewer(self):
        self.assertEqual(run(animation(size=(2000, 500), count=2))[0].size, (1280, 320))
        with unittest.mock.patch.object(picture, "MAX_ANIMATION_PIXELS", 4 * 120 * 80 // 4):
            self.assertEqual(run(animation())[0].size, (60, 40))

    def test_too_many_frames(self):
        frames = [Image.new("L", (8, 8), 255 * (number % 2)) for number in range(351)]
        self.check_refused(film(frames, "GIF", duration=20), "has 351 frames; X takes at most 350$")


class Refusals(Base):
    """Files that are not pictures, or too large: each is refused with a reason."""

    def test_not_a_picture(self):
        for data in (b"", b"hello", b"%PDF-1.7", b"\xff\xd8\xff", b"\0" * 1000, b"GIF89a", b"ftypheic" * 9):
            self.check_refused(data, "is (not a picture in a supported format|damaged)")
        self.check_refused(EPS, "is not a picture in a supported format")  # Pillow would run a program on it

    def test_cut_off(self):
        for kind in ("JPEG", "PNG", "GIF", "BMP"):
            whole = encoded(drawing(), kind)
            self.check_refused(whole[: len(whole) // 2], "is damaged: ")

    def test_cut_off_anywhere(self):
        """Whatever a decoder raises: struct.error, for one, in the middle of a frame's header."""
        for kind in ("GIF", "PNG"):
            whole = animation(kind, size=(40, 30), count=3)
            for end in range(len(whole)):
                try:
                    picture.watermarked(whole[:end], "s3://b/k")
                except Refused as error:
                    self.assertRegex(str(error), "^s3://b/k is (not a picture|damaged: .)")

    def test_sizes(self):
        thin = encoded(drawing((5, 20000)), "PNG")
        self.check_refused(thin, "is too long and thin: 5 x 20000 pixels; X shows at most 1024")
        self.check_refused(encoded(drawing((3, 50)), "PNG"), "has 3 x 50 pixels; X takes 4 x 4 and more$")
        self.check_refused(encoded(drawing(mode="F"), "TIFF"), "has floating-point pixels")
        with unittest.mock.patch.object(picture, "MAX_PIXELS", 1000):
            self.check_refused(encoded(drawing((40, 40)), "PNG"), "is too large: 40 x 40 pixels; at most 1000 ")
            self.check_refused(encoded(drawing(), "PNG"), "is too large: Image size ")
        with unittest.mock.patch.object(picture, "_still", side_effect=MemoryError):
            self.check_refused(encoded(drawing(), "PNG"), "is too large for the memory that this function has$")


class Files(unittest.TestCase):
    """What is in the folder."""

    def test_the_function_is_python_3_6(self):
        for path in Path(picture.__file__).parent.glob("*.py"):
            source = path.read_text(encoding="utf-8")
            ast.parse(source, feature_version=(3, 6))
            self.assertNotIn("from __future__ import annotations", source)
