"""Eastern characters in other text: its dashes may be read as the Chinese 一, its colons and brackets as wide ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Final

from ocr_worker.engine.alphabets import FIRST_EASTERN
from ocr_worker.engine.line_text import Glyph, LineText

#: A page of which more than this share is Chinese, Japanese or Korean is in one of these languages.
_EASTERN_SHARE: Final = 0.05
_DEGREE: Final = "°"
#: What strays stand for. The wide forms of ASCII's characters are in the same order as these.
_MEANT: Final = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)} | {
    "一": "—",
    "ー": "—",
    "、": ",",
    "。": ".",
    "￥": "¥",
    "℃": _DEGREE + "C",
    "℉": _DEGREE + "F",
}


def without_strays(lines: Sequence[LineText]) -> list[LineText]:
    """The lines of a page, with what they mean in place of its strays.

    These are strays only in lines without any other Eastern character, on a page that has few of them.
    """
    characters = Counter(chain.from_iterable(line.characters for line in lines))
    strays = sum(characters[character] for character in _MEANT.keys() & characters.keys())
    eastern = sum(count for character, count in characters.items() if _is_eastern(character))
    plain = characters.total() - eastern - strays
    # What is alone on a page may well be itself.
    if not strays or strays >= plain or eastern > _EASTERN_SHARE * characters.total():
        return list(lines)
    return [_mended(line) if _has_but_strays(line) else line for line in lines]


def _has_but_strays(line: LineText) -> bool:
    """Whether a line has strays, and no other Eastern character."""
    return not _MEANT.keys().isdisjoint(line.characters) and not any(map(_is_eastern, line.characters))


def _is_eastern(character: str) -> bool:
    return character >= FIRST_EASTERN and character not in _MEANT


def _mended(line: LineText) -> LineText:
    glyphs: list[Glyph] = []
    for glyph in line.glyphs:
        meant = _MEANT.get(glyph.character, glyph.character)
        if len(meant) > 1 and glyphs and glyphs[-1].character == _DEGREE:
            # The degree was read by itself, too.
            meant = meant.removeprefix(_DEGREE)
        glyphs.append(glyph._replace(character=meant))
    return LineText.of(glyphs)
