"""One form for every kind of picture: 8 bit, grey or red-green-blue, upright, on a ground."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageStat

from ocr_worker.engine.port import Pixels

#: Full scales in use. Cameras and scanners store 10, 12 or 14 bits in 16-bit words without saying so.
_FULL_SCALES: Final = (255, 1023, 4095, 16383, 65535)
#: What is visible is this bright on average: on white it would vanish.
_BRIGHT: Final = 200
#: Pixels that are worked on at a time where there are several steps: between them they stay in the CPU's cache.
_BAND: Final = 2**16
#: The modes that are not converted first, and how Pillow gives away their samples: colours in four bytes, as it stores
#: them itself, and so need not take them apart.
_RAW_MODES: Final = {"1": "L", "L": "L", "LA": "LA", "RGB": "RGBX", "RGBA": "RGBA"}


class _SeenThrough(Exception):
    """A picture is not opaque all over."""


def plain(image: Image.Image) -> Image.Image:
    """The picture in mode L, LA, RGB or RGBA. It must be loaded."""
    mode = image.mode
    if _is_deep(image):
        return Image.fromarray(grey(np.asarray(image)))
    if image.has_transparency_data:
        wanted = "LA" if mode in ("1", "L", "LA", "La") else "RGBA"
    elif mode == "LAB":
        return image.getchannel("L")  # Pillow has no way from LAB to RGB without a colour profile
    else:
        wanted = "L" if mode in ("1", "L") else "RGB"
    return image if mode == wanted else image.convert(wanted)


def grey(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Samples of more than 8 bits, or real numbers, as 8 bits: from black at 0 to white at their full scale."""
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:
        # A table, as arithmetic would need several times the memory of a large page.
        full = _full_scale(int(values.max()))
        table: npt.NDArray[np.uint8] = (np.arange(2**16) * (255 / full)).clip(0, 255).astype(np.uint8)
        return np.asarray(table[values])
    samples = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=65535.0, neginf=0.0)
    low, high = float(samples.min()), float(samples.max())
    if low < 0:
        samples -= low
        full = high - low
    elif values.dtype.kind == "f" and high <= 1:
        full = 1.0
    else:
        full = _full_scale(high)
    samples *= 255 / full
    return samples.clip(0, 255).astype(np.uint8)


def upright(image: Image.Image, orientation: int) -> Pixels:
    """The pixels of a loaded picture, flattened and turned as its EXIF orientation (1 to 8) says."""
    if image.has_transparency_data or _is_deep(image) or image.mode == "LAB":
        image = plain(image)
    try:
        pixels = _pixels(image)
    except _SeenThrough:
        pixels = _pixels(_flattened(image))
    return np.asarray(_turned(pixels, orientation), np.uint8)


def opaque(samples: Pixels, orientation: int) -> Pixels | None:
    """The pixels of a picture, turned as its EXIF orientation says; None if not all of it is opaque.

    Args:
        samples: rows by columns by one channel, or those of RGB or RGBA.
        orientation: from 1 to 8.
    """
    height, width, *channels = samples.shape

    def part(rows: slice) -> Pixels:
        _check_opaque(samples[rows])
        return samples[rows]

    try:
        pixels = assembled(height, width, part, cv2.COLOR_RGBA2RGB) if channels == [4] else narrowed(samples)
    except _SeenThrough:
        return None
    return np.asarray(_turned(pixels, orientation), np.uint8)


def narrowed(samples: Pixels) -> Pixels:
    """Samples of one channel or of RGB, as one plane where all is grey."""
    height, width, *channels = samples.shape
    if channels in ([], [1]):
        return samples.reshape(height, width)
    one = _all_grey(height, width, lambda rows: samples[rows])
    return samples if one is None else one


