from __future__ import annotations

import warnings
from pathlib import Path

import kornia_rs
import numpy as np
import pytest
from PIL import Image, ImageFile, PngImagePlugin

from ocr_worker.documents import PageImage, count_pages, limits, load_page
from read_operations.errors import (
    DimensionOutOfRange,
    DocumentDamaged,
    DocumentTooLarge,
    PageFailed,
    StorageUnavailable,
)
from read_operations.records import Format, Unit
from read_operations.settings import Settings
from tests.builders import encoded, orientation_exif, stored_as, text_page, truncated, turned_jpeg

from .conftest import Load, Store

PAGE = text_page()
FORMATS = {Format.JPEG: "JPEG", Format.PNG: "PNG", Format.BMP: "BMP"}


def difference(page: PageImage, expected: Image.Image) -> float:
    """Mean difference of a sample; sizes must be the same."""
    pixels = np.asarray(expected.convert("L" if page.pixels.ndim == 2 else "RGB"))
    assert page.pixels.shape == pixels.shape
    return float(np.abs(page.pixels.astype(int) - pixels).mean())


def coloured() -> Image.Image:
    """The page, its upper half red on white."""
    image = PAGE.image.convert("RGB")
    image.paste("red", (0, 0, 640, 160), PAGE.image.crop((0, 0, 640, 160)).point(lambda value: 255 - value))
    return image


@pytest.mark.parametrize("format", FORMATS)
def test_an_image_is_one_page_of_its_own_pixels(load: Load, store: Store, format: Format) -> None:
    data = encoded(coloured(), FORMATS[format])

    page = load(data, format)

    assert count_pages(store(data), format, Settings()) == 1
    assert (page.width, page.height, page.unit) == (640, 320, Unit.PIXEL)
    assert page.units_per_pixel == pytest.approx((1, 1))
    assert page.pixels.dtype == np.uint8
    assert page.pixels.flags.c_contiguous
    assert page.pixels.flags.writeable
    assert difference(page, coloured()) < 3


@pytest.mark.parametrize(("format", "mode"), [("BMP", "1"), ("PNG", "1"), ("BMP", "P"), ("PNG", "P"), ("JPEG", "L")])
def test_every_mode_gives_the_same_picture(load: Load, format: str, mode: str) -> None:
    image = PAGE.image.convert(mode)

    assert difference(load(encoded(image, format), Format(format.lower())), PAGE.image) < 3


@pytest.mark.parametrize(("format", "mode"), [("BMP", "RGB"), ("PNG", "RGB"), ("PNG", "RGBA"), ("JPEG", "RGB")])
def test_grey_that_is_stored_as_colour_is_grey(load: Load, format: str, mode: str) -> None:
    image = PAGE.image.convert(mode)

    page = load(encoded(image, format), Format(format.lower()))

    assert page.pixels.shape == (320, 640)
    assert difference(page, PAGE.image) < 3


