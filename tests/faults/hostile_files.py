"""Files that mean harm: lies in headers, bombs, loops, and what is no document at all; each made when it is needed."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from PIL import Image

from tests.builders import (
    PdfPage,
    PdfText,
    assembled,
    encoded,
    pdf,
    plain_tiff,
    scanned_pdf,
    text_page,
    tiff,
    truncated,
)

_MANY: Final = 100_000
_CATALOGUE: Final = b"<< /Type /Catalog /Pages 2 0 R >>"
_ONE_PAGE: Final = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
_PAGE: Final = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R %b >>"


class End(StrEnum):
    """How a file should end."""

    OK = "ok"
    ERROR = "error"
    REFUSED = "refused"  # with 400, before it is an operation
    EITHER = "either"  # in order, that is: with a result or with a clear error


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file and what is expected of it."""

    name: str
    data: bytes
    end: End
    #: Of the error.
    code: str | None = None
    pages: int | None = None
    lines: int | None = None


#: What makes a file, how it should end, and how many pages it has then.
_Maker = tuple[Callable[[], bytes], End, int | None]


def cases(*, quick: bool = False) -> Iterator[Case]:
    """Every file, or those that nobody works on for long; one at a time, as some are large."""
    for name, (maker, end, pages) in _FILES.items():
        if not (quick and name in _SLOW):
            yield Case(name=name, data=maker(), end=end, pages=pages)


def case(name: str) -> Case:
    """The file of this name."""
    maker, end, pages = _FILES[name]
    return Case(name=name, data=maker(), end=end, pages=pages)


def _page_with(
    content: bytes,
    *,
    page: bytes = b"",
    compressed: bool = False,
    others: dict[int, bytes] | None = None,
    streams: dict[int, bytes] | None = None,
) -> bytes:
    """A PDF of one page that shows this content."""
    dictionary = b"<< /Length %d /Filter /FlateDecode >>" if compressed else b"<< /Length %d >>"
    bodies = {1: _CATALOGUE, 2: _ONE_PAGE, 3: _PAGE % page, 4: dictionary, **(others or {})}
    return assembled(bodies, {4: zlib.compress(content, 9) if compressed else content, **(streams or {})})


def _text(text: str = "Good day") -> bytes:
    return pdf([PdfPage(texts=(PdfText(text=text, x=72, y=600),))])


def _blank_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % number for number in range(3, count + 3))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"
    bodies = {1: _CATALOGUE, 2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, count)}
    return assembled(bodies | dict.fromkeys(range(3, count + 3), page), {})


def _count_lies() -> bytes:
    return _page_with(b"").replace(b"/Count 1 ", b"/Count 2147483647 ")


