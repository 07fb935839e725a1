"""Whether the characters of a text layer are text, or what is left when a font does not say what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ocr_worker.documents.text_words import LayerWord

#: Share of characters that may be no text: bullets and ornaments come from fonts without meaning.
_MOST_SUSPICIOUS: Final = 0.2
#: Where so many of the characters are Latin letters, the share of vowels tells a language from shifted codes: those
#: that use these letters have between 0.35 and 0.5, acronyms and part lists somewhat less.
_ENOUGH_LETTERS: Final = 60
_LETTERS_SHARE: Final = 0.5
_LEAST_VOWELS: Final = 0.2
_LETTERS: Final = re.compile("[A-Za-z]")
_VOWELS: Final = re.compile("[AEIOUYaeiouy]")


def is_text(words: Iterable[LayerWord]) -> bool:
    """Whether a layer of these words can be believed."""
    total = suspicious = letters = vowels = 0
    for word in words:
        total += len(word.text)
        suspicious += word.suspicious
        letters += len(_LETTERS.findall(word.text))
        vowels += len(_VOWELS.findall(word.text))
    if suspicious > _MOST_SUSPICIOUS * total:
        return False
    if letters < max(_ENOUGH_LETTERS, _LETTERS_SHARE * total):
        return True
    return vowels >= _LEAST_VOWELS * letters
