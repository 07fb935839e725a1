"""Which script a line is in, as far as that decides what is said about it."""

from __future__ import annotations

import unicodedata


def is_latin(text: str) -> bool:
    """Whether none of its letters, or at least half of them, are Latin ones."""
    letters = [character for character in text if character.isalpha()]
    latin = sum(character.isascii() or "LATIN" in unicodedata.name(character, "") for character in letters)
    return 2 * latin >= len(letters)