@pytest.mark.parametrize("place", [(0, 0), (1199, 799)])
@pytest.mark.parametrize("colour", [(255, 255, 254), (254, 255, 255)])
def test_a_single_coloured_pixel_makes_a_coloured_page(
    load: Load, place: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    image = text_page(size=(1200, 800)).image.convert("RGB")
    image.putpixel(place, colour)

    page = load(encoded(image, "PNG"), Format.PNG)

    assert page.pixels.shape == (800, 1200, 3)
    assert difference(page, image) == 0


@pytest.mark.parametrize("progressive", [False, True])
def test_cmyk_jpeg(load: Load, progressive: bool) -> None:
    image = coloured().convert("CMYK")

    assert difference(load(encoded(image, "JPEG", quality=95, progressive=progressive), Format.JPEG), coloured()) < 4


def test_sixteen_bits_are_scaled(load: Load) -> None:
    samples = np.asarray(PAGE.image).astype(np.uint16) * 257

    assert difference(load(encoded(Image.fromarray(samples), "PNG"), Format.PNG), PAGE.image) < 1


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_shows_white(load: Load, mode: str) -> None:
    image = Image.new(mode, PAGE.image.size)  # black, all transparent
    image.putalpha(PAGE.image.point(lambda value: 255 - value))

    assert difference(load(encoded(image, "PNG"), Format.PNG), PAGE.image) < 2


@pytest.mark.parametrize("alpha", [255, 0])
def test_a_hole_in_the_last_pixel_of_a_coloured_picture_is_filled(load: Load, alpha: int) -> None:
    # Given a picture that is worked on in several bands, of which all or all but one pixel is opaque
    image = Image.new("RGBA", (640, 400), (200, 40, 10, 255))
    image.putpixel((639, 399), (10, 40, 200, alpha))

    pixels = load(encoded(image, "PNG"), Format.PNG).pixels

    assert pixels[0, 0].tolist() == [200, 40, 10]
    assert pixels[-1, -1].tolist() == ([10, 40, 200] if alpha else [255, 255, 255])


def test_white_text_on_nothing_shows_on_black(load: Load) -> None:
    image = Image.new("RGBA", PAGE.image.size, "white")
    image.putalpha(PAGE.image.point(lambda value: 255 - value))

    page = load(encoded(image, "PNG"), Format.PNG)

    assert difference(page, PAGE.image.point(lambda value: 255 - value)) < 2


def test_transparent_palette_entry(load: Load) -> None:
    image = PAGE.image.point(lambda value: 255 if value > 127 else 0).convert("P", palette=Image.Palette.ADAPTIVE)
    paper = image.getpixel((0, 0))

    page = load(encoded(image, "PNG", transparency=paper), Format.PNG)

    assert difference(page, PAGE.image) < 3


def test_wholly_transparent_is_blank(load: Load) -> None:
    page = load(encoded(Image.new("RGBA", (80, 60)), "PNG"), Format.PNG)

    assert (page.pixels == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", [Format.JPEG, Format.PNG])
def test_exif_turns_the_page_upright(load: Load, format: Format, orientation: int) -> None:
    if format is Format.JPEG:
        data = turned_jpeg(coloured(), orientation)
    else:
        data = encoded(stored_as(coloured(), orientation), "PNG", exif=orientation_exif(orientation))

    page = load(data, format)

    assert (page.width, page.height) == (640, 320)
    assert difference(page, coloured()) < 3


def test_broken_exif_turns_nothing(load: Load) -> None:
    data = encoded(PAGE.image, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")

    assert load(data, Format.JPEG).width == 640


@pytest.mark.parametrize(
    ("size", "fits"), [((49, 60), False), ((50, 60), True), ((1001, 60), False), ((1000, 60), True)]
)
@pytest.mark.parametrize("format", FORMATS)
def test_sides_have_limits(store: Store, format: Format, size: tuple[int, int], fits: bool) -> None:
    path = store(encoded(Image.new("L", size), FORMATS[format]))
    settings = Settings(max_image_side=1000)

    if fits:
        assert load_page(path, format, 1, settings).width == size[0]
        return
    for refused in (lambda: load_page(path, format, 1, settings), lambda: count_pages(path, format, settings)):
        with pytest.raises(DimensionOutOfRange, match=f"{size[0]} x {size[1]} pixels.*50 to 1000"):
            refused()


def test_a_bomb_is_refused_by_its_header(store: Store) -> None:
    # Given: an image of 400 megapixels in half a megabyte, more than Pillow itself would open
    path = store(encoded(Image.new("1", (20_000, 20_000)), "PNG"))

    with pytest.raises(DimensionOutOfRange, match="20000 x 20000"):
        load_page(path, Format.PNG, 1, Settings())


@pytest.mark.parametrize("times", [4, 1.6])
@pytest.mark.parametrize(
    ("format", "mode"), [(Format.JPEG, "RGB"), (Format.PNG, "RGB"), (Format.PNG, "RGBA"), (Format.BMP, "RGB")]
)
def test_more_pixels_than_the_cap_are_shrunk(
    load: Load, monkeypatch: pytest.MonkeyPatch, format: Format, mode: str, times: float
) -> None:
    columns, rows = round(640 / times), round(320 / times)
    monkeypatch.setattr(limits, "MAX_PIXELS", columns * rows)

    page = load(encoded(coloured().convert(mode), FORMATS[format]), format)

    assert (page.width, page.height) == (640, 320)
    assert page.pixels.shape == (rows, columns, 3)
    assert page.units_per_pixel == pytest.approx((times, times))
    assert difference(page, coloured().resize((columns, rows), Image.Resampling.BOX)) < 6


@pytest.mark.parametrize(
    ("format", "mode", "times"),
    [
        (Format.PNG, "L", 1),
        (Format.PNG, "L", 1.6),
        (Format.PNG, "L", 4),
        (Format.PNG, "RGB", 1),
        (Format.PNG, "RGB", 1.1),
        (Format.PNG, "1", 4),
        (Format.BMP, "L", 1.6),
    ],
)
def test_grey_may_have_three_times_as_many_pixels(
    load: Load, monkeypatch: pytest.MonkeyPatch, format: Format, mode: str, times: float
) -> None:
    columns, rows = round(640 / times), round(320 / times)
    monkeypatch.setattr(limits, "MAX_PIXELS", columns * rows / 3)
    grey = PAGE.image.convert("L")

    page = load(encoded(grey.convert(mode), FORMATS[format]), format)

    assert page.pixels.shape == (rows, columns)
    assert (page.width, page.height) == (640, 320)
    assert difference(page, grey.resize((columns, rows), Image.Resampling.BOX)) < 12


def test_a_shrunk_image_is_turned_too(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PIXELS", 320 * 160)

    page = load(turned_jpeg(coloured(), 6), Format.JPEG)

    assert (page.width, page.height) == (640, 320)
    assert page.pixels.shape == (160, 320, 3)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.9])
def test_incomplete_files_are_damaged(load: Load, format: Format, share: float) -> None:
    data = truncated(encoded(coloured(), FORMATS[format]), share)

    with pytest.raises(DocumentDamaged, match="send it again whole"):
        load(data, format)


def test_another_library_s_leniency_changes_nothing(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)

    with pytest.raises(DocumentDamaged):
        load(truncated(encoded(PAGE.image, "JPEG"), 0.5), Format.JPEG)

    assert ImageFile.LOAD_TRUNCATED_IMAGES
    assert Image.MAX_IMAGE_PIXELS is not None


def test_other_formats_are_not_decoded(load: Load) -> None:
    with pytest.raises(DocumentDamaged):
        load(encoded(PAGE.image, "GIF"), Format.PNG)


def test_a_text_bomb_in_a_png(load: Load) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "0" * 2**24, zip=True)

    with pytest.raises(DocumentDamaged):
        load(encoded(PAGE.image, "PNG", pnginfo=info), Format.PNG)


def test_only_the_first_page_exists(load: Load) -> None:
    with pytest.raises(PageFailed, match="no page 2"):
        load(encoded(PAGE.image, "PNG"), Format.PNG, 2)


@pytest.mark.parametrize("format", Format)
def test_a_missing_file_is_no_fault_of_the_document(tmp_path: Path, format: Format) -> None:
    path = tmp_path / "gone"

    with pytest.raises(StorageUnavailable) as caught:
        load_page(path, format, 1, Settings())

    assert str(tmp_path) not in caught.value.message


#: What decodes images of these formats.
DECODERS = {Format.BMP: (ImageFile.ImageFile, "load"), Format.PNG: (kornia_rs.io, "decode_image_png_u8")}


@pytest.mark.parametrize("format", DECODERS)
def test_a_time_limit_passes_through(store: Store, monkeypatch: pytest.MonkeyPatch, format: Format) -> None:
    class TimeLimit(Exception):
        pass

    def interrupted(*_: object) -> None:
        raise TimeLimit

    monkeypatch.setattr(*DECODERS[format], interrupted)

    with pytest.raises(TimeLimit):
        load_page(store(encoded(PAGE.image, format.value)), format, 1, Settings())


@pytest.mark.parametrize("format", DECODERS)
def test_too_little_memory_fails_the_page(store: Store, monkeypatch: pytest.MonkeyPatch, format: Format) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(*DECODERS[format], exhausted)

    with pytest.raises(PageFailed, match="memory"):
        load_page(store(encoded(PAGE.image, format.value)), format, 1, Settings())


def test_warnings_stay_inside(load: Load) -> None:
    with warnings.catch_warnings(record=True) as caught:
        load(encoded(PAGE.image, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x09"), Format.JPEG)

    assert caught == []


def test_a_jpeg_of_more_scans_than_anybody_writes_is_refused_before_it_is_decoded(load: Load) -> None:
    data = encoded(text_page().image, "JPEG", progressive=True)
    assert load(data, Format.JPEG).width == 640
    last = data.rindex(b"\xff\xda")
    with pytest.raises(DocumentDamaged, match="more than 100 scans"):
        load(data[:last] + data[last:-2] * 200 + b"\xff\xd9", Format.JPEG)


@pytest.mark.parametrize(
    "between",
    [
        b"\0 rubbish \xff\0 \xff\xff\0",
        b"\xff\xd0\xff\xd7\xff\x01",
        b"\xff\xfe\0\0",
        b"\xff\xfe\0\x04\xff\xd9",
        b"\xff\xfe\0\x02" * 20_000,
    ],
    ids=["rubbish", "bare markers", "a length of none", "an end in a comment", "empty comments"],
)
def test_scans_are_counted_whatever_is_between_them(load: Load, between: bytes) -> None:
    data = encoded(text_page().image, "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    with pytest.raises(DocumentDamaged, match="more than 100 scans"):
        load(data[:last] + between + data[last:-2] * 200 + b"\xff\xd9", Format.JPEG)


@pytest.mark.parametrize("progressive", [False, True])
def test_what_phones_append_to_a_jpeg_has_no_scans(load: Load, progressive: bool) -> None:
    data = encoded(PAGE.image, "JPEG", progressive=progressive, restart_marker_rows=1)

    page = load(data + b"\xff\xda\0\x08 of a film" * 1000, Format.JPEG)

    assert difference(page, PAGE.image) < 3


@pytest.mark.parametrize("behind", [b"", b"\xff", b"\xff\xda", b"\xff\xe1\xff", b"\xff\xe1\xff\xff", b"\xff" * 99])
def test_a_jpeg_that_ends_anywhere_is_damaged(load: Load, behind: bytes) -> None:
    data = encoded(PAGE.image, "JPEG")

    for end in (2, data.index(b"\xff\xda")):
        with pytest.raises(DocumentDamaged, match="damaged, incomplete"):
            load(data[:end] + behind, Format.JPEG)


@pytest.mark.parametrize("format", [Format.PNG, Format.JPEG, Format.BMP])
def test_decompression_has_a_limit(load: Load, format: Format) -> None:
    data = encoded(Image.new("RGB", (1000, 1000)), format.value)
    limits = {"decompression_floor_bytes": 2_999_999, "max_decompression_ratio": 30}

    if format is Format.BMP:
        load(data, format, **limits)
    else:
        with pytest.raises(DocumentTooLarge, match="30 times its"):
            load(data, format, **limits)
    load(data, format, **{**limits, "decompression_floor_bytes": 3_000_000})
