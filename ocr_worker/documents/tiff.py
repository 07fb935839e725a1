"""TIFF: many pages in one file, pixels that are not square, samples of every width."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

from PIL import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from ocr_worker.documents.decoding import DECODER_ERRORS, decoded, opened, stored
from ocr_worker.documents.frames import FrameFile, page_offsets
from ocr_worker.documents.limits import check_image_bytes, check_page_count
from ocr_worker.documents.page_image import PageImage
from read_operations.errors import DocumentDamaged, DocumentError, PageRefused
from read_operations.records import Format
from read_operations.settings import Settings

_STDERR: Final = 2
_WIDTH: Final = 256
_HEIGHT: Final = 257
_BITS: Final = 258
_PHOTOMETRIC: Final = 262
_ORIENTATION: Final = 274
_X_RESOLUTION: Final = 282
_Y_RESOLUTION: Final = 283
#: 2 if the samples of each colour are stored by themselves.
_PLANES: Final = 284
_TILE_SIDES: Final = (322, 323)
#: How many bytes each strip or tile has.
_BYTE_COUNTS: Final = (279, 325)
#: Unequal resolutions up to this are rounding (fax: 204 x 196 dpi) ...
_SQUARE_ENOUGH: Final = 1.05
#: ... and beyond this a mistake; the coarsest fax has 204 x 98 dpi.
_LIKELY: Final = 4.0


def count_frames(path: Path, settings: Settings) -> int:
    """How many pages the file has.

    Raises:
        DocumentError: it has none, or too many.
    """
    with stored(path) as file, FrameFile.of(file) as frames:
        count = len(page_offsets(frames, settings.max_pages + 1))
    check_page_count(count, settings)
    return count


def load_frame(path: Path, number: int, settings: Settings) -> PageImage:
    """Decodes one page.

    Raises:
        DocumentError: the file is damaged, or its only page is, or that is too small or too large.
        PageRefused: the page of several is.
        PageFailed: there is not enough memory to decode it.
    """
    with _at_page(path, number, settings) as (frames, count):
        try:
            return _load(frames, settings)
        except DocumentError as error:
            if count == 1:
                raise
            raise PageRefused(error.message) from error


def measure_frame(path: Path, number: int, settings: Settings) -> tuple[int, int]:
    """The size of a page in pixels, without looking at these.

    Raises:
        DocumentError: its header is damaged, or the file is.
        PageRefused: there is no such page.
    """
    with _at_page(path, number, settings) as (frames, _), opened(cast(IO[bytes], frames), Format.TIFF) as image:
        return image.size


@contextlib.contextmanager
def _at_page(path: Path, number: int, settings: Settings) -> Iterator[tuple[FrameFile, int]]:
    """A file that begins with this page, and how many pages it has.

    Raises:
        DocumentDamaged: it has none.
        PageRefused: it has not as many.
    """
    with stored(path) as file, FrameFile.of(file) as frames:
        offsets = page_offsets(frames, settings.max_pages + 1)
        if not 1 <= number <= len(offsets):
            raise PageRefused(f"The document has no page {number}.")
        frames.begin_at(offsets[number - 1])
        yield frames, len(offsets)


@contextlib.contextmanager
def opened_frame(file: FrameFile, settings: Settings) -> Iterator[TiffImageFile]:
    """The first page of the file, not loaded yet; whatever Pillow raises within the context means damage.

    Raises:
        DocumentDamaged: the page cannot be decoded.
        PageFailed: there is not enough memory to decode it.
    """
    with _muted(), opened(cast(IO[bytes], file), Format.TIFF) as image:
        tiff = cast(TiffImageFile, image)
        _check_tiles(tiff, settings)
        if tiff.tag_v2.get(_PLANES) == 2:
            _read_planes(tiff)
        yield tiff


def lies_on_its_side(image: TiffImageFile) -> bool:
    """Whether loading the page will turn it by a quarter: its pixels, but not the resolution it says."""
    return image.tag_v2.get(_ORIENTATION, 1) in (5, 6, 7, 8)


def _load(file: FrameFile, settings: Settings) -> PageImage:
    with opened_frame(file, settings) as image:
        check_image_bytes(image, _stored_bytes(image, len(file)), settings)
        # Pillow turns samples of up to 8 bits to "zero is black" by itself, but no larger ones.
        negative = image.tag_v2.get(_PHOTOMETRIC) == 0 and (image.mode == "F" or image.mode.startswith("I"))
        return decoded(image, settings, stretch=_stretch(image), negative=negative)


@contextlib.contextmanager
def _muted() -> Iterator[None]:
    """Standard error leads nowhere: libtiff writes to it for each row of a damaged fax, thousands of lines a page."""
    with contextlib.ExitStack() as stack:
        try:
            kept = os.dup(_STDERR)
        except OSError:  # a service may have been started without one
            yield
            return
        stack.callback(os.close, kept)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        stack.callback(os.close, nowhere)
        stack.callback(os.dup2, kept, _STDERR)
        os.dup2(nowhere, _STDERR)
        yield


def _check_tiles(image: TiffImageFile, settings: Settings) -> None:
    """A tile is decoded whole, however little of it is in the image."""
    sides = [image.tag_v2.get(tag, 0) for tag in _TILE_SIDES]
    if any(not isinstance(side, int) or side > 2 * settings.max_image_side for side in sides):
        raise DocumentDamaged("The TIFF image is cut into tiles of an impossible size. Save it again and send that.")


def _read_planes(image: TiffImageFile) -> None:
    """Has an opened image whose samples are in planes decoded as they are: what Pillow would make of some is noise.

    Raises:
        DocumentDamaged: nobody can decode them.
    """
    bands = len(image.getbands())
    if bands == 2:  # libtiff's go to where colours are, and transparency is nowhere
        raise DocumentDamaged(
            "The TIFF image has its grey and its transparency in separate planes. Save it with its samples together "
            "(PlanarConfiguration 1), or as PNG, and send that."
        )
    if image.use_load_libtiff:
        return
    if bands == 1:
        image.tag_v2[_PLANES] = 1  # the only plane; Pillow takes its samples for those of a byte
        image._setup()
    elif 16 in image.tag_v2.get(_BITS, ()):
        # Only libtiff knows planes of 16 bits, compressed or not.
        width, height = image.tag_v2[_WIDTH], image.tag_v2[_HEIGHT]
        image.use_load_libtiff = True
        kind = f"{image.mode};16N"
        image.tile = [ImageFile._Tile("libtiff", (0, 0, width, height), 0, (kind, False, image.tag_v2.offset))]


def _stored_bytes(image: TiffImageFile, most: int) -> int:
    """What the page has in the file, which lies where it says more than the file has."""
    try:
        counts = next((image.tag_v2[tag] for tag in _BYTE_COUNTS if tag in image.tag_v2), most)
        return min(most, sum(counts) if isinstance(counts, tuple) else int(counts))
    except DECODER_ERRORS:
        return most


def _stretch(image: TiffImageFile) -> tuple[float, float]:
    """Factors that make the pixels of the upright image square, by its resolution tags.

    The coarser axis is drawn out, so that nothing is lost.
    """
    try:
        ratio = float(image.tag_v2[_X_RESOLUTION]) / float(image.tag_v2[_Y_RESOLUTION])
    except DECODER_ERRORS:
        return 1.0, 1.0
    if not (math.isfinite(ratio) and 1 / _LIKELY <= ratio <= _LIKELY) or 1 / _SQUARE_ENOUGH < ratio < _SQUARE_ENOUGH:
        return 1.0, 1.0
    if lies_on_its_side(image):
        ratio = 1 / ratio  # the tags are about the image as it is stored
    return (1.0, ratio) if ratio > 1 else (1 / ratio, 1.0)
