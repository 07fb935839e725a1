from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from api_gateway.dimensions import ImageSize, image_size
from read_operations.records import Format
from tests.builders import encoded, plain_tiff, tiff

IMAGE = Image.new("RGB", (321, 123))
SIZE = ImageSize(321, 123, 24)


@pytest.mark.parametrize("format", [Format.JPEG, Format.PNG, Format.BMP, Format.TIFF])
def test_what_is_written(format: Format) -> None:
    assert image_size(format, encoded(IMAGE, format.value)) == SIZE


@pytest.mark.parametrize("options", [{"progressive": True}, {"icc_profile": b"\0" * 150_000}, {"comment": b"\xff\xc0"}])
def test_jpegs_of_other_makes(options: dict[str, object]) -> None:
    assert image_size(Format.JPEG, encoded(IMAGE, "JPEG", **options)) == SIZE


def test_bmps_of_other_makes() -> None:
    head = b"BM" + bytes(12)
    assert image_size(Format.BMP, head + struct.pack("<IHHHH", 12, 321, 123, 1, 24)) == SIZE
    assert image_size(Format.BMP, head + struct.pack("<IiiHH", 40, 321, -123, 1, 24)) == SIZE


@pytest.mark.parametrize("order", "<>")
def test_tiffs_of_both_byte_orders(order: str) -> None:
    assert image_size(Format.TIFF, plain_tiff(bytes(321 * 123), 321, 123, bits=8, order=order)) == ImageSize(
        321, 123, 8
    )


@pytest.mark.parametrize("order", "<>")
def test_bigtiff(order: str) -> None:
    data = encoded(IMAGE, "TIFF", big_tiff=True)
    assert image_size(Format.TIFF, data) == SIZE
    entries = struct.pack(f"{order}HHQIxxxxHHQQ", 256, 4, 1, 321, 257, 16, 1, 123)
    head = struct.pack(f"{order}HHHQQ", 43, 8, 0, 16, 2)
    mark = b"II" if order == "<" else b"MM"
    assert image_size(Format.TIFF, mark + head + entries + bytes(8)) == ImageSize(321, 123, 1)


def test_a_tiff_of_several_pages_is_left_to_the_worker() -> None:
    assert image_size(Format.TIFF, tiff([IMAGE, IMAGE])) is None


@pytest.mark.parametrize("format", [Format.JPEG, Format.PNG, Format.BMP, Format.TIFF])
def test_a_file_that_breaks_off_never_gives_a_wrong_size(format: Format) -> None:
    data = encoded(IMAGE, format.value)
    for length in range(min(len(data), 2000)):
        assert image_size(format, data[:length]) in (None, SIZE)


@pytest.mark.parametrize(
    ("mode", "format", "bits"),
    [
        ("1", Format.PNG, 1),
        ("L", Format.PNG, 8),
        ("LA", Format.PNG, 16),
        ("RGBA", Format.PNG, 32),
        ("I;16", Format.PNG, 16),
        ("1", Format.BMP, 1),
        ("P", Format.BMP, 8),
        ("L", Format.JPEG, 8),
        ("CMYK", Format.JPEG, 32),
        ("1", Format.TIFF, 1),
        ("L", Format.TIFF, 8),
        ("I;16", Format.TIFF, 16),
        ("RGBA", Format.TIFF, 32),
    ],
)
def test_bits_of_a_pixel(mode: str, format: Format, bits: int) -> None:
    size = image_size(format, encoded(Image.new(mode, (100, 60)), format.value))
    assert size == (100, 60, bits)
    assert size.decoded_bytes == 100 * 60 * bits // 8


def test_a_pdf_has_none() -> None:
    assert image_size(Format.PDF, b"%PDF-1.4") is None


@given(
    st.sampled_from([b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]),
    st.binary(max_size=300),
    st.sampled_from([Format.JPEG, Format.PNG, Format.BMP, Format.TIFF]),
)
def test_no_bytes_raise(start: bytes, rest: bytes, format: Format) -> None:
    image_size(format, start + rest)


def test_hostile_headers_are_given_up_soon() -> None:
    assert image_size(Format.JPEG, b"\xff\xd8" + b"\xff\xc4\0\0" * 60_000) is None
    assert image_size(Format.TIFF, b"II*\0\x08\0\0\0\xff\xff" + bytes(12 * 65535 + 4)) is None
