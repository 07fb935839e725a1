"""Text from elsewhere, made fit to be shown."""

from __future__ import annotations


def printable(text: str) -> str:
    """A text without what a terminal would obey, line ends among it: names may hold anything."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
