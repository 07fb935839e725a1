"""What networks are given on pages that are drawn for it, to measure the ranges of their numbers. No other data.

The same pages come out each time: print as scanners and cameras leave it, words written shakily, and the letters,
tables and receipts of `benchmarks.bench.rendered`.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

import matplotlib as mpl
import numpy as np
from PIL import Image

from benchmarks.bench.rendered import draw_sets
from ocr_worker import models
from ocr_worker.engine import crops
from ocr_worker.engine.description import characters, detection
from ocr_worker.engine.detector import Detector
from ocr_worker.engine.networks import Floats, Images, Network, open_network
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.recogniser import Recogniser
from ocr_worker.engine.steps import WholeAlphabet
from read_operations.settings import EngineName, Settings
from scripts.handwriting_pages import draw_page

Inputs = list[Images]
_T = TypeVar("_T")

_SEED: Final = 20_260_101
#: One in so many of the spoilt pages is written by hand, as far as slanted fonts can be.
_BY_HAND: Final = 4
#: There is one neat page of each kind for so many spoilt ones.
_NEAT: Final = 8
#: How wide lines are cut, page by page: twice as the engine cuts them at first, once as wide as they are.
_X_SCALES: Final = (crops.X_SCALE, crops.X_SCALE, crops.SECOND_X_SCALE)
#: What finds the lines for all networks that read.
_FINDER: Final = "PP-OCRv6_tiny_det"


class Recorder:
    """Keeps what a network is given. Implements `Network`."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.inputs: Inputs = []

    def __call__(self, images: Images, /) -> list[Floats]:
        """See `Network`."""
        self.inputs.append(images.copy())
        return self._network(images)


def inputs(name: str, settings: Settings, *, pages: int, most: int) -> Inputs:
    """What the network of that name is given on so many spoilt pages and some neat ones: at most so many arrays."""
    recorder = Recorder(_network(name, settings))
    if models.CATALOGUE[name].detects:
        finder = Detector(recorder, detection(models.verify(settings.models_dir, name)))
        for page in draw(pages):
            finder.find(page)
        return thinned(recorder.inputs, most)
    finder = Detector(_network(_FINDER, settings), detection(models.verify(settings.models_dir, _FINDER)))
    reader = Recogniser(WholeAlphabet(recorder), characters(models.verify(settings.models_dir, name)))
    for number, page in enumerate(draw(pages)):
        scale = _X_SCALES[number % len(_X_SCALES)]
        reader.read([crops.cut(page, corners, x_scale=scale) for corners in finder.find(page)])
    return thinned(recorder.inputs, most)


def draw(count: int) -> Iterator[Pixels]:
    """So many spoilt pages, and one neat page of each kind for every eight of them."""
    fonts = sorted(
        path
        for path in (Path(mpl.get_data_path()) / "fonts" / "ttf").glob("*.ttf")
        if path.name.startswith(("DejaVuS", "STIXGeneral"))
    )
    slanted = [path for path in fonts if "Ital" in path.name or "Oblique" in path.name]
    for number in range(count):
        rng = random.Random(_SEED + number)
        by_hand = number % _BY_HAND == _BY_HAND - 1
        yield draw_page(rng, slanted if by_hand else fonts, by_hand=by_hand)[0]
    with tempfile.TemporaryDirectory() as scratch:
        for each in draw_sets(Path(scratch), count // _NEAT):
            for page in each.pages if not each.is_pdf else ():
                with Image.open(page.path) as picture:
                    yield np.asarray(picture)


def thinned(items: Sequence[_T], most: int) -> list[_T]:
    """At most so many of them, spread evenly."""
    count = min(most, len(items))
    return [items[i * len(items) // count] for i in range(count)]


def _network(name: str, settings: Settings) -> Network:
    folder = models.verify(settings.models_dir, name)
    return open_network(folder, runtime=EngineName.OPENVINO, threads=1, precision="f32")
