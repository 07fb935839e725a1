"""What every engine does: the pixels of a page in, its lines out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from read_operations.records import Line, ReadingOrder

#: 8 bit: height x width x 3, red-green-blue; or height x width where everything is grey.
Pixels = npt.NDArray[np.uint8]


def plane(image: Pixels) -> npt.NDArray[np.uint8]:
    """What stands for an image in one channel without any work: the grey, or the green, in which text differs most."""
    return image if image.ndim == 2 else image[:, :, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of one image: boxes in its pixels, lines in reading order."""

    #: Clockwise turn of the text in degrees, in (-180, 180].
    angle: float
    lines: tuple[Line, ...]
    #: Seconds of it that were spent on finding lines.
    detection_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """What an engine runs on, for logs and metrics."""

    runtime: str
    #: Model name and the precision it runs in, such as {"PP-OCRv6_small_rec": "f32"}.
    models: dict[str, str]


class Engine(Protocol):
    """Reads page images, one at a time, in the process and thread that loaded it."""

    @property
    def info(self) -> EngineInfo:
        """What it runs on."""
        ...

    def read(self, image: Pixels, order: ReadingOrder) -> Reading:
        """Reads one page image."""
        ...
