"""Finds the weights by which `ocr_worker.engine.style` tells handwriting from print, and writes them.

Learns from pages that it draws itself, in fonts that `sh scripts/fetch_fonts.sh FOLDER` fetches, and from nothing else:

    python -m scripts.train_handwriting FOLDER [PAGES]

Lines are found by the detector and cut as a worker cuts them. A quarter of the fonts is held out in turn; from their
lines comes the bias, so that one line of print in a hundred is taken for handwriting, and that of the first look, so
that it loses one in a hundred of the handwritten lines that are found. Takes about ten minutes.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr_worker import cpu, models
from ocr_worker.engine import crops
from ocr_worker.engine.description import detection
from ocr_worker.engine.detector import Detector
from ocr_worker.engine.isolation import isolated
from ocr_worker.engine.networks import open_network
from ocr_worker.engine.style import FIRST, measures, scaled
from read_operations.settings import EngineName, Settings
from scripts.handwriting_pages import draw_page

_TARGET: Final = Path(__file__).parents[1] / "ocr_worker" / "engine" / "style_weights.py"
_SEED: Final = 20_260_101
_PAGES: Final = 240
_FOLDS: Final = 4
#: So much of print may be taken for handwriting.
_FALSE_ALARMS: Final = 0.01
#: So much of the handwriting that is found may the first look lose.
_LOST: Final = 0.01
_PENALTY: Final = 0.01
_STEPS: Final = 30
#: Signs, ornaments, and script types that nobody could say a machine or a hand about.
_LEFT_OUT: Final = re.compile(
    r"Z003|D050000|StandardSymbols|chorus|SymbolsInitials|Biolinum_K|math|Hairline|Keyboard|Initial", re.IGNORECASE
)

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Model:
    means: _Floats
    deviations: _Floats
    weights: _Floats
    bias: float

    def scores(self, samples: _Floats) -> _Floats:
        return np.asarray(scaled(samples, self.means, self.deviations) @ self.weights + self.bias)


def main(folder: Path, pages: int) -> None:
    """Draws, measures, fits, and writes the weights."""
    samples, hands, fonts = _samples(folder, pages)
    scores = _scores_held_out(samples, hands, fonts)
    threshold = float(np.quantile(scores[~hands], 1 - _FALSE_ALARMS))
    found = hands & (scores >= threshold)
    print(f"{len(samples)} lines; of handwriting in fonts held out, {found.sum() / hands.sum():.1%} is found")
    firsts = samples[:, :FIRST]
    first_scores = _scores_held_out(firsts, hands, fonts)
    first_threshold = float(np.quantile(first_scores[found], _LOST))
    print(f"of print, {np.mean(first_scores[~hands] >= first_threshold):.1%} takes more than a first look")
    _TARGET.write_text(_module(_fitted(samples, hands), threshold, _fitted(firsts, hands), first_threshold))


def _scores_held_out(samples: _Floats, hands: npt.NDArray[np.bool_], fonts: npt.NDArray[np.str_]) -> _Floats:
    """The score of each line by a model that has not seen its font."""
    order = np.random.default_rng(_SEED).permutation(np.unique(fonts))
    scores = np.zeros(len(samples))
    for fold in range(_FOLDS):
        held_out = np.isin(fonts, order[fold::_FOLDS])
        scores[held_out] = _fitted(samples[~held_out], hands[~held_out]).scores(samples[held_out])
    return scores


def _samples(folder: Path, pages: int) -> tuple[_Floats, npt.NDArray[np.bool_], npt.NDArray[np.str_]]:
    """Measures of every line, whether it is handwriting, and the font its page began with."""
    fonts = {by_hand: list(_fonts(folder / ("hand" if by_hand else "print"))) for by_hand in (False, True)}
    detector = _detector()
    found: list[tuple[list[float], bool, str]] = []
    for number in range(pages):
        rng = random.Random(_SEED + number)
        by_hand = number % 2 == 1
        image, font = draw_page(rng, fonts[by_hand], by_hand=by_hand)
        for corners in detector.find(image):
            scale = rng.choice((crops.X_SCALE, crops.SECOND_X_SCALE))
            measured = measures(crops.cut(image, corners, x_scale=scale))
            if measured is not None:
                found.append((measured, by_hand, font.name))
    return (
        np.array([measured for measured, _, _ in found]),
        np.array([by_hand for _, by_hand, _ in found]),
        np.array([name for _, _, name in found]),
    )


def _fonts(folder: Path) -> Iterator[Path]:
    """One file for each name; of a web font, the one with the Latin letters."""
    by_name = {path.name: path for path in sorted(folder.rglob("*")) if path.suffix.lower() in (".ttf", ".otf")}
    by_name |= {path.name: path for path in sorted(folder.rglob("*-latin-400-normal.woff"))}
    return (path for name, path in sorted(by_name.items()) if not _LEFT_OUT.search(name))


def _detector() -> Detector:
    settings = Settings()
    cpu.limit_threads(1)
    cv2.setNumThreads(1)
    name = models.names_for(settings.engine, settings.mode)[0]
    folder = models.verify(settings.models_dir, name)
    with isolated():
        network = open_network(folder, runtime=EngineName.OPENVINO, threads=1, precision="f32")
    return Detector(network, detection(folder))


def _fitted(samples: _Floats, hands: npt.NDArray[np.bool_]) -> _Model:
    """Logistic regression by Newton's method, both kinds weighing the same."""
    means, deviations = samples.mean(axis=0), samples.std(axis=0) + 1e-9
    factors = np.hstack((scaled(samples, means, deviations), np.ones((len(samples), 1))))
    importance = np.where(hands, 0.5 / hands.mean(), 0.5 / (~hands).mean()) / len(hands)
    penalty = np.full(factors.shape[1], _PENALTY)
    penalty[-1] = 0
    weights = np.zeros(factors.shape[1])
    for _ in range(_STEPS):
        probable = 1 / (1 + np.exp(-factors @ weights))
        slope = factors.T @ (importance * (probable - hands)) + penalty * weights
        bend = (factors * (importance * probable * (1 - probable))[:, None]).T @ factors + np.diag(penalty + 1e-9)
        weights -= np.linalg.solve(bend, slope)
    return _Model(means, deviations, weights[:-1], float(weights[-1]))


def _module(model: _Model, threshold: float, first: _Model, first_threshold: float) -> str:
    def row(name: str, values: Sequence[float]) -> str:
        return f"{name}: Final = (\n" + "".join(f"    {value:.6g},\n" for value in values) + ")\n"

    return (
        '"""Weights of `style`. Written by scripts/train_handwriting.py."""\n\n'
        "from __future__ import annotations\n\nfrom typing import Final\n\n"
        + row("MEANS", model.means.tolist())
        + row("DEVIATIONS", model.deviations.tolist())
        + row("WEIGHTS", model.weights.tolist())
        + f"BIAS: Final = {model.bias - threshold:.6g}\n"
        + row("FIRST_WEIGHTS", first.weights.tolist())
        + f"FIRST_BIAS: Final = {first.bias - first_threshold:.6g}\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else _PAGES)