def assembled(height: int, width: int, part: Callable[[slice], Pixels], to_rgb: int) -> Pixels:
    """The pixels of a picture of that size: in one channel where all is grey, as most letters are, else red-green-blue.

    What is read of the one is equal to what is read of the other, and takes less.

    Args:
        height: of the picture.
        width: of the picture.
        part: gives the pixels of some of its rows: grey, or in channels of which the first three are its colours.
        to_rgb: OpenCV's number of the way from these channels to red-green-blue.
    """
    if (one := _all_grey(height, width, part)) is not None:
        return one
    pixels = np.empty((height, width, 3), np.uint8)
    for rows in _bands(height, width):
        cv2.cvtColor(part(rows), to_rgb, dst=pixels[rows])
    return pixels


def _all_grey(height: int, width: int, part: Callable[[slice], Pixels]) -> Pixels | None:
    """What `assembled` makes of a picture without colour; None of any other."""
    one = np.empty((height, width), np.uint8)
    for rows in _bands(height, width):
        plane = _plane_of_grey(part(rows))
        if plane is None:
            return None
        one[rows] = plane
    return one


def _plane_of_grey(pixels: Pixels) -> Pixels | None:
    """The one channel that pixels without colour need; None if they have colour."""
    if pixels.ndim == 2:
        return pixels
    one, green, other, *_ = cv2.split(pixels)
    return np.asarray(green, np.uint8) if np.array_equal(one, green) and np.array_equal(green, other) else None


def _is_deep(image: Image.Image) -> bool:
    """Whether its samples are of more than 8 bits, or real numbers: it takes all of them to know their scale."""
    return image.mode == "F" or image.mode.startswith("I")


def _full_scale(high: float) -> float:
    return next((scale for scale in _FULL_SCALES if high <= scale), high)


def _flattened(image: Image.Image) -> Image.Image:
    """A picture in mode LA or RGBA on white, or on black where bright text would be lost on white."""
    alpha = image.getchannel("A")
    colours = image.convert("L" if image.mode == "LA" else "RGB")
    visible = ImageStat.Stat(colours.convert("L"), alpha)
    bright = visible.count[0] > 0 and visible.mean[0] > _BRIGHT
    ground = Image.new(colours.mode, colours.size, "black" if bright else "white")
    ground.paste(colours, mask=alpha)
    return ground


def _pixels(image: Image.Image) -> Pixels:
    """The pixels of a picture in any mode whose samples have 8 bits.

    Raises:
        _SeenThrough: not all of it is opaque.
    """
    width, height = image.size
    mode = image.mode if image.mode in _RAW_MODES else "RGB"

    def part(rows: slice) -> Pixels:
        # Asked for all at once, Pillow copies each pixel three times through memory.
        band = image.crop((0, rows.start, width, rows.stop))
        samples = (band if band.mode == mode else band.convert(mode)).tobytes("raw", _RAW_MODES[mode])
        pixels = np.frombuffer(samples, np.uint8).reshape(rows.stop - rows.start, width, -1)
        if mode.endswith("A"):
            _check_opaque(pixels)
        return pixels if mode.startswith("RGB") else pixels[..., 0]

    return assembled(height, width, part, cv2.COLOR_RGBA2RGB)


def _check_opaque(samples: Pixels) -> None:
    """Looks at the last of two or four channels."""
    channels = samples.shape[2]
    # A pixel as one number, whose highest byte is that channel: to pick it out would take five times as long.
    common = int(np.bitwise_and.reduce(samples.view(f"<u{channels}"), axis=None))
    if common >> 8 * (channels - 1) < 255:
        raise _SeenThrough


def _bands(height: int, width: int) -> Iterator[slice]:
    """The rows of a picture, some at a time."""
    step = max(_BAND // width, 1)
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def _turned(array: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[Any]:
    match orientation:
        case 2:
            return cv2.flip(array, 1)
        case 3:
            return cv2.rotate(array, cv2.ROTATE_180)
        case 4:
            return cv2.flip(array, 0)
        case 5:
            return cv2.transpose(array)
        case 6:
            return cv2.rotate(array, cv2.ROTATE_90_CLOCKWISE)
        case 7:
            return cv2.flip(cv2.transpose(array), -1)
        case 8:
            return cv2.rotate(array, cv2.ROTATE_90_COUNTERCLOCKWISE)
        case _:
            return array
