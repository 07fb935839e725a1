from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_worker.engine import style, style_weights
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.style import SURELY_PRINT, handwriting, measures


def printed(text: str) -> Pixels:
    """A line as `crops.cut` makes it."""
    font = ImageFont.load_default(size=34)
    image = Image.new("RGB", (int(font.getlength(text)) + 12, 48), "white")
    ImageDraw.Draw(image).text((6, 36), text, fill="black", font=font, anchor="ls")
    return np.asarray(image)


def written(seed: int, *, letters: int = 40) -> Pixels:
    """A pen that loops along a line, each loop of another height, width and slant."""
    dice = np.random.default_rng(seed)
    points = []
    x = 10.0
    for letter in range(letters):
        high, wide, lean = dice.uniform(7, 20), dice.uniform(6, 12), dice.uniform(2, 8)
        for step in np.linspace(0, 2 * np.pi, 14):
            points.append(
                (x + wide * step / 7 + 3 * np.sin(step) + lean * np.sin(step / 2), 36 - high * np.sin(step / 2))
            )
        x += wide * (1.8 if letter % 6 == 5 else 0.9)
    image = np.full((48, int(x) + 30, 3), 255, np.uint8)
    cv2.polylines(image, [np.array(points, np.float32).round().astype(np.int32)], False, (0, 0, 0), 2, cv2.LINE_AA)
    return image


@pytest.mark.parametrize("first_look", [True, False])
@pytest.mark.parametrize("text", ["Invoice number 20417", "TOTAL DUE", "1,284.50 EUR", "The quick brown fox"])
def test_print_is_no_handwriting(monkeypatch: pytest.MonkeyPatch, text: str, first_look: bool) -> None:
    if not first_look:
        monkeypatch.setattr(style_weights, "FIRST_BIAS", 100.0)

    assert (handwriting(printed(text)) == SURELY_PRINT) == first_look
    assert handwriting(printed(text)) < 0.5


@pytest.mark.parametrize("seed", range(4))
def test_a_pen_that_loops_along_is_handwriting(seed: int) -> None:
    assert handwriting(written(seed)) > 0.5


@pytest.mark.parametrize("text", ["Invoice number 20417", "TOTAL DUE", "The quick brown fox"])
def test_the_edges_of_print_tell_it_without_its_ink(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    looked_at: list[Pixels] = []
    monkeypatch.setattr(style, "_of_ink", lambda grey: looked_at.append(grey))

    assert handwriting(printed(text)) == SURELY_PRINT
    assert not looked_at
    handwriting(written(0))
    assert len(looked_at) == 1


def test_light_text_on_dark_measures_the_same() -> None:
    for line in (printed("Invoice number 20417"), written(0)):
        assert measures(255 - line) == pytest.approx(measures(line), abs=0.05)


@pytest.mark.parametrize("shape", [(48, 200, 3), (48, 20, 3), (48, 1, 3)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_where_there_is_nothing_to_judge_it_is_none(shape: tuple[int, int, int], level: int) -> None:
    assert measures(np.full(shape, level, np.uint8)) is None
    assert handwriting(np.full(shape, level, np.uint8)) == 0


def test_a_row_of_dashes_a_pixel_high_can_be_judged() -> None:
    line = np.full((48, 400), 255, np.uint8)
    line[24, np.arange(400) % 40 < 28] = 0

    assert measures(line) is not None
    assert 0 <= handwriting(line) <= 1


def test_anything_can_be_judged() -> None:
    dice = np.random.default_rng(0)
    for columns in (40, 41, 300, 5000):
        assert 0 <= handwriting(dice.integers(0, 256, (48, columns, 3), np.uint8)) <= 1


def test_measures_are_held_within_what_is_usual() -> None:
    rows = style.scaled(np.array([[3.0, 9.0], [-90.0, 90.0]]), np.array([1.0, 9.0]), np.array([4.0, 2.0]))
    assert rows.tolist() == [[0.5, 0.0], [-3.0, 3.0]]
