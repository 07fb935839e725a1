"""Reading a line with no more work than it needs: a quick look at all, a careful one where the first is in doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from ocr_worker.engine.crops import SECOND_X_SCALE
from ocr_worker.engine.doubt import doubts
from ocr_worker.engine.gaps import BlankColumns, blank_columns
from ocr_worker.engine.line_text import LineText, mean
from ocr_worker.engine.page_print import PagePrint
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.recogniser import LineReader
from ocr_worker.engine.rounds import Wanted, Work
from ocr_worker.engine.spaces import with_seen_spaces
from ocr_worker.engine.splicing import Stretch, spliced, stretches

#: A line that was read narrowed and with a lower score is read again as wide as it is,
_SURE_SCORE: Final = 0.93
#: and one that a quick reader made so little of is read carefully at that width only.
_HOPELESS_SCORE: Final = 0.85
#: Of a better line only the words in doubt are read carefully, unless they take more than this part of its columns.
_MOST: Final = 0.6
#: At the same score the careful reader is right more often: the quick one's text must score better by more than this.
_CAREFUL_BONUS: Final = 0.2

#: The pixels of a line at a horizontal scale: `crops.cut` of some corners.
Cut = Callable[[float], Pixels]


@dataclass(frozen=True, slots=True)
class Look:
    """What was read of a line, the pixels it was read from at which scale, and which of their columns are blank."""

    text: LineText
    line: Pixels
    x_scale: float
    blank: BlankColumns
    #: Whether it was read so well at first that it is in print.
    in_print: bool


class Cascade:
    """Reads lines with one reader, or with two of which the second is better and dearer."""

    def __init__(self, quick: LineReader, careful: LineReader | None = None) -> None:
        self._quick = quick
        self._careful = careful

    def look(self, cut: Cut, page: PagePrint) -> Work[Look]:
        """The work of a quick look at a line.

        Args:
            cut: cuts the line out, as the width that suits depends on what is read.
            page: what was made of the page's lines so far; this one is added.
        """
        first = yield from _look(self._quick, cut, page.x_scale)
        columns = first.line.shape[1] / first.x_scale
        page.add(first.text, columns)
        if (suited := page.x_scale_of(first.text, columns, first.x_scale)) > first.x_scale:
            first = yield from _look(self._quick, cut, suited)
        return first

    def finish(self, first: Look, cut: Cut, page: PagePrint) -> Work[Look]:
        """The work of reading a line that was looked at: nothing more, again, or carefully, whole or in parts.

        Nothing hangs on it but the line, so what all lines of a page want is best read together.
        """
        if self._careful is None:
            return (yield from _widened(self._quick, first, cut))
        if first.text.score < _HOPELESS_SCORE:
            second = yield from _look(self._careful, cut, SECOND_X_SCALE)
            return second if _better(second.text.score, first.text.score) else first
        parts = _in_doubt(first, page)
        if sum(part.width for part in parts) > _MOST * first.line.shape[1]:
            (text,) = yield Wanted(self._careful, [first.line])
            second = yield from _widened(self._careful, replace(first, text=text), cut)
            return second if _better(second.text.score, first.text.score) else first
        return (yield from _reread(self._careful, first, parts))


def _look(reader: LineReader, cut: Cut, x_scale: float) -> Work[Look]:
    line = cut(x_scale)
    (text,) = yield Wanted(reader, [line])
    return Look(text, line, x_scale, blank_columns(line), text.score >= reader.print_score)


def _widened(reader: LineReader, narrow: Look, cut: Cut) -> Work[Look]:
    """The same look, or one at the line's own width if that was needed and helped."""
    if narrow.text.score >= _SURE_SCORE:
        return narrow
    wide = yield from _look(reader, cut, SECOND_X_SCALE)
    return wide if wide.text.score > narrow.text.score else narrow


def _in_doubt(look: Look, page: PagePrint) -> list[Stretch]:
    """The parts of a line that was read quickly that are worth reading carefully."""
    words = look.text.words
    return stretches(look.text, words, doubts(look.text, words, page.score(look.text)), look.blank)


def _reread(careful: LineReader, look: Look, parts: list[Stretch]) -> Work[Look]:
    """The same look, with the parts read again of which a careful reader makes more."""
    if not parts:
        return look
    texts = yield Wanted(careful, [look.line[:, part.columns] for part in parts])
    replaced = [
        (part, text)
        for part, text in zip(parts, texts, strict=True)
        if _better(text.score, mean(look.text.probabilities[part.characters]))
    ]
    if not replaced:
        return look
    mended = spliced(look.text, replaced, look.line.shape[1])
    # A part shows less than the line what in it is the gap between two words.
    return replace(look, text=with_seen_spaces(mended, look.text, look.blank))


def _better(careful: float, quick: float) -> bool:
    return careful + _CAREFUL_BONUS >= quick
