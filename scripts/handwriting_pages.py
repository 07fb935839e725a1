"""Draws pages of print and pages that look written by hand, spoilt as scans and photos are."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from pydoc_data import topics
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

_Grey = npt.NDArray[np.uint8]
Pixels = npt.NDArray[np.uint8]

#: Prose that every Python carries: its own reference.
_WORDS: Final[list[str]] = [
    word for topic in topics.topics.values() for word in re.findall(r"[A-Za-z][A-Za-z'’]*[.,;:]?", topic)
]
_WIDTHS: Final = (800, 1000, 1240, 1654)


def draw_page(rng: random.Random, fonts: Sequence[Path], *, by_hand: bool) -> tuple[Pixels, Path]:
    """A page, and the font of it; in print a page mixes fonts, and the one with which it began is given."""
    width = rng.choice(_WIDTHS)
    height = int(width * rng.uniform(0.6, 1.2))
    ink = np.zeros((height, width), np.uint8)
    px = max(int(width * rng.uniform(0.016, 0.045) * (1.3 if by_hand else 1)), 13)
    first = font = rng.choice(fonts)
    unevenness = 0.0 if by_hand else rng.choice((0, 0, 0, 0, 0.02, 0.04))
    lead = rng.uniform(1.2, 2.1)
    y = int(px * 0.7)
    while y < height - px * 1.2:
        if not by_hand and rng.random() < 0.2:
            font = rng.choice(fonts)
        line = _written(rng, _text(rng), font, px) if by_hand else _printed(rng, _text(rng), font, px, unevenness)
        rows, columns = np.nonzero(line > 64)
        if not len(rows):  # the font has none of the characters
            y += px
            font = rng.choice(fonts)
            continue
        line = line[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        x = rng.randint(px, max(px + 1, width // 3))
        target = ink[y : y + line.shape[0], x : max(width - 2, x)][:, : line.shape[1]]
        np.maximum(target, line[: target.shape[0], : target.shape[1]], out=target)
        if rng.random() < 0.08:
            under = y + line.shape[0] + 2
            cv2.line(ink, (0, under), (width, under), (rng.randint(80, 255),), rng.randint(1, 2))
        y += int(max(px * lead, line.shape[0] * (0.9 if by_hand else 1.1)))
    if rng.random() < 0.15:
        for ruled in range(rng.randint(10, 40), height, int(px * lead)):
            cv2.line(ink, (0, ruled), (width, ruled), (rng.randint(40, 160),), 1)
    return _spoilt(rng, _tilted(rng, ink)), first


def _text(rng: random.Random) -> str:
    words = [rng.choice(_WORDS) for _ in range(rng.randint(1, 9))]
    match rng.choices(("prose", "upper", "title", "sums", "date"), (62, 10, 10, 8, 10))[0]:
        case "upper":
            return " ".join(words).upper()
        case "title":
            return " ".join(words).title()
        case "sums":
            return " ".join([words[0].title(), *(f"{rng.uniform(1, 9999):,.2f}" for _ in words[:3])])
        case "date":
            return f"{rng.randint(1, 31):02d}/{rng.randint(1, 12):02d}/{rng.randint(1950, 2026)} {words[0]}"
        case _:
            return " ".join(words)


def _written(rng: random.Random, text: str, path: Path, px: int) -> _Grey:
    """Word by word, each a little different in size, slant and place, and the whole with a trembling hand."""
    font = ImageFont.truetype(path, px)
    canvas = np.zeros((px * 4, int(font.getlength(text) * 1.5 + 4 * px)), np.uint8)
    slant, drift = rng.uniform(-0.2, 0.35), rng.uniform(-0.015, 0.015)
    x = float(px)
    for word in text.split():
        size = max(8, int(px * rng.uniform(0.9, 1.1)))
        font = ImageFont.truetype(path, size)
        tile = Image.new("L", (int(font.getlength(word) + 3 * size), 3 * size), 0)
        ImageDraw.Draw(tile).text((size, size * 1.8), word, fill=255, font=font, anchor="ls")
        lean, rise = slant + rng.gauss(0, 0.06), rng.gauss(0, 0.02)
        matrix = np.array(((1, -lean, lean * size * 1.8), (rise, 1, -rise * size)), np.float32)
        drawn = cv2.warpAffine(np.asarray(tile), matrix, tile.size)
        top = int(2.4 * px - size * 1.8 + rng.gauss(0, 0.04) * px + drift * x)
        left = int(x - size)
        target = canvas[max(top, 0) : top + tile.height, max(left, 0) : left + tile.width]
        if target.shape == drawn.shape:
            np.maximum(target, drawn, out=target)
        x += font.getlength(word) + px * rng.uniform(0.25, 0.6)
    canvas = _trembling(rng, canvas, px * rng.uniform(0.005, 0.035), px * rng.uniform(0.3, 0.8))
    if rng.random() < 0.5:
        canvas = _trembling(rng, canvas, px * rng.uniform(0.01, 0.05), px * rng.uniform(1, 4))
    if rng.random() < 0.2:
        side = rng.choice((2, 2, 3)) if px > 28 else 2
        canvas = np.asarray(cv2.dilate(canvas, np.ones((side, side), np.uint8)), np.uint8)
    return canvas


def _printed(rng: random.Random, text: str, path: Path, px: int, unevenness: float) -> _Grey:
    """Set as a whole, spaced out, or as a worn typewriter sets it."""
    font = ImageFont.truetype(path, px)
    spacing = rng.choice((0, 0, 0, 0, 0.05, 0.15)) * px
    image = Image.new("L", (int(font.getlength(text) + len(text) * spacing + 3 * px), int(px * 2.6)), 0)
    draw = ImageDraw.Draw(image)
    if not unevenness and not spacing:
        draw.text((px, 1.7 * px), text, fill=255, font=font, anchor="ls")
        return np.asarray(image)
    x = float(px)
    for character in text:
        place = (x + rng.gauss(0, unevenness / 2) * px, 1.7 * px + rng.gauss(0, unevenness) * px)
        fill = int(255 * min(1, rng.uniform(0.7, 1.15))) if unevenness else 255
        draw.text(place, character, fill=fill, font=font, anchor="ls")
        x += font.getlength(character) + spacing
    return np.asarray(image)


def _trembling(rng: random.Random, image: _Grey, pixels: float, wavelength: float) -> _Grey:
    height, width = image.shape
    noise = np.random.default_rng(rng.getrandbits(32))

    def field() -> Any:
        coarse = noise.standard_normal((int(height / wavelength) + 3, int(width / wavelength) + 3))
        return cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC) * pixels

    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.asarray(cv2.remap(image, x + field(), y + field(), cv2.INTER_LINEAR), np.uint8)


def _tilted(rng: random.Random, ink: _Grey) -> _Grey:
    """As it lies on a scanner, or before a camera."""
    height, width = ink.shape
    angle = rng.gauss(0, 1) if rng.random() < 0.6 else 0.0
    lean = rng.gauss(0, 0.015) if rng.random() < 0.3 else 0.0
    corners = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    moved = corners + np.array(((lean * width, 0), (-lean * width, lean * height), (0, 0), (0, 0)), np.float32)
    turn = np.vstack((cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1), (0, 0, 1)))
    matrix = turn @ cv2.getPerspectiveTransform(corners, moved)
    return np.asarray(cv2.warpPerspective(ink, matrix, (width, height)), np.uint8)


def _spoilt(rng: random.Random, ink: _Grey) -> Pixels:
    """On paper, with uneven ink and light, noise, and what a scanner or camera makes of it."""
    height, width = ink.shape
    noise = np.random.default_rng(rng.getrandbits(32))
    share: Any = ink.astype(np.float32) / 255
    if rng.random() < 0.5:
        share = cv2.GaussianBlur(share, (0, 0), rng.uniform(0.4, 1.3))
    if rng.random() < 0.3:
        share = np.clip(share * rng.uniform(0.8, 2), 0, 1)
    if rng.random() < 0.25:
        grain = rng.choice((2, 4, 30))
        coarse = noise.random((height // grain + 1, width // grain + 1)).astype(np.float32)
        share = share * (1 - rng.uniform(0.1, 0.5) * cv2.resize(coarse, (width, height)))
    tint = np.array([rng.uniform(-20, 0) for _ in range(3)])
    paper = rng.uniform(190, 255) + tint
    pen = np.array([rng.uniform(0, 90) for _ in range(3)]) if rng.random() < 0.5 else np.full(3, rng.uniform(0, 70))
    light_on_dark = rng.random() < 0.04
    if light_on_dark:
        paper, pen = pen, paper
    page = paper + (pen - paper) * share[..., None]
    if rng.random() < 0.4:
        light: Any = noise.standard_normal((5, 5)).astype(np.float32)
        light = cv2.resize(light, (width, height), interpolation=cv2.INTER_CUBIC)
        page = page + light[..., None] * rng.uniform(2, 14)
    if rng.random() < 0.6:
        page = page + noise.standard_normal((height, width, 1)) * rng.uniform(1, 14)
    image = np.clip(page, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        threshold = grey.mean() + (40 if light_on_dark else -rng.uniform(20, 60))
        image = np.repeat(((grey > threshold) * 255).astype(np.uint8)[..., None], 3, axis=2)
    elif rng.random() < 0.6:
        _, file = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(30, 95)])
        image = np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)
    if rng.random() < 0.2:
        scale = rng.uniform(0.6, 0.95)
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(image)
