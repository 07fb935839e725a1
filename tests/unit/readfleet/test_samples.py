from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from readfleet import samples


@pytest.mark.parametrize("path", samples.paths(), ids=lambda path: path.name)
def test_samples_are_small_and_come_with_their_text(path: Path) -> None:
    assert 10_000 < path.stat().st_size < 400_000
    assert len(samples.text(path).split()) > 30


def test_the_letter_is_a_scan_of_two_pages() -> None:
    letter = pypdfium2.PdfDocument(samples.paths()[0])
    try:
        assert len(letter) == 2
        for page in letter:
            assert page.get_textpage().get_text_range() == ""
            assert page.get_size() == pytest.approx((595, 842), abs=1)
    finally:
        letter.close()


def test_the_notice_is_a_photograph() -> None:
    with Image.open(samples.paths()[1]) as notice:
        assert (notice.format, notice.mode, notice.size) == ("JPEG", "RGB", (2000, 1500))
