"""The shapes of what networks are given: each that is new costs time and memory, so there are few, whatever comes."""

from __future__ import annotations

import random

import numpy as np

from ocr_worker.engine.crops import LINE_HEIGHT
from ocr_worker.engine.description import Detection
from ocr_worker.engine.detector import Detector
from ocr_worker.engine.networks import Floats, Images
from ocr_worker.engine.recogniser import Recogniser
from ocr_worker.engine.steps import WholeAlphabet

MODEL = Detection(
    pixel_threshold=0.2,
    region_threshold=0.5,
    growth=1.5,
    most=1000,
)
PAGES = 400


class Recording:
    """A network that finds nothing, and notes the shapes it was given."""

    def __init__(self, *, answers: int | None = None) -> None:
        self.shapes: set[tuple[int, ...]] = set()
        self._answers = answers

    def __call__(self, images: Images, /) -> list[Floats]:
        self.shapes.add(images.shape)
        count, height, width, _ = images.shape
        if self._answers is None:
            return [np.zeros((count, 1, height, width), np.float32)]
        return [np.zeros((count, width // 8, self._answers), np.float32)]


def test_pages_of_hundreds_of_sizes_have_few_shapes() -> None:
    # Given pages of all sizes, among them strips
    chance = random.Random(5)
    network = Recording()
    detector = Detector(network, MODEL)
    sizes = {(chance.randint(50, 3500), chance.randint(50, 2500)) for _ in range(PAGES)} | {(60, 9000), (9000, 300)}
    # When they are searched for lines
    for height, width in sizes:
        detector.find(np.full((height, width, 3), 255, np.uint8))
    # Then no side is longer than a tile's, all are multiples of 64, and most shapes come again and again
    assert all(side % 64 == 0 and 64 <= side <= 1280 for shape in network.shapes for side in shape[1:3])
    assert len(network.shapes) < len(sizes) / 4


def test_lines_of_all_widths_have_few_shapes() -> None:
    network = Recording(answers=3)
    recogniser = Recogniser(WholeAlphabet(network), ("", "a", " "))

    for width in range(1, 4000, 3):
        recogniser.read([np.full((LINE_HEIGHT, width, 3), 255, np.uint8)])

    assert {(shape[0], shape[1], shape[3]) for shape in network.shapes} == {(1, LINE_HEIGHT, 3)}
    assert 30 < len(network.shapes) < 50


def test_any_number_of_lines_is_read_in_few_shapes() -> None:
    network = Recording(answers=3)
    recogniser = Recogniser(WholeAlphabet(network), ("", "a", " "))

    for count in range(1, 40):
        for width in (60, 250, 800):
            texts = recogniser.read([np.full((LINE_HEIGHT, width), 255, np.uint8)] * count)
            assert len(texts) == count

    assert {(shape[0], shape[2]) for shape in network.shapes} == {
        *((count, 64) for count in (1, 2, 4, 8)),
        *((count, 256) for count in (1, 2)),
        (1, 832),
    }


def test_what_is_read_together_is_read_as_if_alone() -> None:
    # Given a network that answers with the mean of each line
    def network(images: Images, /) -> list[Floats]:
        answer = np.zeros((len(images), 2, 5), np.float32)
        means = (images - 127.0).mean(axis=(1, 2, 3)) * images.shape[2] / 127
        answer[range(len(images)), 0, means.round().astype(int) % 5] = 1
        return [answer]

    recogniser = Recogniser(WholeAlphabet(network), ("", "a", "b", "c", " "))
    lines = [np.full((LINE_HEIGHT, 20 + 9 * (i % 31)), 128 + i, np.uint8) for i in range(100)]

    assert recogniser.read(lines) == [recogniser.read([line])[0] for line in lines]
