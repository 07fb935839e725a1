"""The comparison of recorded answers with ours: a row for each document, and a sentence for each difference."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from benchmarks import shapes
from benchmarks.agreement import Agreement
from benchmarks.recordings import Recording

#: Keys that are not compared, and why.
IGNORED: Final = {
    "pageResults": "tables: the sibling service only",
    "documentResults": "fields: the sibling service only",
    "selectionMarks": "the sibling service only",
    "language": "the sibling service says which language it found; Read repeats the one that was asked for",
    "errors": "the sibling service has it when it is empty; Read when there are some",
    "modelVersion": "Read 3.2 has it, the sibling service has not",
    "model-version": "how an answer from before the release of 3.2 spells it",
}
COLUMNS: Final = (
    *("recording", "kind", "words", "words found", "words right", "word boxes equal"),
    *("lines found", "line boxes equal", "lines in order", "styles equal", "median IoU", "angles, theirs / ours"),
)
#: Boxes that overlap less are somewhere else: the median over every word read from a picture.
_LEAST_IOU: Final = 0.7
_PAGE: Final = ("page", "width", "height", "unit")


class Comparison:
    """Everything that was compared, and what differs."""

    def __init__(self) -> None:
        #: Cells under `COLUMNS`, a row for each document.
        self.rows: list[list[str]] = []
        self._pictures = Agreement()
        self._differences: list[str] = []
        #: (version, unit) -> the shapes of all of their answers, and of all of ours.
        self._shapes: dict[tuple[str, str], tuple[shapes.Shape, shapes.Shape]] = defaultdict(lambda: ({}, {}))

    def add(self, recording: Recording, ours: Any) -> None:
        """Compares an answer; None when there is no document to ask for."""
        if ours is not None:
            self._add_pages(recording, ours["analyzeResult"]["readResults"])
        if recording.has_text:
            place = recording.version, recording.pages[0]["unit"]
            theirs_so_far, ours_so_far = self._shapes[place]
            self._shapes[place] = (
                shapes.union(theirs_so_far, shapes.shape(recording.answer, IGNORED)),
                shapes.union(ours_so_far, shapes.shape(ours or {}, IGNORED)),
            )

    def of_pictures(self) -> list[str]:
        """The cells for all that was read from pictures together."""
        return _row("all pictures", "picture", self._pictures)

    def differences(self) -> list[str]:
        """A sentence for each difference that no client should meet."""
        iou = self._pictures.words.median_iou
        misplaced = [f"the median overlap of words in pictures is {iou:.3f}"] if iou < _LEAST_IOU else []
        by_place = [
            f"{version}, {unit}: {sentence}"
            for (version, unit), (theirs, ours) in self._shapes.items()
            if ours
            for sentence in shapes.differences(theirs, ours)
        ]
        return self._differences + misplaced + by_place

    def _add_pages(self, recording: Recording, ours: list[dict[str, Any]]) -> None:
        heads = [[{name: page[name] for name in _PAGE} for page in pages] for pages in (recording.pages, ours)]
        if heads[0] != heads[1]:
            self._differences.append(f"{recording.name}: pages {heads[1]}, and theirs {heads[0]}")
        if not recording.has_text:
            return
        agreement = Agreement()
        pages = list(zip(recording.pages, ours, strict=False))
        for their_page, our_page in pages:
            agreement.add(their_page, our_page)
            if not recording.has_layer:
                self._pictures.add(their_page, our_page)
        angles = "; ".join(f"{their_page['angle']} / {our_page['angle']}" for their_page, our_page in pages)
        kind = "text layer" if recording.has_layer else "picture"
        self.rows.append(_row(recording.name.replace("__", " "), kind, agreement, angles))


def _row(name: str, kind: str, agreement: Agreement, angles: str = "") -> list[str]:
    words, lines = agreement.words, agreement.lines
    shares = (
        *(words.recall, words.precision, words.equal_boxes),
        *(lines.recall, lines.equal_boxes, agreement.order, lines.equal_styles),
    )
    return [
        *(name, kind, str(words.theirs)),
        *(f"{share:.1%}" for share in shares),
        *(f"{words.median_iou:.2f}", angles),
    ]
