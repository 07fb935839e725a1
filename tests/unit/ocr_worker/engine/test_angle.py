from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_worker.engine.angle import line_angle, page_angle, sideways, wrapped
from ocr_worker.engine.geometry import Corners, turned


def line(degrees: float, *, long: float = 100, high: float = 20) -> Corners:
    """A line of text whose top-left corner is the origin."""
    along = np.array((math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))) * long
    down = np.array((-along[1], along[0])) / long * high
    return np.array((np.zeros(2), along, along + down, down))


@given(st.floats(-179.9, 180))
def test_the_angle_of_a_line_is_how_far_it_is_turned_clockwise(degrees: float) -> None:
    assert line_angle(line(degrees)) == pytest.approx(degrees, abs=1e-6)


def test_long_lines_decide_the_angle_of_a_page() -> None:
    quads = np.array([line(2, long=500), line(2.1, long=400), line(40, long=30), line(-80, long=30), line(41, long=30)])

    assert page_angle(quads) == pytest.approx(2, abs=0.2)


def test_angles_on_both_sides_of_180_are_neighbours() -> None:
    quads = np.array([line(179), line(-179.5), line(180)])

    assert page_angle(quads) == 180


def test_a_page_without_lines_has_no_angle() -> None:
    assert page_angle(np.empty((0, 4, 2))) == 0


def test_a_page_is_sideways_when_most_of_its_text_is() -> None:
    upright, standing = line(0, long=200), turned(line(90, long=200), 3)

    assert not sideways(np.array([upright, upright, standing]))
    assert sideways(np.array([upright, standing, standing]))


@pytest.mark.parametrize(("degrees", "same"), [(0, 0), (180, 180), (-180, 180), (181, -179), (540, 180), (-270, 90)])
def test_directions_are_written_in_one_way(degrees: float, same: float) -> None:
    assert wrapped(degrees) == same


def test_digits_that_stand_alone_do_not_turn_a_page() -> None:
    # Given an answer sheet: a few questions, and many digits, each higher than wide
    upright, digit = line(0, long=300), line(0, long=23, high=36)

    assert not sideways(np.array([upright] * 20 + [digit] * 160))


def test_short_words_alone_make_no_skew() -> None:
    assert page_angle(np.array([line(1.4, long=40), line(3, long=20)])) == 0
    assert page_angle(np.array([line(91.4, long=40), line(93, long=20)])) == 90
    assert page_angle(np.array([line(20, long=40)])) == pytest.approx(20)


def test_short_words_do_not_skew_long_lines() -> None:
    quads = np.array([line(0, long=300), *[line(3, long=40)] * 20])

    assert page_angle(quads) == 0
