from __future__ import annotations

import io
import zlib
from typing import Any

import kornia_rs
import numpy as np
import pytest
from PIL import Image, ImageFile

from ocr_worker.documents import decoding, quick_decoding
from ocr_worker.documents.quick_decoding import samples
from read_operations.records import Format
from tests.builders import encoded, orientation_exif, truncated

from .conftest import Load

#: Of noise and of a ramp, so that every filter of PNG pays somewhere. No side is a multiple of what JPEG works in.
NOISE = np.random.default_rng(1).integers(0, 256, (61, 83, 4), np.uint8)
NOISE[20:50] = np.arange(83, dtype=np.uint8)[:, None] * 3
NOISE[..., 3] |= 0x80


def picture(mode: str) -> Image.Image:
    return Image.fromarray(NOISE).convert(mode)


def opened(data: bytes) -> ImageFile.ImageFile:
    return Image.open(io.BytesIO(data))


def png(kind: bytes, content: bytes, data: bytes) -> bytes:
    """A PNG with one more chunk behind its pixels."""
    chunk = len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
    end = data.rindex(b"IEND") - 4
    return data[:end] + chunk + data[end:]


@pytest.mark.parametrize(
    ("mode", "format", "options"),
    [
        ("L", "PNG", {}),
        ("RGB", "PNG", {}),
        ("RGBA", "PNG", {}),
        ("RGB", "PNG", {"optimize": True}),
        ("L", "JPEG", {}),
        ("RGB", "JPEG", {}),
        ("RGB", "JPEG", {"subsampling": "4:4:4", "quality": 95}),
        ("RGB", "JPEG", {"subsampling": "4:2:2", "restart_marker_rows": 1}),
        ("RGB", "JPEG", {"keep_rgb": True}),
    ],
)
def test_the_commonest_kinds_are_decoded_as_by_pillow(mode: str, format: str, options: dict[str, Any]) -> None:
    data = encoded(picture(mode), format, **options)

    found = samples(opened(data))

    assert found is not None
    assert found.shape == (61, 83, len(mode))
    assert np.array_equal(found.reshape(np.asarray(opened(data)).shape), np.asarray(opened(data)))


@pytest.mark.parametrize(
    "data",
    [
        encoded(picture("1"), "PNG"),
        encoded(picture("LA"), "PNG"),
        encoded(picture("P"), "PNG"),
        encoded(picture("L").convert("P"), "PNG", bits=4),
        encoded(Image.fromarray(NOISE[..., 0].astype(np.uint16) * 257), "PNG"),
        encoded(picture("L"), "PNG", transparency=7),
        encoded(picture("RGB"), "PNG", transparency=(1, 2, 3)),
        encoded(picture("RGB"), "PNG", save_all=True, append_images=[picture("RGB").rotate(180)]),
        encoded(picture("CMYK"), "JPEG"),
        encoded(picture("RGB"), "BMP"),
        encoded(picture("RGB"), "TIFF"),
    ],
)
def test_the_rest_is_left_to_pillow_as_if_nobody_had_looked_at_it(data: bytes) -> None:
    image = opened(data)

    found = samples(image)

    assert found is None
    assert image.tobytes() == opened(data).tobytes()


@pytest.mark.parametrize(
    "data",
    [
        truncated(encoded(picture("RGB"), "PNG"), 0.5),
        truncated(encoded(picture("RGB"), "JPEG"), 0.5),
        bytes(byte ^ (4000 < i < 4010) for i, byte in enumerate(encoded(picture("RGB"), "PNG"))),
    ],
)
def test_of_damaged_pictures_nothing_is_made_up(data: bytes) -> None:
    assert samples(opened(data)) is None


