"""Two alphabets against the whole one: the same networks, with lines drawn here."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_worker.engine.alphabets import common
from ocr_worker.engine.crops import LINE_HEIGHT
from ocr_worker.engine.description import characters
from ocr_worker.engine.isolation import isolated
from ocr_worker.engine.line_text import LineText
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.recogniser import Recogniser
from ocr_worker.engine.steps import open_line_network
from read_operations.settings import EngineName

MODELS = ("PP-OCRv6_tiny_rec", "PP-OCRv6_small_rec")
LATIN = "Invoice no. 58213: 1,240.50 due"
#: The strokes of Chinese characters from end to end, in a square with sides of 10: no font here has any.
STROKES = {
    "中": [(1, 2, 9, 2), (1, 2, 1, 6), (9, 2, 9, 6), (1, 6, 9, 6), (5, 0, 5, 10)],
    "田": [(1, 1, 9, 1), (1, 1, 1, 9), (9, 1, 9, 9), (1, 9, 9, 9), (5, 1, 5, 9), (1, 5, 9, 5)],
    "王": [(1, 1, 9, 1), (2, 5, 8, 5), (0, 9, 10, 9), (5, 1, 5, 9)],
    "木": [(0, 3, 10, 3), (5, 0, 5, 10), (5, 3, 0, 9), (5, 3, 10, 9)],
}


def drawn(text: str) -> Pixels:
    """A line with Latin characters in a font's shapes, and Chinese ones of strokes."""
    font = ImageFont.load_default(34)
    picture = Image.new("L", (34 * len(text) + 20, LINE_HEIGHT), "white")
    canvas = ImageDraw.Draw(picture)
    x = 8.0
    for character in text:
        if strokes := STROKES.get(character):
            for left, top, right, bottom in strokes:
                ends = (x + 2 + left * 3, 8 + top * 3, x + 2 + right * 3, 8 + bottom * 3)
                canvas.line(ends, fill="black", width=3)
            x += 36
        else:
            canvas.text((x, 2), character, fill="black", font=font)
            x += canvas.textlength(character, font=font)
    line = np.asarray(picture)[:, : int(x) + 8]
    return np.repeat(cv2.GaussianBlur(line, (0, 0), 0.7)[..., None], 3, axis=2)


def opened(models_dir: Path, model: str, *, shortcut: bool) -> Recogniser:
    names = characters(models_dir / model)
    with isolated():
        network = open_line_network(
            models_dir / model, names, runtime=EngineName.OPENVINO, threads=1, precision="f32", shortcut=shortcut
        )
    return Recogniser(network, names)


@pytest.fixture(scope="module", params=MODELS)
def readers(models_dir: Path, request: pytest.FixtureRequest) -> tuple[Recogniser, Recogniser]:
    """One with two alphabets, one with the whole."""
    return opened(models_dir, request.param, shortcut=True), opened(models_dir, request.param, shortcut=False)


def assert_alike(found: list[LineText], expected: list[LineText]) -> None:
    assert [line.text for line in found] == [line.text for line in expected]
    for line, whole in zip(found, expected, strict=True):
        assert line.score == pytest.approx(whole.score, abs=0.01)
        for one, other in zip(line.glyphs, whole.glyphs, strict=True):
            assert one.position == other.position
            assert one.space_before == pytest.approx(other.space_before, abs=0.01)
            # A bracket is surer where a Chinese one is no choice, and nothing is less sure.
            assert one.probability > other.probability - 1e-3


def test_latin_lines_read_the_same(readers: tuple[Recogniser, Recogniser]) -> None:
    two, whole = readers
    lines = [drawn(text) for text in (LATIN, "0123456789", "+49 30 / 100% = $5 & (a) [b]", "Yours sincerely,", "x")]

    assert_alike(two.read(lines), whole.read(lines))
    assert LATIN in [line.text for line in two.read(lines)]


def test_lines_with_chinese_in_them_read_the_same(readers: tuple[Recogniser, Recogniser]) -> None:
    # Given lines of nothing else, with one character among Latin ones, and of Latin only, read together
    two, whole = readers
    lines = [drawn(text) for text in ("中田王木中", "田", f"{LATIN} 中 net", "No. 12田", LATIN, "王中 (2024): 3")]

    found = two.read(lines)

    assert_alike(found, whole.read(lines))
    assert "中" in found[0].text
    assert "中" in found[2].text
    assert found[4].text == LATIN


def test_many_lines_of_all_widths_read_the_same(readers: tuple[Recogniser, Recogniser]) -> None:
    # Given so much Chinese that it takes more than one block, and an empty line
    two, whole = readers
    lines = [drawn(("中田王木" * 6)[: 1 + i] + " ab" * (i % 4)) for i in range(18)]
    lines.append(np.full((LINE_HEIGHT, 100, 3), 255, np.uint8))

    assert_alike(two.read(lines), whole.read(lines))


def test_nothing_to_read_is_read(readers: tuple[Recogniser, Recogniser]) -> None:
    assert readers[0].read([]) == []


@pytest.mark.parametrize("model", MODELS)
def test_few_characters_are_common(models_dir: Path, model: str) -> None:
    names = characters(models_dir / model)

    found = {names[i] for i in common(names)}

    assert common(names)[[0, -1]].tolist() == [0, len(names) - 1]
    assert {*"aZ09ß§€£é°½±–“Ω→•✓ ", ""} <= found
    assert not found & {*"一中，：。１Ａ"}
    assert len(found) < len(names) / 8
