"""Reads a picture, turns it upright, adds the watermark, and makes it fit X's limits."""

import io
import math
import os
import warnings
from typing import NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from outcome import Refused

# X's own limits: 5 MB a picture and 15 MB an animation, decimal to be on the safe side; 350 frames of 1280 x 1080.
# X shows nothing larger than 4096 pixels. The others protect this function's memory.
IMAGE_BYTES, ANIMATION_BYTES = 5000000, 15000000
SMALLEST_SIDE, LARGEST_SIDE = 4, 4096
MAX_FRAMES, ANIMATION_WIDTH, ANIMATION_HEIGHT = 350, 1280, 1080
MAX_PIXELS, MAX_ANIMATION_PIXELS = 100000000, 100000000
LONGEST_FRAME = 655350  # milliseconds: what a GIF can say
# Quality and chroma subsampling (2 halves the colours' resolution). X compresses again, so little is lost here.
JPEGS = ((95, 0), (90, 0), (85, 2), (75, 2))
SHRINK = 0.8
NO_DITHER = 0
# Formats that Pillow reads by running another program on the file.
UNSAFE = ("EPS",)
ANIMATED = ("GIF", "WEBP", "PNG")
SEEN_THROUGH = ("RGBA", "LA", "PA", "RGBa", "La")
WATERMARK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "watermark.png")


class Ready(NamedTuple):
    """A picture that X accepts."""

    data: bytes
    media_type: str
    category: str


def watermarked(data: bytes, name: str) -> Ready:
    """Returns the picture with the watermark. The name is for messages."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own limit, the only one for what a file unpacks to later
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    Image.init()
    formats = [format_ for format_ in Image.OPEN if format_ not in UNSAFE]
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            _check(image)
            if image.format in ANIMATED and getattr(image, "is_animated", False):
                return _animation(image)
            return _still(image)
    except UnidentifiedImageError:
        kinds = "JPEG, PNG, GIF, WebP, TIFF, BMP and other formats of Pillow"
        raise Refused("%s is not a picture in a supported format: %s" % (name, kinds)) from None
    except Image.DecompressionBombError as error:
        raise Refused("%s is too large: %s" % (name, error)) from None
    except Refused as error:
        raise Refused("%s %s" % (name, error)) from None
    except MemoryError:
        raise Refused("%s is too large for the memory that this function has" % name) from None
    except Exception as error:  # decoders raise whatever goes wrong in them: struct.error, zlib.error, …
        raise Refused("%s is damaged: %s" % (name, error or type(error).__name__)) from error


def mark_box(size):
    """Returns the rectangle that the watermark covers: left, top, right, bottom."""
    width, height = size
    side = max(2, min(width, height) // 4)
    gap = min(width, height) // 32
    return width - gap - side, height - gap - side, width - gap, height - gap


def _check(image) -> None:
    width, height = image.size
    if min(width, height) < SMALLEST_SIDE:
        raise Refused("has %d x %d pixels; X takes %d x %d and more" % (width, height, SMALLEST_SIDE, SMALLEST_SIDE))
    if width * height > MAX_PIXELS:
        raise Refused("is too large: %d x %d pixels; at most %d are unpacked" % (width, height, MAX_PIXELS))
    if max(width, height) * SMALLEST_SIDE > min(width, height) * LARGEST_SIDE:
        told = (width, height, LARGEST_SIDE // SMALLEST_SIDE)
        raise Refused("is too long and thin: %d x %d pixels; X shows at most %d times as long as wide" % told)


def _still(image) -> Ready:
    photo = image.format in ("JPEG", "MPO")
    image.draft(None, (LARGEST_SIDE, LARGEST_SIDE))  # a JPEG is unpacked no larger than needed
    profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
    upright = _normal(_upright(image))
    upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.LANCZOS)
    marked = _mark(upright)
    for data, media_type in _encodings(marked, photo, profile):
        if len(data) <= IMAGE_BYTES:
            return Ready(data, media_type, "tweet_image")
    raise Refused("does not fit into %d bytes" % IMAGE_BYTES)


def _upright(image):
    """Turns the picture as the camera noted, and leaves it as it is if the note cannot be read."""
    image.load()
    if image.format == "TIFF":  # which Pillow has turned already; some of its versions do not record that
        return image
    try:
        return ImageOps.exif_transpose(image) or image
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, ZeroDivisionError):
        return image


def _normal(image):
    """Converts the picture to RGB, or to RGBA if a part is transparent."""
    if image.mode.startswith("I"):  # 16 bits of grey, which convert would clip to white
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode == "F":
        raise Refused("has floating-point pixels, whose range is not known")
    if image.mode in SEEN_THROUGH or "transparency" in image.info:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema()[0] < 255:
            return image
    return image.convert("RGB")


def _mark(image):
    """Adds the watermark in the lower right corner."""
    box = mark_box(image.size)
    with Image.open(WATERMARK) as mark:
        mark = mark.convert("RGBA").resize((box[2] - box[0], box[3] - box[1]), Image.LANCZOS)
    if image.mode == "RGBA":
        image.alpha_composite(mark, box[:2])
    else:
        image.paste(mark, box[:2], mark)
    return image


def _encodings(image, photo: bool, profile):
    """Yields encodings, best first. A photo stays a JPEG; others become a PNG if it is small enough for X."""
    opaque = image.mode == "RGB"
    while min(image.size) >= SMALLEST_SIDE:
        if not photo:
            yield _encode(image, "PNG", icc_profile=profile), "image/png"
        if opaque:
            for quality, subsampling in JPEGS:
                options = {"quality": quality, "subsampling": subsampling, "icc_profile": profile}
                yield _encode(image, "JPEG", **options), "image/jpeg"
        image = image.resize([int(side * SHRINK) for side in image.size], Image.LANCZOS)


def _encode(image, format_: str, **options) -> bytes:
    """Encodes only the pixels, so that none of the file's metadata (such as a place) is passed on."""
    image.info = {}  # Pillow would write what the format supports of it
    out = io.BytesIO()
    image.save(out, format_, **{name: value for name, value in options.items() if value is not None})
    return out.getvalue()


