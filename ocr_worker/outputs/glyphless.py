"""A font of blanks: every character is there, takes up half its size, and leaves no ink.

Invisible text needs a font that any character can be copied from and that no viewer lacks. This one is a few hundred
bytes, whatever the script. Codes are given out as characters come; the file's ToUnicode map says what they mean.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

#: Width of each character, in parts of its size.
ADVANCE: Final = 0.5
#: What of a character's height is below the baseline.
DESCENT: Final = 0.2

_NAME: Final = Name("/ReadfleetGlyphless")
_EM: Final = 1000
_ASCENT_UNITS: Final = round((1 - DESCENT) * _EM)
_DESCENT_UNITS: Final = -round(DESCENT * _EM)
_ADVANCE_UNITS: Final = round(ADVANCE * _EM)
#: Codes have two bytes, and 0 is left to what is unknown.
_MOST_CODES: Final = 0xFFFF
#: Entries that a section of a map may have.
_SECTION: Final = 100


class GlyphlessFont:
    """The font in one PDF. `finish` has to be called when all text was encoded."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._codes: dict[str, int] = {}
        self._map = pdf.make_stream(b"")
        self._glyphs = pdf.make_stream(b"")
        #: The font, for a page's resources.
        self.font = pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=_NAME,
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([pdf.make_indirect(self._descendant(pdf))]),
                ToUnicode=self._map,
            )
        )

    def encoded(self, text: str) -> str:
        """The text as a string of a content stream, in hexadecimal digits."""
        return "".join(f"{self._code(character):04X}" for character in text)

    def finish(self) -> None:
        """Writes what the codes mean."""
        _store(self._map, _to_unicode(self._codes))
        # Every code shows the blank; 0 is the font's own "unknown", which is blank as well.
        _store(self._glyphs, b"\0\0" + b"\0\1" * len(self._codes))

    def _code(self, character: str) -> int:
        if character not in self._codes and len(self._codes) == _MOST_CODES:
            return 0
        return self._codes.setdefault(character, len(self._codes) + 1)

    def _descendant(self, pdf: pikepdf.Pdf) -> Dictionary:
        file = true_type()
        program = pdf.make_stream(b"", Length1=len(file))
        _store(program, file)
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=_NAME,
            Flags=4,  # symbolic: it has characters outside the standard Latin set
            FontBBox=Array([0, _DESCENT_UNITS, _ADVANCE_UNITS, _ASCENT_UNITS]),
            ItalicAngle=0,
            Ascent=_ASCENT_UNITS,
            Descent=_DESCENT_UNITS,
            CapHeight=_ASCENT_UNITS,
            StemV=80,
            FontFile2=program,
        )
        return Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=_NAME,
            CIDSystemInfo=Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=_ADVANCE_UNITS,
            CIDToGIDMap=self._glyphs,
        )


def true_type() -> bytes:
    """The font as a TrueType file: an unknown character without an outline, and a blank that has a box but no ink.

    The box is that of a line from corner to corner and back, which has no inside. Viewers built on PDFium leave out
    characters whose glyphs have no box.
    """
    corners = 0, _DESCENT_UNITS, _ADVANCE_UNITS, _ASCENT_UNITS
    on_curve = 1
    across, up = (0, _ADVANCE_UNITS), (_DESCENT_UNITS, _ASCENT_UNITS - _DESCENT_UNITS)
    blank = struct.pack(">hhhhhHHBBhhhh", 1, *corners, 1, 0, on_curve, on_curve, *across, *up)
    head = struct.pack(
        ">IIIIHHqqhhhhHHhhh",
        *(0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0, _EM, 0, 0),
        *(*corners, 0, 8, 2, 0, 0),
    )
    hhea = struct.pack(
        ">IhhhHhhhhhhhhhhhH",
        *(0x00010000, _ASCENT_UNITS, _DESCENT_UNITS, 0, _ADVANCE_UNITS, 0, 0, _ADVANCE_UNITS),
        *(1, 0, 0, 0, 0, 0, 0, 0, 2),
    )
    maxp = struct.pack(">IH13H", 0x00010000, 2, *(2, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0))
    tables = {
        b"glyf": blank,
        b"head": head,
        b"hhea": hhea,
        b"hmtx": struct.pack(">HhHh", _ADVANCE_UNITS, 0, _ADVANCE_UNITS, 0),
        b"loca": struct.pack(">HHH", 0, 0, len(blank) // 2),
        b"maxp": maxp,
    }
    start = 12 + 16 * len(tables)
    directory, body = b"", b""
    for tag, data in tables.items():
        padded = data + b"\0" * (-len(data) % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += tag + struct.pack(">III", checksum, start + len(body), len(data))
        body += padded
    return struct.pack(">IHHHH", 0x00010000, len(tables), 64, 2, len(tables) * 16 - 64) + directory + body


def _to_unicode(codes: dict[str, int]) -> bytes:
    entries = [
        f"<{code:04X}> <{character.encode('utf-16-be', 'replace').hex()}>\n" for character, code in codes.items()
    ]
    sections = [entries[i : i + _SECTION] for i in range(0, len(entries), _SECTION)]
    body = "".join(f"{len(section)} beginbfchar\n{''.join(section)}endbfchar\n" for section in sections)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{body}"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode()


def _store(stream: Stream, data: bytes) -> None:
    stream.write(zlib.compress(data, 9), filter=Name.FlateDecode)
