from __future__ import annotations

import numpy as np
import pytest

from ocr_worker.engine.networks import Floats, Images
from ocr_worker.engine.recogniser import Recogniser, pieces
from ocr_worker.engine.steps import WholeAlphabet


def test_a_space_that_is_not_the_most_probable_is_told() -> None:
    # Given eight steps that are most probably a, nothing, b, b, nothing, nothing, nothing and c
    output = np.zeros((1, 8, 5), np.float32)
    output[0, range(8), [1, 0, 2, 2, 0, 0, 0, 3]] = 0.6
    output[0, 5, 4] = 0.3  # the last is the space

    recogniser = Recogniser(WholeAlphabet(lambda _: [output]), ("", "a", "b", "c", " "))
    (text,) = recogniser.read([np.zeros((48, 64, 3), np.uint8)])

    assert text.text == "abc"
    assert text.spaces_before == pytest.approx([0, 0, 0.3])
    assert text.positions == pytest.approx([0.25 / 8, 2.75 / 8, 7.25 / 8])


def test_lines_that_are_read_together_keep_their_own_characters() -> None:
    # Given lines of which each ends with the character that others begin with, and one is empty
    texts = ("bab", "", "bb", "baab", "bab")
    lines = [np.full((48, columns, 3), i, np.uint8) for i, columns in enumerate((320, 320, 320, 320, 640))]

    def network(batch: Images) -> list[Floats]:
        """Sees by its shade which line it is. The last character is at the last step."""
        output = np.zeros((len(batch), batch.shape[2] // 8, 4), np.float32)
        output[..., 0] = 0.5
        for image, steps in zip(batch, output, strict=True):
            shade = image[0, 0, 0]
            text = texts[shade] if shade < len(texts) else ""
            steps[:, 3] = shade / 100
            for place, character in enumerate(text):
                steps[2 * place if place < len(text) - 1 else -1, "ab".index(character) + 1] = 0.9
        return [output]

    found = Recogniser(WholeAlphabet(network), ("", "a", "b", " ")).read(lines)

    assert [line.text for line in found] == list(texts)
    for shade, line in enumerate(found):
        spaces = [0.0] * bool(line) + [shade / 100] * (len(line) - 1)
        assert line.spaces_before == pytest.approx(spaces)
    assert found[0].positions[0] == pytest.approx(0.25 / 40)
    assert found[0].positions[-1] == pytest.approx(39.25 / 40)


def test_a_line_of_usual_length_is_one_piece() -> None:
    assert list(pieces(np.full((48, 2560, 3), 255, np.uint8))) == [(0, 2560)]


def test_long_lines_are_cut_between_words() -> None:
    # Given a line of black blocks with a gap every 100 columns
    line = np.zeros((48, 8000, 3), np.uint8)
    line[::2] = 255
    for gap in range(0, 8000, 100):
        line[:, gap : gap + 20] = 255

    cuts = list(pieces(line))

    assert [start for start, _ in cuts[1:]] == [end for _, end in cuts[:-1]]
    assert cuts[0][0] == 0
    assert cuts[-1][1] == 8000
    for _, end in cuts[:-1]:
        assert 0 <= end % 100 <= 20


@pytest.mark.parametrize("width", [1, 2561, 80_000])
def test_pieces_cover_a_line_without_ink(width: int) -> None:
    cuts = list(pieces(np.full((48, width, 3), 255, np.uint8)))

    assert cuts[-1][1] == width
    assert all(0 < end - start <= 2560 for start, end in cuts)