def _page_tree_loop() -> bytes:
    return assembled({1: _CATALOGUE, 2: b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Parent 2 0 R /Count 5 >>"}, {})


def _deep_page_tree(depth: int = 20_000) -> bytes:
    nodes = {
        number: b"<< /Type /Pages /Parent %d 0 R /Kids [%d 0 R] /Count 1 >>" % (number - 1, number + 1)
        for number in range(2, depth)
    }
    return assembled(
        {1: _CATALOGUE, **nodes, depth: b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 9 9] >>" % (depth - 1)}, {}
    )


def _deep_objects() -> bytes:
    deep = b"[" * _MANY + b"]" * _MANY
    return assembled(
        {1: _CATALOGUE, 2: _ONE_PAGE, 3: _PAGE % b"", 4: b"<< /Length %d >>", 5: deep}, {4: deep}, b"/Info 5 0 R"
    )


def _xref_loop() -> bytes:
    data = _text()
    start = int(data.rpartition(b"startxref\n")[2].split()[0])
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % start)


def _xref_nowhere() -> bytes:
    head, _, _ = _text().rpartition(b"startxref\n")
    return head + b"startxref\n99999999999999999999\n%%EOF\n"


def _length_lies() -> bytes:
    data = _text()
    at = data.index(b"/Length ", data.index(b"/MediaBox"))
    end = data.index(b" >>", at)
    return data[:at] + b"/Length 2147483647" + data[end:]


def _flate_bomb() -> bytes:
    return _page_with(b" " * 600_000_000, compressed=True)


def _nested_flate_bomb(name: bytes = b"FlateDecode") -> bytes:
    data = zlib.compress(zlib.compress(b"\n" * 1_000_000_000, 9), 9)
    filters = b"<< /Length %%d /Filter [/%b /%b] >>" % (name, name)
    return assembled({1: _CATALOGUE, 2: _ONE_PAGE, 3: _PAGE % b"", 4: filters}, {4: data})


def _lzw_bomb(count: int = 500_000_000) -> bytes:
    """Zeros: codes for 1, 2, 3 ... of them until the table is full, and is cleared."""
    codes = [0, *range(258, 4094)]
    widths = [min(12, max(9, (code + 1).bit_length())) for code in codes]
    codes, widths = [*codes, 256], [*widths, 12]
    # Eight of them end with a byte.
    bits = 8 * "".join(f"{code:0{width}b}" for code, width in zip(codes, widths, strict=True))
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    dictionary = b"<< /Length %d /Filter /LZWDecode >>"
    return assembled({1: _CATALOGUE, 2: _ONE_PAGE, 3: _PAGE % b"", 4: dictionary}, {4: data * (count // 58_000_000)})


def _run_bomb() -> bytes:
    """Runs of zeros that are compressed."""
    data = zlib.compress(b"\x81\0" * 10_000_000, 9)
    dictionary = b"<< /Length %d /Filter [/FlateDecode /RunLengthDecode] >>"
    return assembled({1: _CATALOGUE, 2: _ONE_PAGE, 3: _PAGE % b"", 4: dictionary}, {4: data})


def _deep_dictionaries(depth: int = 65) -> bytes:
    return _page_with(b"", page=b"/PieceInfo " + b"<< /A " * depth + b">> " * depth)


def _brackets_in_a_string() -> bytes:
    return _page_with(b"", page=b"/PieceInfo << /A (" + b"[<<" * _MANY + b") >>")


def _many_brackets() -> bytes:
    return _page_with(b"", page=b"/PieceInfo [" + b"[]" * 500_000 + b"]")


def _blank_scan() -> bytes:
    """As blank as a page can be, and as large as anybody scans: A3 in colour."""
    width, height = 7016, 9921
    picture = (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceRGB "
        b"/Filter /FlateDecode /Length %%d >>" % (width, height)
    )
    return _page_with(
        b"q 612 0 0 792 0 0 cm /P Do Q",
        page=b"/Resources << /XObject << /P 5 0 R >> >>",
        others={5: picture},
        streams={5: zlib.compress(b"\xff" * (width * height * 3), 9)},
    )


def _unbalanced_states() -> bytes:
    return _page_with(b"q " * 3_000_000, compressed=True)


def _form_in_itself() -> bytes:
    form = (
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /X 5 0 R >> >> /Length %d >>"
    )
    resources = b"/Resources << /XObject << /X 5 0 R >> >>"
    return _page_with(b"/X Do", page=resources, others={5: form}, streams={5: b"/X Do /X Do"})


def _forms_in_forms(levels: int = 12) -> bytes:
    """Each shows the next ten times: 10^12 in the end."""
    form = (
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /X %d 0 R >> >> /Length %%d >>"
    )
    forms = {number: form % (number + 1) for number in range(5, 5 + levels)}
    shown = dict.fromkeys(forms, b"/X Do " * 10)
    last = {5 + levels: b"<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] /Length %d >>"}
    return _page_with(
        b"/X Do",
        page=b"/Resources << /XObject << /X 5 0 R >> >>",
        others={**forms, **last},
        streams={**shown, 5 + levels: b"0 0 9 9 re f"},
    )


def _glyph_in_itself() -> bytes:
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /LastChar 97 "
        b"/Widths [9] /Encoding << /Differences [97 /a] >> /CharProcs << /a 6 0 R >> "
        b"/Resources << /Font << /F 5 0 R >> >> >>"
    )
    glyph = b"9 0 d0 BT /F 9 Tf (aaa) Tj ET"
    return _page_with(
        b"BT /F 9 Tf (aaa) Tj ET",
        page=b"/Resources << /Font << /F 5 0 R >> >>",
        others={5: font, 6: b"<< /Length %d >>"},
        streams={6: glyph},
    )


def _many_paths(count: int = 300_000) -> bytes:
    shuffled = random.Random(1)
    lines = b"\n".join(b"%d %d m %d %d l S" % tuple(shuffled.randrange(700) for _ in range(4)) for _ in range(count))
    return _page_with(lines, compressed=True)


def _much_text(count: int = 200_000) -> bytes:
    text = b"BT /F 4 Tf 4 TL 9 780 Td " + b"(lorem ipsum) ' " * count + b"ET"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"
    return _page_with(text, page=b"/Resources << /Font << /F 5 0 R >> >>", compressed=True, others={5: font})


def _fine_pattern() -> bytes:
    """Tiles of a hundredth of a point over a whole page: billions of them."""
    pattern = (
        b"<< /Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 .01 .01] /XStep .01 /YStep .01 "
        b"/Resources << >> /Length %d >>"
    )
    return _page_with(
        b"/Pattern cs /P scn 0 0 612 792 re f",
        page=b"/Resources << /Pattern << /P 5 0 R >> >>",
        others={5: pattern},
        streams={5: b"0 0 .005 .005 re f"},
    )


def _sized_page(box: bytes) -> bytes:
    return _text().replace(b"[0 0 612.0000 792.0000]", box)


def _picture_lies() -> bytes:
    picture = (
        b"<< /Type /XObject /Subtype /Image /Width 65000 /Height 65000 /BitsPerComponent 16 /ColorSpace /DeviceRGB "
        b"/Length %d >>"
    )
    return _page_with(
        b"q 612 0 0 792 0 0 cm /P Do Q",
        page=b"/Resources << /XObject << /P 5 0 R >> >>",
        others={5: picture},
        streams={5: b"abc"},
    )


def _picture_bomb(side: int = 22_000) -> bytes:
    picture = (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceGray "
        b"/Filter /FlateDecode /Length %%d >>" % (side, side)
    )
    return _page_with(
        b"q 612 0 0 792 0 0 cm /P Do Q",
        page=b"/Resources << /XObject << /P 5 0 R >> >>",
        others={5: picture},
        streams={5: zlib.compress(bytes(side * side), 9)},
    )


def _that_acts() -> bytes:
    """It wants to start a program, run a script and fetch a URL."""
    action = (
        b"/OpenAction << /S /Launch /F (/bin/sh) /Next << /S /JavaScript /JS (while (true) {}) "
        b"/Next << /S /URI /URI (http://127.0.0.1:1/) >> >> >>"
    )
    return _text().replace(b"/Type /Catalog", b"/Type /Catalog " + action)


def _png(width: int, height: int, *, depth: int = 8, color: int = 0, data: bytes = b"", extra: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + extra + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _zeros(row_bytes: int, rows: int) -> bytes:
    """Compressed rows of a PNG without a filter."""
    compressor, out, row = zlib.compressobj(9), [], bytes(row_bytes + 1)
    out = [compressor.compress(row * 100) for _ in range(rows // 100)] + [compressor.compress(row * (rows % 100))]
    return b"".join(out) + compressor.flush()


def _png_bomb() -> bytes:
    return _png(10_000, 10_000, depth=16, color=6, data=_zeros(80_000, 10_000))


def _png_text_bomb() -> bytes:
    text = _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200_000_000), 9))
    return _png(60, 60, data=_zeros(60, 60), extra=text)


def _png_profile_bomb() -> bytes:
    profile = _chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(200_000_000), 9))
    return _png(60, 60, data=_zeros(60, 60), extra=profile)


def _png_more_than_it_says() -> bytes:
    return _png(60, 60, data=zlib.compress(bytes(300_000_000), 9))


def _jpeg_sized(width: int, height: int) -> bytes:
    data = encoded(text_page().image, "JPEG")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def _jpeg_of_scans(scans: int = 2_000) -> bytes:
    """A progressive picture of 9,000 x 9,000 with one and the same scan over and over."""
    data = encoded(Image.new("L", (9_000, 9_000), 255), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + b"\xff\xd9"


def _tiff_loop() -> bytes:
    data = bytearray(plain_tiff(bytes(64 * 64), 64, 64, bits=8))
    data[-4:] = struct.pack("<I", struct.unpack_from("<I", data, 4)[0])
    return bytes(data)


def _tiff_many_pages(count: int = 10_001) -> bytes:
    """Directories that share one strip."""
    samples, out = bytes(64 * 8), bytearray()
    tags = {256: 64, 257: 64, 258: 1, 259: 1, 262: 0, 273: 8, 277: 1, 278: 64, 279: len(samples)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    out += b"II*\0" + struct.pack("<I", 8 + len(samples)) + samples
    for number in range(1, count + 1):
        following = len(out) + 2 + len(entries) + 4 if number < count else 0
        out += struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)
    return bytes(out)


def _tiff_with(tag: int, value: int) -> bytes:
    data = bytearray(plain_tiff(bytes(64 * 64), 64, 64, bits=8))
    at = data.index(struct.pack("<HHI", tag, 4, 1)) + 8
    data[at : at + 4] = struct.pack("<I", value)
    return bytes(data)


def _bmp_with(offset: int, code: str, value: int) -> bytes:
    data = bytearray(encoded(text_page().image.convert("P"), "BMP"))
    struct.pack_into(code, data, offset, value)
    return bytes(data)


def _zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))
    return buffer.getvalue()


