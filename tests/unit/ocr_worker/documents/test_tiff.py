from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ocr_worker.documents import count_pages, limits
from read_operations.errors import DimensionOutOfRange, DocumentDamaged, DocumentTooLarge, PageFailed
from read_operations.records import Format, Unit
from read_operations.settings import Settings
from tests.builders import encoded, orientation_exif, plain_tiff, stored_as, text_page, tiff, truncated

from .conftest import Load, Store

PAGE = text_page()
GREYS = np.asarray(PAGE.image)
LONG = 4


def directories(*entries: tuple[int, int], following: tuple[int, ...]) -> bytes:
    """A TIFF of bare directories, each with these tags. `following` are their next pointers: numbers from 0, or -1."""
    size = 2 + 12 * len(entries) + 4
    body = b"".join(struct.pack("<HHII", tag, LONG, 1, value) for tag, value in entries)
    data = b"II*\0" + struct.pack("<I", 8)
    for number in following:
        data += struct.pack("<H", len(entries)) + body + struct.pack("<I", 8 + number * size if number >= 0 else 0)
    return data


@pytest.mark.parametrize("compression", [None, "group3", "group4", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("big_tiff", [False, True])
def test_pages_are_read_by_number(load: Load, store: Store, compression: str | None, big_tiff: bool) -> None:
    pages = [text_page([f"page {number}"]).image.convert("1") for number in (1, 2, 3)]
    data = tiff(pages, compression=compression, big_tiff=big_tiff)

    assert count_pages(store(data), Format.TIFF, Settings()) == 3
    for number, expected in enumerate(pages, start=1):
        page = load(data, Format.TIFF, number)
        assert (page.width, page.height, page.unit) == (640, 320, Unit.PIXEL)
        assert (page.pixels == np.asarray(expected.convert("L"))).all()


def test_pages_of_different_size_and_mode(load: Load) -> None:
    data = tiff([PAGE.image, Image.new("RGB", (100, 60), "red"), PAGE.image.convert("1")])

    assert load(data, Format.TIFF, 1).pixels.shape == (320, 640)
    assert load(data, Format.TIFF, 2).pixels[0, 0].tolist() == [255, 0, 0]
    assert load(data, Format.TIFF, 3).pixels.shape == (320, 640)


@pytest.mark.parametrize("number", [0, 2, -1])
def test_pages_that_are_not_there(load: Load, number: int) -> None:
    with pytest.raises(PageFailed, match=f"no page {number}"):
        load(tiff([PAGE.image]), Format.TIFF, number)


@pytest.mark.parametrize(
    ("samples", "options"),
    [
        ((GREYS.astype("<u2") * 257), {"bits": 16}),
        ((GREYS.astype("<u2") * 257).astype(">u2"), {"bits": 16, "order": ">"}),
        ((GREYS.astype("<u2") * 16), {"bits": 16}),  # 12 bits in 16
        ((65535 - GREYS.astype("<u2") * 257), {"bits": 16, "photometric": 0}),
        ((GREYS.astype("<i4") * 257), {"bits": 32, "kind": 2}),
        ((GREYS.astype("<i4") * 4096), {"bits": 32, "kind": 2}),
        ((GREYS.astype("<i4") * 257 - 32768).astype("<i2"), {"bits": 16, "kind": 2}),
        ((GREYS / 255).astype("<f4"), {"bits": 32, "kind": 3}),
        (GREYS.astype("<f4"), {"bits": 32, "kind": 3}),
        (255 - GREYS, {"bits": 8, "photometric": 0}),
    ],
    ids=["16", "16B", "12", "16-negative", "32", "32-wide", "16-signed", "float-1", "float-255", "8-negative"],
)
def test_wide_samples_are_scaled(load: Load, samples: np.ndarray, options: dict[str, int]) -> None:
    page = load(plain_tiff(samples.tobytes(), 640, 320, **options), Format.TIFF)  # type: ignore[arg-type]

    assert np.abs(page.pixels.astype(int) - GREYS).max() <= 2


def in_planes(samples: np.ndarray, *, photometric: int, order: str, compressed: bool, more: dict[int, int]) -> bytes:
    """A TIFF that has each sample of its pixels in a plane of its own. Of `order`, `<` is little-endian."""
    height, width, count = samples.shape
    wide = np.dtype(order + samples.dtype.str[1:])
    strips = [samples[:, :, i].astype(wide).tobytes() for i in range(count)]
    if compressed:
        strips = [zlib.compress(strip) for strip in strips]
    tags: dict[int, list[int]] = {256: [width], 257: [height], 258: [8 * wide.itemsize] * count}
    tags |= {259: [8 if compressed else 1], 262: [photometric], 277: [count], 278: [height], 284: [2]}
    tags |= {273: [8 + sum(map(len, strips[:i])) for i in range(count)], 279: [len(strip) for strip in strips]}
    tags |= {tag: [value] for tag, value in more.items()}
    data, entries = b"".join(strips), b""
    for tag, values in sorted(tags.items()):
        kind = "I" if tag in (273, 279) else "H"
        packed = struct.pack(f"{order}{count if len(values) > 1 else 1}{kind}", *values)
        if len(packed) > 4:
            packed, data = struct.pack(f"{order}I", 8 + len(data)), data + packed
        entries += struct.pack(f"{order}HHI", tag, LONG if kind == "I" else 3, len(values)) + packed.ljust(4, b"\0")
    header = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8 + len(data))
    return header + data + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)


