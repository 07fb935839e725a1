from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_worker.engine.geometry import Corners, Quads, height
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.unstacking import unstacked

FONT_PX = 32


def column(rows: Sequence[str], *, pitch: float = 1.2, font_px: int = FONT_PX) -> tuple[Pixels, Corners]:
    """A page with rows below one another, so many heights of the font apart, and a quad around them all."""
    page = Image.new("L", (400, 100 + round(len(rows) * pitch * font_px)), 235)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size=font_px)
    for number, row in enumerate(rows):
        draw.text((120, 40 + number * pitch * font_px), row, fill=20, font=font)
    return np.asarray(page), around(np.asarray(page), font_px // 4)


def around(page: Pixels, air: int = 8) -> Corners:
    """A quad around all ink, clockwise from its upper left."""
    ys, xs = np.nonzero(page < 128)
    left, top, right, bottom = xs.min() - air, ys.min() - air, xs.max() + 1 + air, ys.max() + 1 + air
    return np.array(((left, top), (right, top), (right, bottom), (left, bottom)), np.float64)


def on_its_side(text: str, font_px: int = FONT_PX) -> tuple[Pixels, Corners]:
    wide = Image.new("L", (100 + len(text) * font_px, 100), 235)
    ImageDraw.Draw(wide).text((40, 20), text, fill=20, font=ImageFont.load_default(size=font_px))
    page = np.ascontiguousarray(np.rot90(np.asarray(wide)))
    return page, around(page)


def ink_of(page: Pixels, corners: Corners) -> npt.NDArray[np.bool_]:
    (left, top), (right, bottom) = corners.min(axis=0).round().astype(int), corners.max(axis=0).round().astype(int)
    ink: npt.NDArray[np.bool_] = page[top:bottom, left:right] < 128
    return ink


def quads(*corners: Corners) -> Quads:
    return np.array(corners, np.float64).reshape(-1, 4, 2)


@pytest.mark.parametrize(
    "rows",
    [
        ("12", "13"),
        ("1", "2", "3", "4", "5"),
        ("8", "9", "10", "11", "102", "103", "104"),  # as the last digits stand in many tables
        tuple(str(number) for number in range(88, 130)),
        ("A", "B", "B", "A", "", "B"),  # one place is empty
    ],
)
@pytest.mark.parametrize("font_px", [14, 32, 90])
def test_a_column_becomes_its_rows_from_the_top(rows: Sequence[str], font_px: int) -> None:
    page, whole = column(rows, font_px=font_px)

    found = unstacked(page, quads(whole))

    wanted = [row for row in rows if row]
    assert len(found) == len(wanted)
    assert sum(int(ink_of(page, corners).sum()) for corners in found) == int(ink_of(page, whole).sum())
    for corners in found:
        ink = ink_of(page, corners)
        assert not ink[0].any()
        assert not ink[-1].any()
    assert (np.diff(found[:, 0, 1]) > 0).all()
    assert (found[:, 0, 0] == whole[0, 0]).all()


@pytest.mark.parametrize("degrees", [-4, 3])
def test_the_rows_of_a_column_that_leans_lean_with_it(degrees: float) -> None:
    page, whole = column([str(number) for number in range(20, 40)])
    turn = cv2.getRotationMatrix2D((200, page.shape[0] / 2), degrees, 1)
    leaning = np.asarray(cv2.warpAffine(page, turn, page.shape[::-1], borderValue=(235,)), np.uint8)
    corners = whole @ turn[:, :2].T + turn[:, 2]

    found = unstacked(leaning, quads(corners))

    assert len(found) == 20
    edges = found[:, 1] - found[:, 0]
    assert np.degrees(np.arctan2(edges[:, 1], edges[:, 0])) == pytest.approx([-degrees] * 20, abs=0.5)


@pytest.mark.parametrize("text", ["Running up the margin", "PRIMARY BANK", "illicit", "2024-11-22", "A"])
def test_a_line_on_its_side_stays_one(text: str) -> None:
    page, line = on_its_side(text)
    # And rows enough for a page that is not on its side
    row = np.array(((0.0, 0.0), (1000.0, 0.0), (1000.0, 15.0), (0.0, 15.0)))

    found = unstacked(page, quads(row, line))

    assert (found == quads(row, line)).all()


def test_on_a_page_on_its_side_nothing_is_cut_but_where_columns_prevail() -> None:
    page, line = on_its_side("A line that is long enough")
    numbers, pair = column(["12", "13"])
    high = max(page.shape[0], numbers.shape[0])
    both = np.full((high, 400 + page.shape[1]), 235, np.uint8)
    both[: numbers.shape[0], :400] = numbers
    both[: page.shape[0], 400:] = page
    line = line + np.array((400, 0))

    assert (unstacked(both, quads(pair, line)) == quads(pair, line)).all()
    assert len(unstacked(both, quads(pair))) == 2


def test_letters_that_stand_below_one_another_without_blank_stay_together() -> None:
    # As in a column of East Asian text
    page = np.full((500, 120), 235, np.uint8)
    for number in range(8):
        cv2.rectangle(page, (40, 40 + number * 50), (84, 84 + number * 50), (20,), 6)

    assert len(unstacked(page, quads(around(page)))) == 1


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_where_nothing_is_to_be_seen_nothing_is_cut(shade: int) -> None:
    nothing = np.full((300, 50, 3), shade, np.uint8)
    corners = np.array(((0.0, 0.0), (50.0, 0.0), (50.0, 300.0), (0.0, 300.0)))

    assert (unstacked(nothing, quads(corners)) == quads(corners)).all()
    assert unstacked(nothing, quads()).shape == (0, 4, 2)


def test_dots_below_one_another_are_no_rows() -> None:
    page = np.full((100, 50), 235, np.uint8)
    for y in range(20, 80, 10):
        cv2.rectangle(page, (20, y), (23, y + 3), (20,), -1)

    assert len(unstacked(page, quads(around(page, air=3)))) == 1


def test_dots_and_broken_letters_belong_to_their_row() -> None:
    page, whole = column(["i"] * 5, pitch=1.4)

    found = unstacked(page, quads(whole))

    assert len(found) == 5
    assert all(height(corners) > FONT_PX / 2 for corners in found)
