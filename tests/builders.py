"""Sample documents made on the spot: pages whose words and boxes are known, in every format and odd form."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont

#: Left, top, right, bottom, from the page's top-left corner.
Box = tuple[float, float, float, float]

LINES: Final = ("Invoice number 20417", "The quick brown fox", "Total due: 1,284.50")

_EXIF_ORIENTATION: Final = 0x0112
#: How an upright picture is stored so that the orientation turns it upright again.
_STORED: Final = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
#: Width of every Courier character, in units of the font size.
_COURIER: Final = 0.6
#: Names of fonts that look like Courier: one says what it shows, the others lie to whoever copies their text.
HONEST, PRIVATE, SHIFTED, FOREIGN, CONTROL = "F", "U", "S", "X", "C"
#: Their object numbers; that of what they say is the next.
_LYING_FONTS: Final = {PRIVATE: 4, SHIFTED: 6, FOREIGN: 8, CONTROL: 10}
#: Names of layers that can be switched off, one of which is; and their object numbers.
SWITCHED_ON, SWITCHED_OFF = "On", "Off"
_LAYERS: Final = {SWITCHED_ON: 12, SWITCHED_OFF: 13}
_PASSWORD_PADDING: Final = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleWord:
    """A word and where its ink may be, in the units of its page."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePage:
    """A page image and what is written on it, in reading order."""

    image: Image.Image
    words: tuple[SampleWord, ...]


def text_page(
    lines: Sequence[str] = LINES, *, size: tuple[int, int] = (640, 320), font_px: int = 32, margin: int = 40
) -> SamplePage:
    """Black text on white, in mode L; no symmetry, so that every turn shows."""
    image = Image.new("L", size, "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=font_px)
    words = []
    for row, line in enumerate(lines):
        x, y = float(margin), margin + row * font_px * 1.75
        for word in line.split():
            words.append(SampleWord(text=word, box=draw.textbbox((x, y), word, font=font)))
            draw.text((x, y), word, fill="black", font=font)
            x += draw.textlength(word + " ", font=font)
    return SamplePage(image=image, words=tuple(words))


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    """The image in one of Pillow's formats, with Pillow's options for writing it."""
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def turned_jpeg(image: Image.Image, orientation: int, **options: Any) -> bytes:
    """A JPEG stored askew, whose EXIF orientation turns it upright."""
    return encoded(stored_as(image, orientation), "JPEG", exif=orientation_exif(orientation), quality=95, **options)


def stored_as(image: Image.Image, orientation: int) -> Image.Image:
    """The picture as a camera held that way would store it."""
    turn = _STORED[orientation]
    return image if turn is None else image.transpose(turn)


def orientation_exif(orientation: int) -> Image.Exif:
    """EXIF that says nothing but the orientation."""
    exif = Image.Exif()
    exif[_EXIF_ORIENTATION] = orientation
    return exif


def tiff(images: Sequence[Image.Image], **options: Any) -> bytes:
    """A TIFF of one page an image. `compression` is one of Pillow's names, such as group4 for 1-bit images."""
    return encoded(images[0], "TIFF", save_all=True, append_images=images[1:], **options)


def plain_tiff(
    samples: bytes, width: int, height: int, *, bits: int, photometric: int = 1, order: str = "<", kind: int = 1
) -> bytes:
    """An uncompressed grey TIFF of any sample, for those that Pillow does not write.

    Args:
        samples: the rows, one after the other.
        width: in samples.
        height: in rows.
        bits: of a sample.
        photometric: 0 if zero is white, 1 if zero is black.
        order: `<` for little-endian, `>` for big-endian.
        kind: 1 for unsigned, 2 for signed, 3 for floating-point samples.
    """
    tags = {
        256: width,
        257: height,
        258: bits,
        259: 1,
        262: photometric,
        273: 8,
        277: 1,
        278: height,
        279: len(samples),
        339: kind,
    }
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags.items())
    mark = b"II" if order == "<" else b"MM"
    header = mark + struct.pack(f"{order}HI", 42, 8 + len(samples))
    return header + samples + struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfText:
    """Words set in Courier: `x` and `y` are the left end of their baseline, in points from the bottom-left corner."""

    text: str
    x: float
    y: float
    size: float = 12
    #: As in the operator Tr: 0 fills, 3 leaves no ink.
    render_mode: int = 0
    #: Red, green, blue, from 0 to 1.
    color: tuple[float, float, float] = (0, 0, 0)
    #: Copied from HONEST the text is itself, from PRIVATE private characters, from SHIFTED other letters, from
    #: FOREIGN faces from U+1F600 (A) and Hebrew letters (a) on, from CONTROL control characters.
    font: str = HONEST
    #: Counterclockwise quarter turns about the left end of the baseline.
    quarters: int = 0
    #: What it is clipped to: left, bottom, right, top.
    clip: Box | None = None
    #: SWITCHED_ON or SWITCHED_OFF.
    layer: str | None = None

    def words(self, page_height: float) -> tuple[SampleWord, ...]:
        """The words and their cells in points, from the top-left corner of an unturned page."""
        top = page_height - self.y - self.size * 0.8
        found = []
        start = 0
        for text in self.text.split(" "):
            left = self.x + start * _COURIER * self.size
            right = left + len(text) * _COURIER * self.size
            found.append(SampleWord(text=text, box=(left, top, right, top + self.size)))
            start += len(text) + 1
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfPage:
    """A page of a PDF, measured in points."""

    width: float = 612
    height: float = 792
    texts: tuple[PdfText, ...] = ()
    #: Fills the page, as a scan does, unless there is a box for it: left, bottom, right, top.
    picture: Image.Image | None = None
    picture_box: Box | None = None
    #: Draws the picture after the texts, over them.
    picture_last: bool = False
    #: Operators that draw after the texts.
    drawn_last: bytes = b""
    #: The value of a form field at the page's bottom-left corner, drawn in 24-point Courier.
    field: str | None = None
    #: The flags of that field: 4 prints it, 2 hides it, 32 hides it in viewers.
    field_flags: int = 4
    rotate: int = 0
    crop_box: Box | None = None


