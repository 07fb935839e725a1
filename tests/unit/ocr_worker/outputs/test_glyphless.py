from __future__ import annotations

import io

import pikepdf
from PIL import ImageFont

from ocr_worker.outputs.glyphless import GlyphlessFont, true_type


def test_the_font_is_one_and_has_no_ink() -> None:
    font = ImageFont.truetype(io.BytesIO(true_type()), size=1000)
    assert font.getname()[0] is None
    assert font.getlength("any text") == 8 * 500
    assert font.getmask("any text").getbbox() is None


def test_each_character_has_a_code_whatever_its_plane_and_keeps_it() -> None:
    with pikepdf.new() as pdf:
        font = GlyphlessFont(pdf)
        codes = font.encoded("aé中𠮷a")
        font.finish()
        assert len(codes) == 5 * 4
        assert codes[:4] == codes[-4:]
        meant = font.font.ToUnicode.read_bytes().decode()
    assert f"<{codes[8:12]}> <4e2d>" in meant
    assert f"<{codes[12:16]}> <d842dfb7>" in meant


def test_more_characters_than_there_are_codes_become_unknown() -> None:
    with pikepdf.new() as pdf:
        font = GlyphlessFont(pdf)
        everything = [chr(code) for code in range(0x20, 0x2FFFF) if not 0xD800 <= code < 0xE000]
        codes = font.encoded("".join(everything))
        assert codes.endswith("0000")
        font.finish()
        assert len(font.font.DescendantFonts[0].CIDToGIDMap.read_bytes()) == 2 * 0x10000
