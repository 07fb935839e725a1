"""What a model's own description, `inference.yml`, says about the numbers that go in and come out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

#: The file's name in a model's folder.
_FILE: Final = "inference.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """What a network takes for a pixel of 0 to 1: how far it is from the mean, in deviations."""

    #: Of the pixels it was trained on, for each channel in the order in which it takes them: blue, green, red.
    means: tuple[float, float, float]
    deviations: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Of a network that finds text."""

    #: A pixel more probable than this is text,
    pixel_threshold: float
    #: and a region of them whose mean is at least this.
    region_threshold: float
    #: Regions were shrunk for its training: they grow by so many times their area over their circumference.
    growth: float
    #: Most regions of a page.
    most: int


def detection(folder: Path) -> Detection:
    """Reads the description of a network that finds text."""
    regions = _read(folder)["PostProcess"]
    return Detection(
        pixel_threshold=regions["thresh"],
        region_threshold=regions["box_thresh"],
        growth=regions["unclip_ratio"],
        most=regions["max_candidates"],
    )


def scaling(folder: Path) -> Scaling:
    """Reads how a network's pixels are scaled; those that read lines do not say it, and take them from -1 to 1."""
    steps = _read(folder)["PreProcess"]["transform_ops"]
    normal = next((step["NormalizeImage"] for step in steps if "NormalizeImage" in step), None)
    if normal is None:
        return Scaling(means=(0.5, 0.5, 0.5), deviations=(0.5, 0.5, 0.5))
    return Scaling(means=tuple(normal["mean"]), deviations=tuple(normal["std"]))


def characters(folder: Path) -> tuple[str, ...]:
    """What each number in the answer of a network that reads stands for: 0 for nothing, the last for a blank."""
    return "", *_read(folder)["PostProcess"]["character_dict"], " "


@cache  # asked twice when a model is opened
def _read(folder: Path) -> dict[str, Any]:
    # The loader in C, as there are up to 18,000 characters: a tenth of a second instead of two.
    with (folder / _FILE).open("rb") as file:
        description: dict[str, Any] = yaml.load(file, yaml.CSafeLoader)
    return description