def _animation(image) -> Ready:
    """Converts an animation to GIF, the only kind that X accepts as a picture."""
    first = 1 if image.info.get("default_image") else 0  # an APNG's picture for programs without animation
    count = image.n_frames - first
    if count > MAX_FRAMES:
        raise Refused("has %d frames; X takes at most %d" % (count, MAX_FRAMES))
    width, height = image.size
    area = math.sqrt(MAX_ANIMATION_PIXELS / (width * height * count))
    scale = min(1, ANIMATION_WIDTH / width, ANIMATION_HEIGHT / height, area)
    while True:
        size = tuple(max(SMALLEST_SIDE, int(side * scale)) for side in image.size)
        data = _gif(image, range(first, image.n_frames), size)
        if len(data) <= ANIMATION_BYTES:
            return Ready(data, "image/gif", "tweet_gif")
        if min(size) <= SMALLEST_SIDE:
            raise Refused("does not fit into %d bytes" % ANIMATION_BYTES)
        scale *= SHRINK


def _gif(image, numbers, size) -> bytes:
    frames, durations = [], []
    for number in numbers:
        image.seek(number)
        frame = _flat(image.convert("RGBA"))
        durations.append(min(int(image.info.get("duration") or 100), LONGEST_FRAME))
        if frame.size != size:
            frame = frame.resize(size, Image.LANCZOS)
        frames.append(_mark(frame).quantize(256, method=Image.MEDIANCUT, dither=NO_DITHER))
    rest = {"append_images": frames[1:], "duration": durations, "loop": 0, "disposal": 1}
    return _encode(frames[0], "GIF", save_all=True, **rest)


def _flat(frame):
    """Puts a frame on white: X converts every animation to a video, which has no transparency."""
    flat = Image.new("RGB", frame.size, (255, 255, 255))
    flat.paste(frame, mask=frame.getchannel("A"))
    return flat
