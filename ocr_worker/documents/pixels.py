"""One form for every kind of picture: 8 bit, grey or blue-green-red, upright, on a ground."""

from __future__ import annotations

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


def plain(image: Image.Image) -> Image.Image:
    """The picture in mode L, LA, RGB or RGBA. It must be loaded."""
    mode = image.mode
    if mode == "F" or mode.startswith("I"):
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
    """The pixels of a plain picture, flattened and turned as its EXIF orientation (1 to 8) says."""
    array: npt.NDArray[np.uint8] = np.asarray(flattened(image))
    array = np.asarray(_turned(array, orientation), dtype=np.uint8)
    return array if array.ndim == 2 else np.asarray(cv2.cvtColor(array, cv2.COLOR_RGB2BGR), dtype=np.uint8)


def _full_scale(high: float) -> float:
    return next((scale for scale in _FULL_SCALES if high <= scale), high)


def flattened(image: Image.Image) -> Image.Image:
    """The picture without transparency: on white, or on black where bright text would be lost on white."""
    if "A" not in image.getbands():
        return image
    alpha = image.getchannel("A")
    opaque = image.convert("L" if image.mode == "LA" else "RGB")
    if alpha.getextrema()[0] == 255:
        return opaque
    visible = ImageStat.Stat(opaque.convert("L"), alpha)
    bright = visible.count[0] > 0 and visible.mean[0] > _BRIGHT
    ground = Image.new(opaque.mode, opaque.size, "black" if bright else "white")
    ground.paste(opaque, mask=alpha)
    return ground


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