#: Red, green and blue, which are seen apart, and as many again to be left out.
COLOURS = np.stack([GREYS, 255 - GREYS, GREYS // 2, np.full_like(GREYS, 255)], axis=2)


@pytest.mark.parametrize("compressed", [False, True], ids=["raw", "deflate"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("bits", "count", "more"),
    [(8, 3, {}), (16, 3, {}), (16, 4, {338: 2}), (16, 4, {338: 0}), (16, 3, {274: 3})],
    ids=["8", "16", "16-alpha", "16-unknown", "16-turned"],
)
def test_colours_in_planes(
    load: Load, bits: int, count: int, more: dict[int, int], order: str, compressed: bool
) -> None:
    samples = COLOURS[:, :, :count].astype(np.uint16) * 257 if bits == 16 else COLOURS[:, :, :count]
    if 274 in more:
        samples = samples[::-1, ::-1]

    page = load(in_planes(samples, photometric=2, order=order, compressed=compressed, more=more), Format.TIFF)

    assert np.abs(page.pixels.astype(int) - COLOURS[:, :, :3]).max() <= 1


@pytest.mark.parametrize("compressed", [False, True], ids=["raw", "deflate"])
def test_inks_in_planes(load: Load, compressed: bool) -> None:
    inks = (255 - COLOURS).astype(np.uint16) * 257

    page = load(in_planes(inks, photometric=5, order="<", compressed=compressed, more={332: 1}), Format.TIFF)

    assert np.abs(page.pixels.astype(int) - COLOURS[:, :, :3]).max() <= 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_a_single_plane_is_a_grey_picture(load: Load, kind: str, order: str) -> None:
    samples = (GREYS.astype(kind) * (257 if kind == "u2" else 1))[:, :, np.newaxis]
    more = {339: 3} if kind == "f4" else {}

    page = load(in_planes(samples, photometric=1, order=order, compressed=False, more=more), Format.TIFF)

    assert np.abs(page.pixels.astype(int) - GREYS).max() <= 2


@pytest.mark.parametrize("compressed", [False, True], ids=["raw", "deflate"])
def test_grey_and_transparency_in_planes_are_refused(load: Load, compressed: bool) -> None:
    data = in_planes(COLOURS[:, :, ::3], photometric=1, order="<", compressed=compressed, more={338: 2})

    with pytest.raises(DocumentDamaged, match="in separate planes"):
        load(data, Format.TIFF)


def test_floats_that_are_no_numbers(load: Load) -> None:
    samples = (GREYS / 255).astype("<f4")
    samples[0, :3] = np.nan, np.inf, -np.inf

    assert load(plain_tiff(samples.tobytes(), 640, 320, bits=32, kind=3), Format.TIFF).pixels.shape == (320, 640)


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB", "RGBA", "LA", "P"])
def test_colour_modes(load: Load, mode: str) -> None:
    image = PAGE.image.convert("RGB").convert(mode) if mode != "LAB" else Image.merge("LAB", [PAGE.image] * 3)

    page = load(encoded(image, "TIFF"), Format.TIFF)

    assert np.abs(page.pixels.astype(int) - GREYS).mean() < 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", [None, "group4"])
def test_the_orientation_tag_turns_the_page_upright(load: Load, orientation: int, compression: str | None) -> None:
    image = stored_as(PAGE.image.convert("1"), orientation)

    page = load(encoded(image, "TIFF", compression=compression, exif=orientation_exif(orientation)), Format.TIFF)

    assert (page.width, page.height) == (640, 320)
    assert (page.pixels == np.asarray(PAGE.image.convert("1").convert("L"))).all()


@pytest.mark.parametrize(
    ("dpi", "shape"),
    [
        ((204, 98), (666, 640)),
        ((204, 196), (320, 640)),
        ((204, 391), (320, 1227)),
        ((200, 200), (320, 640)),
        ((1200, 1), (320, 640)),
    ],
)
def test_pixels_are_made_square(load: Load, dpi: tuple[int, int], shape: tuple[int, int]) -> None:
    page = load(encoded(PAGE.image, "TIFF", dpi=dpi), Format.TIFF)

    assert page.pixels.shape == shape
    assert (page.width, page.height) == (640, 320)
    assert page.units_per_pixel == (640 / shape[1], 320 / shape[0])


def test_pixels_of_a_turned_fax_are_made_square(load: Load) -> None:
    data = encoded(stored_as(PAGE.image, 6), "TIFF", dpi=(98, 204), exif=orientation_exif(6))

    assert load(data, Format.TIFF).pixels.shape == (666, 640)


def test_stretching_stays_within_the_cap(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PIXELS", 100_000)

    page = load(encoded(PAGE.image, "TIFF", dpi=(204, 98)), Format.TIFF)

    rows, columns = page.pixels.shape
    assert rows * columns == pytest.approx(300_000, rel=0.01)
    assert rows / columns == pytest.approx(666 / 640, rel=0.01)


@pytest.mark.parametrize("size", [(40, 60), (120, 60)])
def test_sides_have_limits(load: Load, size: tuple[int, int]) -> None:
    image = Image.new("L", size)

    with pytest.raises(DimensionOutOfRange, match=f"{size[0]} x 60 pixels"):
        load(tiff([image]), Format.TIFF, max_image_side=100)


@pytest.mark.parametrize("tiled", [False, True])
def test_decompression_has_a_limit(load: Load, tiled: bool) -> None:
    blank, noise = Image.new("L", (1024, 1024)), Image.effect_noise((1024, 1024), 99)
    options = {"compression": "tiff_lzw", "tiffinfo": {322: 128, 323: 128} if tiled else {}}
    limit = {"decompression_floor_bytes": 1_000_000, "max_decompression_ratio": 20}

    # By its own bytes, not by those of other pages
    with pytest.raises(PageFailed, match="READFLEET_MAX_DECOMPRESSION_RATIO"):
        load(tiff([blank, noise], **options), Format.TIFF, 1, **limit)
    load(tiff([blank, noise], **options), Format.TIFF, 2, **limit)
    with pytest.raises(DocumentTooLarge, match="20 times"):
        load(tiff([blank], **options), Format.TIFF, 1, **limit)


def test_one_bad_page_harms_only_itself(load: Load, store: Store) -> None:
    # Given: a first page below the smallest size
    data = tiff([Image.new("L", (20, 20)), PAGE.image])

    assert count_pages(store(data), Format.TIFF, Settings()) == 2
    with pytest.raises(PageFailed, match="20 x 20 pixels"):
        load(data, Format.TIFF, 1)
    assert load(data, Format.TIFF, 2).width == 640


def test_a_first_page_that_is_no_image_harms_only_itself(load: Load) -> None:
    data = bytearray(tiff([PAGE.image.convert("1"), PAGE.image.convert("1")], compression="group4"))
    (first,) = struct.unpack_from("<I", data, 4)
    data[first + 2 : first + 14] = struct.pack("<HHII", 254, LONG, 1, 0)  # its width is gone

    with pytest.raises(PageFailed):
        load(bytes(data), Format.TIFF, 1)
    assert load(bytes(data), Format.TIFF, 2).width == 640


def test_too_many_pages(store: Store) -> None:
    path = store(directories((256, 100), following=(1, 2, 3, -1)))

    assert count_pages(path, Format.TIFF, Settings(max_pages=4)) == 4
    with pytest.raises(DocumentTooLarge, match="more than 3 pages"):
        count_pages(path, Format.TIFF, Settings(max_pages=3))


@pytest.mark.parametrize("following", [(0,), (1, 0), (1, 1)])
def test_a_chain_that_loops_ends(store: Store, following: tuple[int, ...]) -> None:
    path = store(directories((256, 100), following=following))

    assert count_pages(path, Format.TIFF, Settings()) == len(following)


def test_a_chain_that_leads_to_nowhere_shows_as_a_failed_page(load: Load, store: Store) -> None:
    # Given: an upload that ends between the first page and the second
    data = tiff([PAGE.image, PAGE.image])
    data = truncated(data, 0.55)

    assert count_pages(store(data), Format.TIFF, Settings()) == 2
    assert load(data, Format.TIFF, 1).width == 640
    with pytest.raises(PageFailed, match="send it again whole"):
        load(data, Format.TIFF, 2)


def test_previews_are_no_pages(store: Store) -> None:
    page, preview, mask = 0, 1, 4
    data = b"II*\0" + struct.pack("<I", 8)
    for number, kind in enumerate((page, preview, mask, page)):
        following = 8 + (number + 1) * 18 if number < 3 else 0
        data += struct.pack("<HHHIII", 1, 254, LONG, 1, kind, following)

    assert count_pages(store(data), Format.TIFF, Settings()) == 2


def test_previews_alone_are_pages(store: Store) -> None:
    assert count_pages(store(directories((254, 1), following=(1, -1))), Format.TIFF, Settings()) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II*\0",
        b"II*\0\0\0\0\0",
        b"MM\0*\xff\xff\xff\xff",
        b"II+\0\x08\0\0\0" + b"\xff" * 8,
        b"II+\0\x08\0\0\0" + (2**63 - 1).to_bytes(8, "little"),
        b"II*\0\x04\0\0\0" + bytes(20),
        b"%PDF-1.7 something else",
        directories((256, 100), following=()),
    ],
)
def test_files_without_a_page_are_damaged(load: Load, store: Store, data: bytes) -> None:
    with pytest.raises(DocumentDamaged):
        count_pages(store(data), Format.TIFF, Settings())
    with pytest.raises(DocumentDamaged):
        load(data, Format.TIFF)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", None])
def test_pixels_that_are_cut_off(load: Load, compression: str | None) -> None:
    # Given: a directory at the start, as scanners write it, and half of the pixels
    data = bytearray(encoded(PAGE.image, "TIFF", compression=compression))
    (first,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, first)
    for at in range(first + 2, first + 2 + 12 * entries, 12):
        if struct.unpack_from("<H", data, at)[0] == 273:
            struct.pack_into("<I", data, at + 8, len(data) - 20)

    with pytest.raises(DocumentDamaged):
        load(bytes(data), Format.TIFF)


def test_damage_does_not_fill_the_log(load: Load, capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(encoded(PAGE.image.convert("1"), "TIFF", compression="group3"))
    (first,) = struct.unpack_from("<I", data, 4)
    at = 8 if first > 500 else first + 500
    data[at : at + 400] = b"\x55" * 400

    assert load(bytes(data), Format.TIFF).width == 640  # libtiff carries on after damaged rows

    assert capfd.readouterr().err == ""


def test_tiles_of_an_impossible_size(load: Load) -> None:
    data = bytearray(plain_tiff(GREYS.tobytes(), 640, 320, bits=8))
    at = data.index(struct.pack("<HHII", 278, LONG, 1, 320))
    struct.pack_into("<HHII", data, at, 322, LONG, 1, 2**31 - 1)

    with pytest.raises(DocumentDamaged, match="tiles"):
        load(bytes(data), Format.TIFF)
