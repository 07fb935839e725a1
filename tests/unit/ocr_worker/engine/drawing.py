"""Pages drawn for tests, which know where each of their words is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr_worker.engine.geometry import Corners
from ocr_worker.engine.port import Pixels

LETTER = (
    "Dear Madam or Sir,",
    "Thank you for your letter of 14 March 2024.",
    "The invoice no. 58213 over 1,240.50 was paid in full",
    "on Tuesday. Please find a copy of the receipt below.",
    "We look forward to hearing from you again soon.",
    "Yours sincerely,",
    "Margaret Holloway",
)


@dataclass(frozen=True)
class DrawnWord:
    """A word and its corners, clockwise from the top-left of the text: as long as its ink, as high as its line's."""

    text: str
    corners: Corners


@dataclass(frozen=True)
class DrawnPage:
    """A page and its words, line by line."""

    image: Pixels
    lines: tuple[tuple[DrawnWord, ...], ...]

    @property
    def words(self) -> list[DrawnWord]:
        return [word for line in self.lines for word in line]

    @property
    def text(self) -> str:
        return "\n".join(" ".join(word.text for word in line) for line in self.lines)

    def turned(self, degrees: float) -> DrawnPage:
        """The page turned clockwise about its middle, on paper large enough."""
        height, width = self.image.shape[:2]
        sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
        turn = np.array(((cosine, -sine), (sine, cosine)))
        rim = np.array(((0, 0), (width, 0), (width, height), (0, height)))
        rim = (rim - rim.mean(axis=0)) @ turn.T
        shift = -rim.min(axis=0)
        size = np.ceil(rim.max(axis=0) - rim.min(axis=0)).astype(int)
        middle = np.array((width / 2, height / 2))
        matrix = np.column_stack((turn, shift - turn @ middle))
        image = cv2.warpAffine(
            self.image, matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_AREA, borderValue=(255, 255, 255)
        )
        lines = tuple(
            tuple(DrawnWord(word.text, (word.corners - middle) @ turn.T + shift) for word in line)
            for line in self.lines
        )
        return DrawnPage(np.asarray(image, np.uint8), lines)


def draw_page(
    lines: Sequence[str] = LETTER,
    *,
    size: tuple[int, int] = (1240, 900),
    font_px: int = 32,
    start: tuple[int, int] = (90, 80),
    spacing: float = 2.0,
) -> DrawnPage:
    """Black lines of text on white paper, one below the other; `size` is width and height."""
    picture = Image.new("RGB", size, "white")
    canvas = ImageDraw.Draw(picture)
    font = ImageFont.load_default(font_px)
    drawn = []
    for row, line in enumerate(lines):
        x, y = start[0], start[1] + row * font_px * spacing
        canvas.text((x, y), line, fill="black", font=font)
        _, top, _, bottom = canvas.textbbox((x, y), line, font=font)
        words = []
        before = ""
        for text in line.split(" "):
            left, _, right, _ = canvas.textbbox((x + canvas.textlength(before, font=font), y), text, font=font)
            corners = np.array(((left, top), (right, top), (right, bottom), (left, bottom)), np.float64)
            words.append(DrawnWord(text, corners))
            before += text + " "
        drawn.append(tuple(words))
    return DrawnPage(np.array(picture), tuple(drawn))


def overlap(first: Corners, second: Corners) -> float:
    """Area common to two quads by the area that either covers: 1 if they are the same."""
    one, two = first.astype(np.float32), second.astype(np.float32)
    common, _ = cv2.intersectConvexConvex(one, two)
    return common / (cv2.contourArea(one) + cv2.contourArea(two) - common)
