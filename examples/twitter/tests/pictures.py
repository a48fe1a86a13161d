"""Pictures to upload, drawn here, and comparisons that know where the watermark is."""

import io

from PIL import Image, ImageChops, ImageDraw

import picture


def drawing(size=(320, 240), mode="RGB"):
    """Draws a picture whose four quarters differ, so that turning it shows; smooth, so that a JPEG keeps it."""
    image = Image.new("RGB", size)
    width, height = size[0] // 2, size[1] // 2
    colours = ((200, 40, 40), (40, 160, 60), (40, 60, 200), (210, 190, 40))
    pen = ImageDraw.Draw(image)
    for number, colour in enumerate(colours):
        left, top = number % 2 * width, number // 2 * height
        pen.rectangle((left, top, left + width, top + height), fill=colour)
    return image.convert(mode)


def encoded(image, kind, **options):
    """Returns the picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def animation(kind="GIF", size=(120, 80), count=4, **options):
    """A file of a square that moves."""
    frames = [Image.new("RGB", size, (20, 30, 60)) for _ in range(count)]
    for number, frame in enumerate(frames):
        ImageDraw.Draw(frame).rectangle((5 + number * 7, 10, 20 + number * 7, 25), fill=(250, 200, 50))
    return film(frames, kind, duration=[100 + 20 * number for number in range(count)], **options)


def film(frames, kind, **options):
    """A file of one frame after the other."""
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)


def outside(one, two, margin=0):
    """Returns the largest difference of two pictures outside the watermark and a margin around it."""
    apart = ImageChops.difference(one.convert("RGBA"), two.convert("RGBA"))
    left, top, right, bottom = picture.mark_box(one.size)
    apart.paste((0, 0, 0, 0), (left - margin, top - margin, right + margin, bottom + margin))
    return largest(apart)


def inside(one, two):
    """Returns the largest difference of two pictures within the watermark."""
    box = picture.mark_box(one.size)
    return largest(ImageChops.difference(one.convert("RGBA"), two.convert("RGBA")).crop(box))


def largest(image):
    """Returns the largest value of any pixel."""
    return max(high for _, high in image.getextrema())


def stamped(image):
    """Returns a picture with the watermark, which is put over it as a layer that is empty elsewhere."""
    left, top, right, bottom = picture.mark_box(image.size)
    layer = Image.new("RGBA", image.size)
    with Image.open(picture.WATERMARK) as mark:
        layer.paste(mark.convert("RGBA").resize((right - left, bottom - top), Image.LANCZOS), (left, top))
    return Image.alpha_composite(image.convert("RGBA"), layer)
