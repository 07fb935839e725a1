"""The lines of a page that is being read: what was made of each so far, and the work of making more of it."""

from __future__ import annotations

from dataclasses import dataclass

from ocr_worker.engine import crops
from ocr_worker.engine.cascade import Cascade, Cut, Look
from ocr_worker.engine.geometry import Corners
from ocr_worker.engine.line_text import LineText
from ocr_worker.engine.page_print import PagePrint
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.rounds import Work


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What was read within some corners."""

    corners: Corners
    look: Look
    #: Whether all was done for it: else it was only looked at.
    finished: bool
    #: Whether it runs up or down a page that does not.
    crosswise: bool = False

    @property
    def text(self) -> LineText:
        """Its characters."""
        return self.look.text


class PageLines:
    """Reads lines of one page, and keeps what its print is like."""

    def __init__(self, image: Pixels, cascade: Cascade) -> None:
        self._image = image
        self._cascade = cascade
        self._print = PagePrint()

    def look(self, corners: Corners) -> Work[ReadLine]:
        """The work of a quick look at the line within some corners."""
        look = yield from self._cascade.look(self._cut(corners), self._print)
        return ReadLine(corners, look, finished=False)

    def finish(self, seen: ReadLine) -> Work[ReadLine]:
        """The work of reading a line that was looked at as well as can be."""
        if seen.finished:
            return seen
        look = yield from self._cascade.finish(seen.look, self._cut(seen.corners), self._print)
        return ReadLine(seen.corners, look, finished=True)

    def _cut(self, corners: Corners) -> Cut:
        return lambda x_scale: crops.cut(self._image, corners, x_scale=x_scale)