@pytest.mark.parametrize("limit", ["_MOST_BYTES", "_MOST_PIXELS"])
def test_a_file_that_is_too_large_is_left_to_pillow(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    data = encoded(picture("RGB"), "PNG")
    columns, rows = picture("RGB").size
    size = {"_MOST_BYTES": len(data), "_MOST_PIXELS": columns * rows}[limit]
    monkeypatch.setattr(quick_decoding, limit, size - 1)

    assert samples(opened(data)) is None
    monkeypatch.setattr(quick_decoding, limit, size)
    assert samples(opened(data)) is not None


@pytest.mark.parametrize(("scans", "asked"), [(3, True), (4, False)])
def test_a_jpeg_of_many_scans_is_left_to_pillow(
    load: Load, monkeypatch: pytest.MonkeyPatch, scans: int, asked: bool
) -> None:
    opened_ones: list[object] = []
    monkeypatch.setattr(decoding, "samples", opened_ones.append)
    parts = encoded(picture("RGB"), "JPEG", progressive=True).split(b"\xff\xda")

    page = load(b"\xff\xda".join(parts[: scans + 1]) + b"\xff\xd9", Format.JPEG)

    assert bool(opened_ones) == asked
    assert page.pixels.shape[1::-1] == picture("RGB").size


@pytest.mark.parametrize("place", ["a comment", "what is appended"])
def test_scans_of_other_pictures_leave_a_jpeg_quick(load: Load, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    opened_ones: list[object] = []
    monkeypatch.setattr(decoding, "samples", opened_ones.append)
    scans = b"\xff\xda" * 200
    comment, appended = (scans, b"") if place == "a comment" else (b"", scans)

    page = load(encoded(picture("RGB"), "JPEG", comment=comment) + appended, Format.JPEG)

    assert opened_ones
    assert page.pixels.shape[1::-1] == picture("RGB").size


def test_a_png_without_pixels_is_left_to_pillow() -> None:
    data = encoded(picture("RGB"), "PNG")
    start, end = data.index(b"IDAT") - 4, data.index(b"IEND") - 4

    assert samples(opened(data[:start] + data[end:])) is None


def test_pillow_reads_what_the_decoder_has_refused(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a decoder that finds something wrong with every image
    def refuse(*_: object) -> None:
        raise Exception("Failed to decode")

    monkeypatch.setattr(kornia_rs.io, "decode_image_png_u8", refuse)
    monkeypatch.setattr(kornia_rs.io, "decode_image_jpegturbo", refuse)

    for format in (Format.PNG, Format.JPEG):
        data = encoded(picture("RGB"), format.value)
        assert np.array_equal(load(data, format).pixels, np.asarray(opened(data)))


XMP = b'<x tiff:Orientation="3"/>'
EXIF = orientation_exif(3).tobytes()
PROFILE = f"\nexif\n{len(EXIF):8}\n{EXIF.hex()}\n".encode()
STORED = encoded(picture("RGB").rotate(180), "PNG")


@pytest.mark.parametrize(
    ("data", "is_quick"),
    [
        (encoded(picture("RGB").rotate(180), "PNG", exif=EXIF), True),
        (png(b"eXIf", EXIF[6:], STORED), False),
        (png(b"tEXt", b"Comment\0IDAT", png(b"eXIf", EXIF[6:], STORED)), False),
        (png(b"tEXt", b"exif\0" + EXIF, STORED), False),
        (png(b"tEXt", b"Raw profile type exif\0" + PROFILE, STORED), False),
        (png(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(PROFILE), STORED), False),
        (png(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP, STORED), False),
        (png(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP), STORED), False),
        (png(b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(XMP), STORED), False),
        (encoded(picture("RGB").rotate(180), "JPEG", exif=EXIF, quality=100, subsampling="4:4:4"), True),
    ],
)
def test_pictures_are_turned_wherever_they_say_so(load: Load, data: bytes, is_quick: bool) -> None:
    page = load(data, Format.PNG if data.startswith(b"\x89PNG") else Format.JPEG)

    assert np.abs(page.pixels.astype(int) - np.asarray(picture("RGB"))).mean() < 1
    assert (samples(opened(data)) is not None) == is_quick
