#!/usr/bin/env python3
"""Draws watermark.png: a paper plane on a round badge, half see-through. Geometry alone, so that no font is needed."""

import os

from PIL import Image, ImageDraw

SIDE = 256
FINE = 8  # drawn this much larger, and made smaller for smooth edges
BADGE = (20, 60, 110, 170)
RING = (255, 255, 255, 220)
PAPER = (255, 255, 255, 235)
SHADE = (190, 215, 240, 235)
# In a square of 100 x 100.
LEFT_WING = [(18, 48), (84, 20), (44, 58)]
RIGHT_WING = [(44, 58), (84, 20), (66, 78)]
KEEL = [(44, 58), (52, 63), (43, 78)]


def draw():
    """Returns the watermark."""
    image = Image.new("RGBA", (SIDE * FINE, SIDE * FINE), BADGE[:3] + (0,))
    pen = ImageDraw.Draw(image)
    edge = SIDE * FINE - 1
    pen.ellipse((0, 0, edge, edge), fill=RING)
    rim = edge * 4 // 100
    pen.ellipse((rim, rim, edge - rim, edge - rim), fill=BADGE)
    for shape, colour in ((LEFT_WING, PAPER), (RIGHT_WING, SHADE), (KEEL, PAPER)):
        pen.polygon([(x * edge / 100, y * edge / 100) for x, y in shape], fill=colour)
    return image.resize((SIDE, SIDE), Image.LANCZOS)


if __name__ == "__main__":
    draw().save(os.path.join(os.path.dirname(os.path.abspath(__file__)), "watermark.png"), optimize=True)
