"""Decoding the commonest kinds of PNG and JPEG: PNG in a third of the time that Pillow takes, JPEG in two thirds."""

from __future__ import annotations

import os
from typing import Final

import kornia_rs
import numpy as np
from PIL import ImageFile

from ocr_worker.engine.port import Pixels

#: What the decoder calls the modes it gives, whose samples have eight bits.
_MODES: Final = {"L": "mono", "RGB": "rgb", "RGBA": "rgba"}
#: By what a PNG may be turned, if it stands behind the pixels: Pillow reads it from there.
_TURNING: Final = (b"eXIf", b"exif\0", b"Raw profile type", b"XML:com.adobe.xmp")
#: The decoder wants a file whole, and keeps Python's lock: other threads wait for it, the one too that watches the
#: memory it takes. An A4 page at 600 dpi is within this.
_MOST_BYTES: Final = 2**24
_MOST_PIXELS: Final = 40_000_000


def samples(image: ImageFile.ImageFile) -> Pixels | None:
    """The samples of an image that was opened, not loaded: rows by columns by one channel, or those of RGB or RGBA.

    None where it is left to Pillow: rarer kinds, huge ones, and damaged ones, as Pillow knows better what is wrong.
    Damage to a PNG is detected by the checksums of its chunks; the decoder does not check the Adler-32 of the
    decompressed samples.
    """
    decode = {"PNG": _png, "JPEG": _jpeg}.get(image.format or "")
    if decode is None or not _is_common(image) or (data := _file(image)) is None:
        return None
    try:
        found = decode(image, data)
    except Exception as error:
        if type(error) is Exception:  # so the decoder raises what is wrong with an image
            return None
        raise
    return found if found is not None and found.shape[1::-1] == image.size else None


def _is_common(image: ImageFile.ImageFile) -> bool:
    """Whether the decoder gives the samples as Pillow would, and soon."""
    return (
        image.mode in _MODES
        and image.width * image.height <= _MOST_PIXELS
        # A PNG may have fewer bits to a sample, or more; a broken one has no pixels.
        and [tile.args for tile in image.tile] in ([image.mode], [(image.mode, "")])
        and "transparency" not in image.info
        and not getattr(image, "is_animated", False)
    )


def _file(image: ImageFile.ImageFile) -> bytes | None:
    """The image's file, if it is not too large."""
    if (file := image.fp) is None:
        return None
    # Pillow goes on reading where it was.
    at = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    data = file.read() if size <= _MOST_BYTES else None
    file.seek(at)
    return data


def _png(image: ImageFile.ImageFile, data: bytes) -> Pixels | None:
    if any(data.find(mark, image.tile[0].offset) >= 0 for mark in _TURNING):
        return None
    columns, rows = image.size
    return np.asarray(kornia_rs.io.decode_image_png_u8(data, (rows, columns), _MODES[image.mode]), np.uint8)


def _jpeg(image: ImageFile.ImageFile, data: bytes) -> Pixels | None:
    return np.asarray(kornia_rs.io.decode_image_jpegturbo(data, _MODES[image.mode]), np.uint8)