def _noise(count: int) -> bytes:
    return random.Random(7).randbytes(count)


_FILES: Final[dict[str, _Maker]] = {
    "nothing": (lambda: b"", End.REFUSED, None),
    "noise": (lambda: _noise(65_536), End.REFUSED, None),
    "noise after a PDF header": (lambda: b"%PDF-1.7\n" + _noise(65_536), End.ERROR, None),
    "noise after a JPEG header": (lambda: b"\xff\xd8\xff\xe0" + _noise(65_536), End.ERROR, None),
    "web page": (lambda: b"<!doctype html><html>Not a PDF</html>", End.REFUSED, None),
    "drawing": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>', End.REFUSED, None),
    "archive": (_zip_bomb, End.REFUSED, None),
    "animation": (lambda: encoded(text_page().image, "GIF"), End.REFUSED, None),
    # PDF
    "PDF: header alone": (lambda: b"%PDF-1.7\n", End.REFUSED, None),
    "PDF: half of it": (lambda: truncated(scanned_pdf([text_page().image] * 3, 100), 0.5), End.EITHER, None),
    "PDF: no pages": (lambda: _blank_pages(0), End.REFUSED, None),
    "PDF: 2,001 pages": (lambda: _blank_pages(2_001), End.ERROR, None),
    "PDF: 10,000 pages": (lambda: _blank_pages(10_000), End.ERROR, None),
    "PDF: count of pages lies": (_count_lies, End.EITHER, None),
    "PDF: page tree in a loop": (_page_tree_loop, End.EITHER, None),
    "PDF: page tree 20,000 deep": (_deep_page_tree, End.ERROR, None),
    "PDF: objects 100,000 deep": (_deep_objects, End.ERROR, None),
    "PDF: xref in a loop": (_xref_loop, End.OK, 1),
    "PDF: xref nowhere": (_xref_nowhere, End.OK, 1),
    "PDF: length of a stream lies": (_length_lies, End.EITHER, None),
    "PDF: 600 MB of blanks": (_flate_bomb, End.ERROR, None),
    "PDF: 1 GB in two filters": (_nested_flate_bomb, End.ERROR, None),
    "PDF: 65 dictionaries deep": (_deep_dictionaries, End.ERROR, None),
    "PDF: 64 dictionaries deep": (lambda: _deep_dictionaries(62), End.OK, 1),
    "PDF: page tree 500 deep": (lambda: _deep_page_tree(502), End.OK, 1),
    "PDF: brackets in a string": (_brackets_in_a_string, End.OK, 1),
    "PDF: 1 million brackets": (_many_brackets, End.OK, 1),
    "PDF: 500 MB in LZW": (_lzw_bomb, End.ERROR, None),
    "PDF: runs of runs": (_run_bomb, End.ERROR, None),
    "PDF: 1 GB behind an escape": (lambda: _nested_flate_bomb(b"#46lateDecode"), End.ERROR, None),
    "PDF: blank scan of 600 dpi": (_blank_scan, End.OK, 1),
    "PDF: 3,000,000 states saved": (_unbalanced_states, End.EITHER, None),
    "PDF: form in itself": (_form_in_itself, End.EITHER, None),
    "PDF: forms in forms": (_forms_in_forms, End.EITHER, None),
    "PDF: glyph in itself": (_glyph_in_itself, End.EITHER, None),
    "PDF: 300,000 lines": (_many_paths, End.EITHER, None),
    "PDF: 200,000 strings": (_much_text, End.EITHER, None),
    "PDF: pattern too fine": (_fine_pattern, End.EITHER, None),
    "PDF: page of 5 million points": (lambda: _sized_page(b"[0 0 5e6 5e6]"), End.EITHER, None),
    "PDF: page of 14,400 points": (lambda: _sized_page(b"[0 0 14400 14400]"), End.OK, 1),
    "PDF: page as thin as a hair": (lambda: _sized_page(b"[0 0 14400 1]"), End.EITHER, None),
    "PDF: page without a size": (lambda: _sized_page(b"[9 9 9 9]"), End.EITHER, None),
    "PDF: page of no number": (lambda: _sized_page(b"[0 0 1e999 -1e999]"), End.EITHER, None),
    "PDF: picture of 65,000 pixels that are not there": (_picture_lies, End.ERROR, None),
    "PDF: picture of 484 million pixels": (_picture_bomb, End.ERROR, None),
    "PDF: that acts": (_that_acts, End.OK, 1),
    "PDF: locked": (lambda: pdf([PdfPage()], user_password="sesame"), End.REFUSED, None),
    "PDF: locked for its owner": (lambda: pdf([PdfPage()], owner_password="sesame"), End.OK, 1),
    # Images
    "PNG: 100,000 pixels wide": (lambda: _png(100_000, 100_000), End.REFUSED, None),
    "PNG: 2,147,483,647 pixels wide": (lambda: _png(2**31 - 1, 2**31 - 1), End.REFUSED, None),
    "PNG: 100 million pixels of 8 bytes": (_png_bomb, End.REFUSED, None),
    "PNG: less than it says": (lambda: _png(9_000, 9_000, data=zlib.compress(b"abc")), End.ERROR, None),
    "PNG: more than it says": (_png_more_than_it_says, End.EITHER, None),
    "PNG: 200 MB of text": (_png_text_bomb, End.EITHER, None),
    "PNG: 200 MB of profile": (_png_profile_bomb, End.EITHER, None),
    "PNG: half of it": (lambda: truncated(encoded(text_page().image, "PNG"), 0.5), End.ERROR, None),
    "JPEG: 65,535 pixels wide": (lambda: _jpeg_sized(65_535, 65_535), End.REFUSED, None),
    "JPEG: larger than it is": (lambda: _jpeg_sized(9_999, 9_999), End.EITHER, None),
    "JPEG: no height": (lambda: _jpeg_sized(640, 0), End.ERROR, None),
    "JPEG: half of it": (lambda: truncated(encoded(text_page().image, "JPEG"), 0.5), End.ERROR, None),
    "JPEG: 2,000 scans": (_jpeg_of_scans, End.ERROR, None),
    "TIFF: pages in a loop": (_tiff_loop, End.OK, 1),
    "TIFF: 10,001 pages": (_tiff_many_pages, End.ERROR, None),
    "TIFF: 4,000 million pixels wide": (lambda: _tiff_with(256, 2**32 - 1), End.REFUSED, None),
    "TIFF: 65,535 samples": (lambda: _tiff_with(277, 65_535), End.ERROR, None),
    "TIFF: strip nowhere": (lambda: _tiff_with(273, 2**32 - 1), End.ERROR, None),
    "TIFF: 100 million pixels": (
        lambda: tiff([Image.new("L", (10_000, 10_000), 255)], compression="tiff_lzw"),
        End.OK,
        1,
    ),
    "TIFF: half of it": (lambda: truncated(tiff([text_page().image] * 3), 0.5), End.EITHER, None),
    "BMP: 2,000 million pixels wide": (lambda: _bmp_with(18, "<i", 2**31 - 1), End.REFUSED, None),
    "BMP: pixels nowhere": (lambda: _bmp_with(10, "<I", 2**31 - 1), End.ERROR, None),
    "BMP: 200 bits": (lambda: _bmp_with(28, "<H", 200), End.REFUSED, None),
    "BMP: compression of no kind": (lambda: _bmp_with(30, "<I", 77), End.ERROR, None),
}
#: Those that keep their maker or their reader busy for seconds, or until it is killed.
_SLOW: Final = frozenset(
    {
        "PDF: 600 MB of blanks",
        "PDF: 1 GB in two filters",
        "PDF: 1 GB behind an escape",
        "PDF: 1 million brackets",
        "PDF: runs of runs",
        "PDF: blank scan of 600 dpi",
        "PNG: 100 million pixels of 8 bytes",
        "PDF: 3,000,000 states saved",
        "PDF: form in itself",
        "PDF: forms in forms",
        "PDF: 300,000 lines",
        "PDF: 200,000 strings",
    }
)
