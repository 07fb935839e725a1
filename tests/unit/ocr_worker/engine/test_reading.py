"""Pages drawn here, read by the real networks."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_worker.cpu import read_flags
from ocr_worker.engine import load_engine
from ocr_worker.engine.line_text import Glyph, LineText
from ocr_worker.engine.port import Engine, Pixels, Reading
from ocr_worker.engine.precisions import precision_for
from ocr_worker.engine.reader import believable
from ocr_worker.models import ModelMissing
from read_operations.records import ReadingOrder
from read_operations.settings import EngineName, Mode, Settings
from tests.unit.ocr_worker.engine.drawing import DrawnPage, draw_page, overlap

CASCADE = ("PP-OCRv6_tiny_det", "PP-OCRv6_small_det", "PP-OCRv6_tiny_rec", "PP-OCRv6_small_rec")


def text(reading: Reading) -> str:
    return "\n".join(line.text for line in reading.lines)


def assert_words_lie_where_they_were_drawn(reading: Reading, page: DrawnPage, *, at_least: float = 0.6) -> None:
    found = [word for line in reading.lines for word in line.words]
    assert [word.text for word in found] == [word.text for word in page.words]
    overlaps = [
        overlap(np.array(word.box).reshape(4, 2), drawn.corners) for word, drawn in zip(found, page.words, strict=True)
    ]
    assert sum(overlaps) / len(overlaps) > at_least
    # And each starts at the corner that is the text's top-left, not the page's.
    for word, drawn in zip(found, page.words, strict=True):
        distances = np.linalg.norm(drawn.corners - np.array(word.box[:2]), axis=1)
        assert distances.argmin() == 0


def test_reads_the_lines_of_a_letter(engine: Engine) -> None:
    page = draw_page(font_px=40, size=(1300, 900))

    reading = engine.read(page.image, ReadingOrder.BASIC)

    assert text(reading) == page.text
    assert reading.angle == pytest.approx(0, abs=0.3)
    assert_words_lie_where_they_were_drawn(reading, page)
    assert all(0.5 < word.confidence <= 1 for line in reading.lines for word in line.words)
    assert all(line.handwriting is not None and line.handwriting < 0.5 for line in reading.lines)


def test_a_page_in_one_channel_reads_as_in_three(engine: Engine) -> None:
    page = draw_page(font_px=40, size=(1300, 900))

    grey = engine.read(np.ascontiguousarray(page.image[:, :, 1]), ReadingOrder.BASIC)

    assert grey == engine.read(page.image, ReadingOrder.BASIC)
    assert text(grey) == page.text


@pytest.mark.parametrize("degrees", [3, -7, 90, 180, -90, 93])
def test_reads_pages_however_they_lie(engine: Engine, degrees: float) -> None:
    page = draw_page(font_px=40, size=(1300, 900)).turned(degrees)

    reading = engine.read(page.image, ReadingOrder.BASIC)

    assert text(reading) == page.text
    difference = (reading.angle - degrees + 180) % 360 - 180
    assert difference == pytest.approx(0, abs=0.5)
    assert -180 < reading.angle <= 180
    assert_words_lie_where_they_were_drawn(reading, page, at_least=0.5)


def test_reads_the_rows_of_a_table_whose_columns_look_like_lines(engine: Engine) -> None:
    # Given columns of numbers that are nearer to those below than to those beside them
    page = Image.new("L", (1700, 2200), 250)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size=40)
    numbers = [str(number) for number in range(11, 95)]
    for place, number in enumerate(numbers):
        draw.text((150 + place % 3 * 480, 150 + place // 3 * 46), number, fill=10, font=font)

    reading = engine.read(np.asarray(page), ReadingOrder.BASIC)

    found = [word.text for line in reading.lines for word in line.words]
    assert len(set(found) & set(numbers)) >= 0.9 * len(numbers)
    assert reading.angle == 0


def test_reads_a_line_that_runs_up_the_margin_of_an_upright_page(engine: Engine) -> None:
    # Given a page, and in its margin a line turned by a quarter
    page = draw_page(font_px=40, size=(1300, 1000), start=(200, 80))
    margin = draw_page(("Archive copy 2024",), font_px=36, size=(700, 80), start=(20, 20)).turned(-90)
    image = page.image.copy()
    image[150:850, 20:100] = margin.image[:700, :80]

    reading = engine.read(image, ReadingOrder.BASIC)

    assert "Archive copy 2024" in text(reading).splitlines()
    assert all(line in text(reading).splitlines() for line in page.text.splitlines())
    assert reading.angle == pytest.approx(0, abs=0.3)


def test_an_answer_sheet_full_of_single_digits_stands_upright(engine: Engine) -> None:
    # Given twenty questions and beside each eight digits far apart, every one of them higher than wide
    sheet = Image.new("L", (1300, 1700), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=36)
    for row in range(20):
        draw.text((60, 100 + row * 75), f"Question {row + 1}", fill="black", font=font)
        for column in range(8):
            draw.text((420 + column * 105, 100 + row * 75), str((row + column) % 9 + 1), fill="black", font=font)

    reading = engine.read(np.repeat(np.array(sheet)[..., None], 3, axis=2), ReadingOrder.BASIC)

    assert reading.angle == pytest.approx(0, abs=1)
    assert reading.lines[0].text == "Question 1"
    for line in reading.lines:
        (x1, y1), (x2, y2) = line.box[:2], line.box[2:4]
        assert x2 > x1
        assert abs(y2 - y1) < 8


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_blank_page_has_no_lines(engine: Engine, shade: int) -> None:
    reading = engine.read(np.full((1000, 800, 3), shade, np.uint8), ReadingOrder.BASIC)

    assert reading == Reading(angle=0, lines=())


def draw_pattern(name: str) -> Pixels:
    """A page without text, in grey."""
    y, x = np.mgrid[:1000, :800]
    dots = np.hypot(x % 24 - 12, y % 24 - 12)
    from_middle = np.hypot(x - 400, y - 500)
    patterns: dict[str, npt.NDArray[np.float64]] = {
        "gradient": x / 4,
        "checks": (x // 80 + y // 80) % 2 * 255,
        "stripes": x // 60 % 2 * 255,
        "bar": (np.abs(x - 400) > 70) * 255,
        "halftone": (dots > from_middle / 50) * 255,
        "waves": 128 + 127 * np.sin(x / 90) * np.sin(y / 70),
        "rings": 128 + 127 * np.sin(from_middle / 40),
        "ring": (np.abs(from_middle - 300) > 20) * 255,
        "disc": (from_middle > 300) * 255,
        "triangle": (np.abs(x - 400) * 2 > y - 150) * 255 | (y > 850) * 255,
    }
    return patterns[name].astype(np.uint8)


@pytest.mark.parametrize(
    "name",
    ["gradient", "checks", "stripes", "bar", "halftone", "waves", "rings", "ring", "disc", "triangle"],
)
def test_nothing_is_invented_from_patterns(engine: Engine, name: str) -> None:
    assert engine.read(draw_pattern(name), ReadingOrder.BASIC).lines == ()


@pytest.mark.parametrize("letters", ["GO", "42"])
def test_reads_letters_that_fill_a_page(engine: Engine, letters: str) -> None:
    page = draw_page((letters,), size=(2000, 2200), font_px=1300, start=(150, 300))

    assert text(engine.read(page.image, ReadingOrder.BASIC)) == letters


def test_nothing_is_invented_from_noise(engine: Engine) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (800, 600, 3), np.uint8)

    assert engine.read(noise, ReadingOrder.NATURAL).lines == ()


def test_reads_the_smallest_image_taken(engine: Engine) -> None:
    page = draw_page(("Hi",), size=(50, 50), font_px=28, start=(10, 8))

    assert text(engine.read(page.image, ReadingOrder.BASIC)) == "Hi"


def test_reads_a_line_much_longer_than_the_networks_see(engine: Engine) -> None:
    sentence = "The quick brown fox jumps over the lazy dog."
    page = draw_page((" ".join([sentence] * 14),), size=(10_000, 60), font_px=32, start=(20, 12))

    reading = engine.read(page.image, ReadingOrder.BASIC)

    assert text(reading).replace("\n", " ").count(sentence) >= 12


@pytest.mark.parametrize("shape", [(50, 10_000), (10_000, 50), (1, 1), (31, 2000)])
def test_odd_shapes_do_no_harm(engine: Engine, shape: tuple[int, int]) -> None:
    assert engine.read(np.full((*shape, 3), 255, np.uint8), ReadingOrder.BASIC).lines == ()


def test_reads_the_largest_image_taken(engine: Engine) -> None:
    page = draw_page(font_px=300, size=(10_000, 10_000), start=(500, 500))

    reading = engine.read(page.image, ReadingOrder.BASIC)

    assert text(reading) == page.text
    assert_words_lie_where_they_were_drawn(reading, page)


def test_takes_a_second_look_when_text_is_small_on_a_large_page(engine: Engine) -> None:
    # Given lines that the detector sees five pixels high
    page = draw_page(font_px=32, size=(8000, 700), start=(400, 60))

    reading = engine.read(page.image, ReadingOrder.BASIC)

    assert text(reading) == page.text


def test_refuses_to_read_in_another_thread(engine: Engine) -> None:
    errors: list[Exception] = []

    def read() -> None:
        try:
            engine.read(np.full((50, 50, 3), 255, np.uint8), ReadingOrder.BASIC)
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()

    assert "process and thread" in str(errors[0])


def test_says_what_it_runs_on(engine: Engine) -> None:
    assert engine.info.runtime == "openvino"
    assert engine.info.models.keys() == {"PP-OCRv6_tiny_det", "PP-OCRv6_tiny_rec"}


@pytest.mark.parametrize(
    ("name", "mode", "flags", "models"),
    [
        (EngineName.OPENVINO, Mode.ACCURATE, "avx2", ("PP-OCRv6_small_det", "PP-OCRv6_small_rec")),
        (EngineName.OPENVINO, Mode.CASCADE, "avx2", CASCADE),
        (EngineName.OPENVINO, Mode.CASCADE, "avx2 avx512_vnni", CASCADE),
        (EngineName.ONNXRUNTIME, Mode.FAST, None, ("PP-OCRv6_tiny_det", "PP-OCRv6_tiny_rec")),
        (EngineName.ONNXRUNTIME, Mode.CASCADE, None, CASCADE),
    ],
)
def test_every_runtime_and_mode_reads(
    models_dir: Path, name: EngineName, mode: Mode, flags: str | None, models: tuple[str, ...]
) -> None:
    page = draw_page(font_px=40, size=(1300, 900))

    other = load_engine(Settings(models_dir=models_dir, engine=name, mode=mode, cpu_flags=flags))

    reading = other.read(page.image, ReadingOrder.BASIC)
    assert text(reading) == page.text
    assert_words_lie_where_they_were_drawn(reading, page)
    assert other.info.runtime == name.value
    expected = [precision_for(name, mode, model, read_flags(flags)) for model in models]
    assert other.info.models == dict(zip(models, expected, strict=True))


@pytest.fixture(scope="module")
def cascade(models_dir: Path) -> Engine:
    return load_engine(Settings(models_dir=models_dir, mode=Mode.CASCADE))


def test_the_cascade_reads_lines_that_its_quick_network_cannot(engine: Engine, cascade: Engine) -> None:
    # Given a page so faint and noisy that the quick network misreads most of it
    page = draw_page(font_px=36, size=(1300, 900))
    noise = np.random.default_rng(3).normal(0, 45, page.image.shape[:2])[..., None]
    image = np.clip(page.image * 0.35 + 83 + noise, 0, 255).astype(np.uint8)

    def lines_right(reader: Engine) -> int:
        return len(set(page.text.splitlines()) & set(text(reader.read(image, ReadingOrder.BASIC)).splitlines()))

    assert lines_right(cascade) > lines_right(engine) + 1


@pytest.mark.parametrize("degrees", [0, 90])
def test_words_that_the_cascade_reads_again_lie_where_they_were_drawn(cascade: Engine, degrees: float) -> None:
    # Given lines with numbers, which it reads again, on a page that lies either way
    lines = ("Paid 58213 to 4471 on 2024", "Owed 600 of 8000 to 915 people", "Nothing else was left to say")
    page = draw_page(lines, font_px=40, size=(1300, 900)).turned(degrees)

    reading = cascade.read(page.image, ReadingOrder.BASIC)

    assert text(reading) == page.text
    assert reading.angle == pytest.approx(degrees, abs=0.5)
    assert_words_lie_where_they_were_drawn(reading, page)


@pytest.mark.parametrize(
    ("score", "length", "believed"),
    [(0.75, 1, False), (0.85, 1, True), (0.55, 30, True), (0.45, 30, False), (1, 0, False)],
)
def test_short_lines_need_a_better_score(score: float, length: int, believed: bool) -> None:
    assert believable(LineText.of(Glyph("a", 0.5, score) for _ in range(length))) is believed


def test_missing_models_are_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"PP-OCRv6_small_det .*readfleet models"):
        load_engine(Settings(models_dir=tmp_path, mode=Mode.ACCURATE))