def pdf(
    pages: Sequence[PdfPage],
    *,
    user_password: str | None = None,
    owner_password: str | None = None,
    ballast: bytes | None = None,
) -> bytes:
    """A PDF, on request with bytes in it that no page needs (`ballast`).

    It is encrypted (RC4, 40 bit) if either password is given; an empty user password needs none to open it.
    """
    bodies: dict[int, bytes] = {1: b"", 2: b"", 3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"}
    streams: dict[int, bytes] = {}
    for font, number in _LYING_FONTS.items():
        bodies[number] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /ToUnicode %d 0 R >>" % (number + 1)
        bodies[number + 1], streams[number + 1] = b"<< /Length %d >>", _lies(font)
    layers = b""
    if any(text.layer for page in pages for text in page.texts):
        bodies |= {number: b"<< /Type /OCG /Name (%b) >>" % name.encode() for name, number in _LAYERS.items()}
        off = _references([_LAYERS[SWITCHED_OFF]])
        layers = b"/OCProperties << /OCGs [%b] /D << /OFF [%b] >> >>" % (_references([*_LAYERS.values()]), off)
    kids, fields = [], []
    for page in pages:
        number = max(bodies) + 1
        content, picture, field = number + 1, number + 2, number + 3
        kids.append(number)
        bodies[number] = _page_dictionary(page, content, picture, field)
        bodies[content], streams[content] = b"<< /Length %d >>", _content(page)
        if page.picture is not None:
            bodies[picture], streams[picture] = _picture(page.picture)
        if page.field is not None:
            fields.append(field)
            bodies[field] = _field_dictionary(page.field, page.field_flags, field + 1)
            bodies[field + 1], streams[field + 1] = _field_look(page.field)
    if ballast is not None:
        number = max(bodies) + 1
        bodies[number], streams[number] = b"<< /Length %d >>", ballast
    form = b"/AcroForm << /Fields [%b] /DR << /Font << /F 3 0 R >> >> >>" % _references(fields) if fields else b""
    bodies[1] = b"<< /Type /Catalog /Pages 2 0 R %b %b >>" % (form, layers)
    bodies[2] = b"<< /Type /Pages /Kids [%b] /Count %d >>" % (_references(kids), len(kids))
    trailer = b""
    if user_password is not None or owner_password is not None:
        key, dictionary, identifier = _encryption(user_password or "", owner_password or user_password or "")
        streams = {number: _rc4(_object_key(key, number), data) for number, data in streams.items()}
        number = max(bodies) + 1
        bodies[number] = dictionary
        trailer = b"/Encrypt %d 0 R /ID [%b %b]" % (number, identifier, identifier)
    return assembled(bodies, streams, trailer)


def scanned_pdf(images: Sequence[Image.Image], dpi: float) -> bytes:
    """A PDF of one scan a page, each as large as the resolution makes it."""
    return pdf(
        [PdfPage(width=image.width / dpi * 72, height=image.height / dpi * 72, picture=image) for image in images]
    )


def assembled(bodies: dict[int, bytes], streams: dict[int, bytes], trailer: bytes = b"") -> bytes:
    """The file of these objects; object 1 is the catalogue. A stream's dictionary has %d where its length goes."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = {}
    for number, body in sorted(bodies.items()):
        offsets[number] = len(out)
        if number in streams:
            data = streams[number]
            body = body % len(data) + b"\nstream\n" + data + b"\nendstream"
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start, size = len(out), max(bodies) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    out += b"".join(
        b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 65535 f \n"
        for number in range(1, size)
    )
    out += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(out)


def truncated(data: bytes, share: float) -> bytes:
    """The first part of a file, as a broken upload leaves it."""
    return data[: int(len(data) * share)]


def _page_dictionary(page: PdfPage, content: int, picture: int, field: int) -> bytes:
    entries = [
        b"/Type /Page /Parent 2 0 R /MediaBox [0 0 %.4f %.4f] /Contents %d 0 R" % (page.width, page.height, content)
    ]
    images = b"/XObject << /P %d 0 R >>" % picture if page.picture is not None else b""
    fonts = b" ".join(b"/%b %d 0 R" % (font.encode(), number) for font, number in _LYING_FONTS.items())
    layers = b" ".join(b"/%b %d 0 R" % (layer.encode(), number) for layer, number in _LAYERS.items())
    properties = b"/Properties << %b >>" % layers if any(text.layer for text in page.texts) else b""
    entries.append(b"/Resources << /Font << /F 3 0 R %b >> %b %b >>" % (fonts, images, properties))
    if page.field is not None:
        entries.append(b"/Annots [%d 0 R]" % field)
    if page.rotate:
        entries.append(b"/Rotate %d" % page.rotate)
    if page.crop_box is not None:
        entries.append(b"/CropBox [%.4f %.4f %.4f %.4f]" % page.crop_box)
    return b"<< " + b" ".join(entries) + b" >>"


def _content(page: PdfPage) -> bytes:
    parts = [_shown(text) for text in page.texts]
    if page.picture is not None:
        left, bottom, right, top = page.picture_box or (0, 0, page.width, page.height)
        place = (right - left, top - bottom, left, bottom)
        parts.insert(len(parts) if page.picture_last else 0, b"q %.4f 0 0 %.4f %.4f %.4f cm /P Do Q" % place)
    return b"\n".join([*parts, page.drawn_last])


def _shown(text: PdfText) -> bytes:
    clip = b""
    if text.clip is not None:
        left, bottom, right, top = text.clip
        clip = b"%.4f %.4f %.4f %.4f re W n " % (left, bottom, right - left, top - bottom)
    across, up = ((1, 0), (0, 1), (-1, 0), (0, -1))[text.quarters % 4]
    begin, end = (b"/OC /%b BDC " % text.layer.encode(), b" EMC") if text.layer else (b"", b"")
    return b"q %bBT /%b %.2f Tf %d Tr %.3f %.3f %.3f rg %d %d %d %d %.4f %.4f Tm (%b) Tj ET%b Q" % (
        clip + begin,
        text.font.encode(),
        text.size,
        text.render_mode,
        *text.color,
        *(across, up, -up, across, text.x, text.y),
        text.text.encode("latin-1"),
        end,
    )


def _lies(font: str) -> bytes:
    """A ToUnicode map: blanks are blanks, all else what the font says."""
    codes = [(32, 32), *((code, _told(font, code)) for code in range(33, 127))]
    ranges = b"".join(b"<%02X> <%b>\n" % (code, chr(to).encode("utf-16-be").hex().encode()) for code, to in codes)
    return (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Lies def /CMapType 2 def\n"
        b"1 begincodespacerange <00> <FF> endcodespacerange\n%d beginbfchar\n%bendbfchar\n"
        b"endcmap CMapName currentdict /CMap defineresource pop end end" % (len(codes), ranges)
    )


def _told(font: str, code: int) -> int:
    if font == PRIVATE:
        return 0xE000 + code
    if font == SHIFTED:
        return ord("bcdfg"[code % 5])
    if font == CONTROL:
        return 0x0E + code % 13
    return 0x5D0 + code - ord("a") if code >= ord("a") else 0x1F600 + code - ord("A")


def _picture(image: Image.Image) -> tuple[bytes, bytes]:
    image = image if image.mode in ("L", "RGB") else image.convert("RGB")
    space = b"/DeviceGray" if image.mode == "L" else b"/DeviceRGB"
    dictionary = (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace %b "
        b"/Filter /DCTDecode /Length %%d >>" % (image.width, image.height, space)
    )
    return dictionary, encoded(image, "JPEG", quality=95)


def _field_dictionary(value: str, flags: int, look: int) -> bytes:
    return (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (%b) /DA (/F 24 Tf 0 g) /F %d "
        b"/Rect [20 20 320 60] /AP << /N %d 0 R >> >>" % (value.encode("latin-1"), flags, look)
    )


def _field_look(value: str) -> tuple[bytes, bytes]:
    dictionary = (
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 300 40] /Resources << /Font << /F 3 0 R >> >> /Length %d >>"
    )
    return dictionary, b"/Tx BMC BT /F 24 Tf 4 12 Td (%b) Tj ET EMC" % value.encode("latin-1")


def _references(numbers: Sequence[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _encryption(user: str, owner: str) -> tuple[bytes, bytes, bytes]:
    """The file key, the encryption dictionary and the file's identifier, by the standard handler's revision 2."""
    identifier, permissions = b"0123456789abcdef", -4
    padded_user, padded_owner = ((password.encode("latin-1") + _PASSWORD_PADDING)[:32] for password in (user, owner))
    owner_entry = _rc4(hashlib.md5(padded_owner).digest()[:5], padded_user)
    key = hashlib.md5(padded_user + owner_entry + struct.pack("<i", permissions) + identifier).digest()[:5]
    dictionary = b"<< /Filter /Standard /V 1 /R 2 /O <%b> /U <%b> /P %d >>" % (
        owner_entry.hex().encode(),
        _rc4(key, _PASSWORD_PADDING).hex().encode(),
        permissions,
    )
    return key, dictionary, b"<%b>" % identifier.hex().encode()


def _object_key(key: bytes, number: int) -> bytes:
    return hashlib.md5(key + struct.pack("<I", number)[:3] + b"\0\0").digest()[:10]


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
