"""How much of a page's text was read right: characters and words in order, and words in any order.

Texts are compared in NFKC, with straight quotes and every run of blanks as one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Levenshtein

_STRAIGHT: Final = str.maketrans("‘’“”", "''\"\"")
#: Of lower-cased text: digits, letters of English, and all from À on.
_WORD: Final = re.compile(r"[0-9a-zÀ-\uffff]+")


def plain(text: str) -> str:
    """The text as it is compared."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_STRAIGHT).split())


def words(text: str) -> list[str]:
    """The words that count in any order: lower case, without punctuation."""
    return _WORD.findall(plain(text).lower())


@dataclass(slots=True)
class Score:
    """Pooled over pages, so that every character and word weighs the same."""

    characters: int = 0
    character_errors: int = 0
    words: int = 0
    word_errors: int = 0
    #: Words in any order: in both, only in what was read, only in the truth.
    right: int = 0
    invented: int = 0
    missed: int = 0

    def add(self, truth: str, read: str, *, fold_case: bool = False) -> None:
        """One more page; with `fold_case` capitals do not matter in order, as they never do in any order."""
        wanted, got = plain(truth), plain(read)
        if fold_case:
            wanted, got = wanted.lower(), got.lower()
        self.characters += len(wanted)
        self.character_errors += Levenshtein.distance(wanted, got)
        self.words += len(wanted.split())
        self.word_errors += Levenshtein.distance(wanted.split(), got.split())
        wanted_words, got_words = Counter(words(truth)), Counter(words(read))
        self.right += (wanted_words & got_words).total()
        self.missed += (wanted_words - got_words).total()
        self.invented += (got_words - wanted_words).total()

    @property
    def cer(self) -> float:
        """Character errors, in order, for each character of the truth."""
        return self.character_errors / max(1, self.characters)

    @property
    def wer(self) -> float:
        """Word errors, in order, for each word of the truth."""
        return self.word_errors / max(1, self.words)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall of words in any order."""
        return 2 * self.right / max(1, 2 * self.right + self.invented + self.missed)
