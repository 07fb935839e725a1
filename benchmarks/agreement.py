"""How far two readings of the same page agree: words, lines, where they stand and in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from statistics import median
from typing import Any, Self

#: Four corners: x1, y1 to x4, y4.
Box = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A word or a line."""

    text: str
    box: Box
    #: Of a line: how it is written, if that is said.
    style: str | None = None

    @classmethod
    def of(cls, item: dict[str, Any]) -> Self:
        """The piece that a word or line of an answer describes."""
        style = item.get("appearance", {}).get("style", {})
        return cls(text=item["text"], box=tuple(float(value) for value in item["boundingBox"]), style=style.get("name"))


@dataclass(slots=True, kw_only=True)
class Pairs:
    """Pieces of one kind, theirs and ours, brought together."""

    theirs: int = 0
    ours: int = 0
    #: Of the same text, at places that overlap.
    found: list[tuple[Piece, Piece]] = field(default_factory=list)

    def add(self, theirs: Sequence[Piece], ours: Sequence[Piece]) -> None:
        """Brings the pieces of one more page together."""
        self.theirs += len(theirs)
        self.ours += len(ours)
        self.found += pairs(theirs, ours)

    @property
    def recall(self) -> float:
        """The share of theirs that we have."""
        return _share(len(self.found), self.theirs)

    @property
    def precision(self) -> float:
        """The share of ours that they have."""
        return _share(len(self.found), self.ours)

    @property
    def equal_boxes(self) -> float:
        """The share of theirs that we have with the same numbers."""
        return _share(sum(theirs.box == ours.box for theirs, ours in self.found), self.theirs)

    @property
    def equal_styles(self) -> float:
        """The share of what both have, and they say a style of, that has the same style."""
        styled = [(theirs, ours) for theirs, ours in self.found if theirs.style is not None]
        return _share(sum(theirs.style == ours.style for theirs, ours in styled), len(styled))

    @property
    def median_iou(self) -> float:
        """The median intersection over union of what both have."""
        ious = [intersection_over_union(theirs.box, ours.box) for theirs, ours in self.found]
        return median(ious) if ious else 1.0 if not self.theirs else 0.0


@dataclass(slots=True, kw_only=True)
class Agreement:
    """How far two readings of a document agree."""

    words: Pairs = field(default_factory=Pairs)
    lines: Pairs = field(default_factory=Pairs)
    _in_order: int = 0

    def add(self, theirs: dict[str, Any], ours: dict[str, Any]) -> None:
        """Compares one more page, given as the answers have it."""
        their_lines, our_lines = theirs.get("lines", []), ours.get("lines", [])
        self.words.add(_pieces(_words(their_lines)), _pieces(_words(our_lines)))
        self.lines.add(_pieces(their_lines), _pieces(our_lines))
        self._in_order += in_order([line["text"] for line in their_lines], [line["text"] for line in our_lines])

    @property
    def order(self) -> float:
        """The share of their lines that we have in the same order."""
        return _share(self._in_order, self.lines.theirs)


def pairs(theirs: Iterable[Piece], ours: Iterable[Piece]) -> list[tuple[Piece, Piece]]:
    """Each piece with the one of the same text that overlaps it most; no piece twice."""
    by_text = defaultdict(list)
    for index, piece in enumerate(ours):
        by_text[piece.text].append((index, piece))
    candidates = [
        (iou, i, j, their, our)
        for i, their in enumerate(theirs)
        for j, our in by_text[their.text]
        if (iou := intersection_over_union(their.box, our.box)) > 0
    ]
    candidates.sort(key=lambda candidate: -candidate[0])
    taken_i, taken_j, found = set(), set(), []
    for _, i, j, their, our in candidates:
        if i not in taken_i and j not in taken_j:
            taken_i.add(i)
            taken_j.add(j)
            found.append((their, our))
    return found


def intersection_over_union(first: Box, second: Box) -> float:
    """Of the upright rectangles around two boxes, from 0 to 1: exact as long as the text is nearly level."""
    left, top, right, bottom = _rectangle(first)
    other_left, other_top, other_right, other_bottom = _rectangle(second)
    width = min(right, other_right) - max(left, other_left)
    height = min(bottom, other_bottom) - max(top, other_top)
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    areas = (right - left) * (bottom - top) + (other_right - other_left) * (other_bottom - other_top)
    return both / (areas - both)


def in_order(theirs: Sequence[str], ours: Sequence[str]) -> int:
    """How many of their texts we have in the same order."""
    matcher = SequenceMatcher(None, theirs, ours, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks())


def _words(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [word for line in lines for word in line["words"]]


def _pieces(items: Iterable[dict[str, Any]]) -> list[Piece]:
    return [Piece.of(item) for item in items]


def _rectangle(box: Box) -> tuple[float, float, float, float]:
    return min(box[::2]), min(box[1::2]), max(box[::2]), max(box[1::2])


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
