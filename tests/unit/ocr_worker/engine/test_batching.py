"""Which lines are read together: whatever the widths, all of them are, and for less than one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_worker.engine.batching import OPENVINO_COSTS, OTHER_COSTS, Batch, Costs, bucket, plan

WIDTHS = st.lists(st.integers(1, 2560), max_size=60)
COSTS = st.sampled_from([OPENVINO_COSTS, OTHER_COSTS])


def cost(batches: Sequence[Batch], costs: Costs) -> int:
    changes = len(list(groupby(batch.shape for batch in batches)))
    return costs.change * changes + sum(costs.call + batch.shape[0] * batch.shape[1] for batch in batches)


@given(WIDTHS, COSTS)
def test_each_line_is_in_one_batch_that_has_room_for_it(widths: list[int], costs: Costs) -> None:
    batches = plan(widths, costs)

    assert sorted(i for batch in batches for i in batch.lines) == list(range(len(widths)))
    for batch in batches:
        count, columns = batch.shape
        assert 0 < len(batch.lines) <= count
        assert max(widths[i] for i in batch.lines) <= columns
        # No line is read among many more blank columns than if alone.
        assert columns <= 1.25 * min(bucket(widths[i]) for i in batch.lines)


@given(WIDTHS, COSTS)
def test_it_costs_no_more_than_one_by_one(widths: list[int], costs: Costs) -> None:
    one_by_one = [Batch((i,), (1, bucket(width))) for i, width in sorted(enumerate(widths), key=lambda each: each[1])]

    assert cost(plan(widths, costs), costs) <= cost(one_by_one, costs)


@given(WIDTHS, COSTS)
def test_batches_of_a_shape_follow_one_another_and_that_of_the_last_run_comes_first(
    widths: list[int], costs: Costs
) -> None:
    for last in {batch.shape for batch in plan(widths, costs)}:
        shapes = [shape for shape, _ in groupby(batch.shape for batch in plan(widths, costs, last))]

        assert shapes[0] == last
        assert len(shapes) == len(set(shapes))


@given(st.integers(1, 2560))
def test_widths_fall_into_few_buckets(width: int) -> None:
    assert width <= bucket(width) <= max(64, width + 127)


def test_there_are_few_shapes_whatever_comes() -> None:
    shapes = {
        batch.shape
        for width in range(1, 2561)
        for count in (*range(1, 20), 100)
        for batch in plan([width] * count, OPENVINO_COSTS)
    }

    assert len(shapes) < 50


@pytest.mark.parametrize(
    ("widths", "shapes"),
    [
        ([], []),
        ([1000, 60], [(1, 1024), (1, 64)]),
        # The narrower ones are made as wide as the widest, as long as that costs less than a change.
        ([300, 290, 60, 250], [(1, 320), (1, 320), (1, 320), (1, 64)]),
        ([1600, 1590, 1500, 1400], [(1, 1664)] * 4),
        # A blank line more costs less than a shape more.
        ([100] * 7, [(4, 128)] * 2),
    ],
)
def test_lines_of_about_a_width_are_read_in_one_shape(widths: list[int], shapes: list[tuple[int, int]]) -> None:
    assert [batch.shape for batch in plan(widths, OPENVINO_COSTS)] == shapes


def test_where_a_change_costs_nothing_lines_are_made_no_wider() -> None:
    shapes = [batch.shape for batch in plan([1600, 1590, 1500, 1400], OTHER_COSTS)]

    assert shapes == [(1, 1664), (1, 1664), (1, 1536), (1, 1408)]
