from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api_gateway.wire.regions import grouped
from read_operations.boxes import Box


def column(left: float, top: float, lines: int, *, width: float = 200, height: float = 20) -> list[Box]:
    pitch = height * 1.3
    return [(left, top + i * pitch, left + width, top + i * pitch + height) for i in range(lines)]


def test_lines_close_below_one_another_are_a_region() -> None:
    assert grouped(column(0, 0, 3)) == [[0, 1, 2]]


def test_a_blank_parts_paragraphs() -> None:
    assert grouped(column(0, 0, 2) + column(0, 100, 2)) == [[0, 1], [2, 3]]


def test_columns_are_parted_even_when_their_lines_come_row_by_row() -> None:
    left, right = column(0, 0, 3), column(260, 0, 3)
    rows = [box for pair in zip(left, right, strict=True) for box in pair]
    assert grouped(rows) == [[0, 2, 4], [1, 3, 5]]


def test_pieces_of_one_row_are_a_region() -> None:
    assert grouped([(0, 0, 100, 20), (110, 1, 200, 21)]) == [[0, 1]]
    assert grouped([(0, 0, 100, 20), (150, 1, 200, 21)]) == [[0], [1]]


def test_a_heading_stands_alone() -> None:
    assert grouped([(0, 0, 200, 50), *column(0, 60, 2)]) == [[0], [1, 2]]


def test_regions_come_where_their_first_lines_came() -> None:
    assert grouped(column(0, 200, 2) + column(0, 0, 2)) == [[0, 1], [2, 3]]


numbers = st.floats(-1e4, 1e4, allow_nan=False)


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=30))
def test_every_line_is_in_one_region(values: list[Box]) -> None:
    boxes = [(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in values]
    regions = grouped(boxes)
    assert sorted(i for region in regions for i in region) == list(range(len(boxes)))
    assert [region[0] for region in regions] == sorted(region[0] for region in regions)
