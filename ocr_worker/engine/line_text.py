"""What was read of a line: its characters, where they are, and how sure they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

_WORD: Final = re.compile("x+")


class Glyph(NamedTuple):
    """A character that was read, where along the line its centre is (from 0 to 1), and how sure that is."""

    character: str
    position: float
    probability: float
    #: How probable a space before it is, which was not read.
    space_before: float = 0.0


@dataclass(frozen=True, slots=True)
class LineText:
    """What was read of one line: its characters, and of each what `Glyph` says.

    In columns, as a page has thousands of characters: most of what is asked is asked of one of these for all of a line
    or word, which plain lists answer at once.
    """

    characters: list[str]
    positions: list[float]
    probabilities: list[float]
    spaces_before: list[float]
    #: Mean probability of the characters; 0 if there are none.
    score: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "score", mean(self.probabilities))

    @classmethod
    def of(cls, glyphs: Iterable[Glyph]) -> Self:
        """The line with these characters."""
        rows = list(glyphs)
        return cls(
            [glyph.character for glyph in rows],
            [glyph.position for glyph in rows],
            [glyph.probability for glyph in rows],
            [glyph.space_before for glyph in rows],
        )

    @property
    def glyphs(self) -> list[Glyph]:
        """Its characters one by one."""
        columns = zip(self.characters, self.positions, self.probabilities, self.spaces_before, strict=True)
        return [Glyph(*row) for row in columns]

    @property
    def text(self) -> str:
        """All characters."""
        return "".join(self.characters)

    @property
    def words(self) -> list[slice]:
        """Where among its characters the words are: what stands between blanks."""
        # An alphabet may have characters of more than one code point, such as flags.
        inked = "".join([" " if character.isspace() else "x" for character in self.characters])
        return [slice(*word.span()) for word in _WORD.finditer(inked)]

    def __len__(self) -> int:
        """How many characters it has."""
        return len(self.characters)


def mean(probabilities: Sequence[float]) -> float:
    """Of some characters; 0 if there are none."""
    return sum(probabilities) / len(probabilities) if probabilities else 0.0
