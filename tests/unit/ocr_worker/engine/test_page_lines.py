from __future__ import annotations

import numpy as np

from ocr_worker.engine.cascade import Cascade
from ocr_worker.engine.page_lines import PageLines
from ocr_worker.engine.rounds import in_rounds
from tests.unit.ocr_worker.engine.lettering import ScriptedReader, laid_out


def test_a_finished_line_is_not_read_again() -> None:
    # Given a line that is read again as wide as it is, as it scores low
    reader = ScriptedReader(laid_out("faint", score=0.6))
    page = PageLines(np.full((100, 200, 3), 255, np.uint8), Cascade(reader))
    corners = np.array(((10.0, 10.0), (150.0, 10.0), (150.0, 40.0), (10.0, 40.0)))

    (seen,) = in_rounds([page.look(corners)])
    (finished,) = in_rounds([page.finish(seen)])
    narrow, wide = reader.widths
    (again,) = in_rounds([page.finish(finished)])

    assert (seen.finished, finished.finished) == (False, True)
    assert narrow < wide
    assert again is finished
    assert len(reader.widths) == 2
    assert (finished.text.text == "faint") and (finished.corners == corners).all()
