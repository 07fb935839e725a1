"""Pillow on a leash: one format at a time, our limits in place of its own, its many errors as one."""

from __future__ import annotations

import contextlib
import logging
import lzma
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Final

import cv2
import numpy as np

# Named so that opening a file need not import every format that Pillow knows.
from PIL import BmpImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from ocr_worker.documents.limits import fitted
from ocr_worker.documents.page_image import PageImage
from ocr_worker.documents.pixels import narrowed, opaque, plain, upright
from ocr_worker.documents.quick_decoding import samples
from ocr_worker.engine.port import Pixels
from read_operations.errors import DocumentDamaged, PageFailed, StorageUnavailable
from read_operations.limits import check_sides
from read_operations.records import Format, Unit
from read_operations.settings import Settings

_PLUGINS: Final = {
    Format.JPEG: JpegImagePlugin.JpegImageFile.format,
    Format.PNG: PngImagePlugin.PngImageFile.format,
    Format.BMP: BmpImagePlugin.BmpImageFile.format,
    Format.TIFF: TiffImagePlugin.TiffImageFile.format,
}
#: What Pillow is known to raise on hostile bytes. Listed, as `Exception` would swallow the worker's time limit.
DECODER_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    Image.DecompressionBombError,
)
_ORIENTATION: Final = 0x0112
#: Modes whose samples can be averaged as they are.
_SCALABLE: Final = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "I", "F"})

# What it logs of a broken file, the file's error says better.
logging.getLogger("PIL").setLevel(logging.CRITICAL)


@contextlib.contextmanager
def stored(path: Path) -> Iterator[IO[bytes]]:
    """The document's file. That it is missing is no fault of the document, and its path is nobody's business.

    Raises:
        StorageUnavailable: it cannot be opened, or its bytes cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise StorageUnavailable(f"The stored document could not be read: {error.strerror}.") from error


@contextlib.contextmanager
def opened(file: IO[bytes], format: Format) -> Iterator[ImageFile.ImageFile]:
    """The image whose header the file starts with; whatever Pillow raises within the context means damage.

    Raises:
        DocumentDamaged: the image cannot be decoded.
        PageFailed: there is not enough memory to decode it.
    """
    try:
        with _our_limits(), Image.open(file, formats=[_PLUGINS[format] or ""]) as image:
            yield image
    except MemoryError as error:
        raise PageFailed("Decoding the image takes more memory than the worker has. Send it smaller.") from error
    except DECODER_ERRORS as error:
        raise DocumentDamaged(
            f"The {format.value.upper()} image is damaged, incomplete or of an unsupported kind. "
            "Open it in a viewer to check it, and send it again whole."
        ) from error


def decoded(
    image: ImageFile.ImageFile,
    settings: Settings,
    *,
    stretch: tuple[float, float] = (1, 1),
    negative: bool = False,
    soon: bool = True,
) -> PageImage:
    """The page that an opened image shows.

    Args:
        image: opened, not loaded yet.
        settings: for the limits of its sides.
        stretch: factors across and down that make its pixels square.
        negative: its samples are high where it is dark, and Pillow leaves them so.
        soon: whether it is decoded so soon that other threads may wait for it.

    Raises:
        DimensionOutOfRange: a side is too short or too long.
    """
    width, height = image.size
    check_sides(width, height, settings)
    square = width * stretch[0], height * stretch[1]
    pixels, orientation = (_quickly(image, square) if soon else None) or _carefully(image, square)
    if negative:
        np.invert(pixels, out=pixels)
    if orientation >= 5:
        width, height = height, width
    return PageImage(pixels=pixels, width=width, height=height, unit=Unit.PIXEL)


def _quickly(image: ImageFile.ImageFile, square: tuple[float, float]) -> tuple[Pixels, int] | None:
    """The upright pixels of an opened image, and its orientation.

    None if it takes Pillow: to scale what may be transparent, and for what shrinks to half or less, where interpolation
    would pass over pixels, and Pillow decodes a JPEG smaller.

    Args:
        image: opened, not loaded yet.
        square: how wide and high it would be with square pixels, as it is stored.
    """
    target = fitted(*square, grey=image.mode == "L")
    if image.size != target and (image.mode == "RGBA" or 2 * target[0] <= image.width):
        return None
    if (found := samples(image)) is None:
        return None
    if image.size != target:
        found = narrowed(found)
        target = fitted(*square, grey=found.ndim == 2)
    if image.size != target:
        # By less than half no pixel is passed over; to the bit the same on every CPU.
        found = np.asarray(cv2.resize(found, target, interpolation=cv2.INTER_LINEAR_EXACT), np.uint8)
    # Not by the image's own method: that of a PNG decodes it for what stands behind its pixels, which is nothing here.
    orientation = _orientation(partial(Image.Image.getexif, image))
    pixels = opaque(found, orientation)
    return None if pixels is None else (pixels, orientation)


def _carefully(image: ImageFile.ImageFile, square: tuple[float, float]) -> tuple[Pixels, int]:
    """The same of any image."""
    target = fitted(*square, grey=image.mode in ("1", "L"))
    if target[0] < image.width and target[1] < image.height:
        image.draft(None, target)  # a JPEG too large for us is decoded at a half, a quarter or an eighth
    image.load()
    orientation = exif_orientation(image)
    return upright(image if image.size == target else _resized(image, target), orientation), orientation


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The loaded image in that size: as it is if Pillow can scale its mode, for that is where its size hurts least."""
    scalable = image.mode in _SCALABLE and "transparency" not in image.info
    return (image if scalable else plain(image)).resize(size, Image.Resampling.BILINEAR)


def exif_orientation(image: Image.Image) -> int:
    """The EXIF orientation; Pillow itself has turned a TIFF when it is loaded, and broken EXIF turns nothing."""
    return _orientation(image.getexif)


def _orientation(exif: Callable[[], Image.Exif]) -> int:
    try:
        value = exif().get(_ORIENTATION, 1)
    except DECODER_ERRORS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


@contextlib.contextmanager
def _our_limits() -> Iterator[None]:
    """Pillow's process-wide switches as this package needs them, whatever another library made of them.

    Its bomb check gives way to ours, which has a setting; the rest of an incomplete image is not made up.
    """
    saved = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = None, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # broken metadata, which is of no use here
            yield
    finally:
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = saved
