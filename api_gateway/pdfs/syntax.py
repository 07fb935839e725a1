"""One dictionary of a PDF, read from bytes that nobody has checked."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from typing import Any, Final

_TOKEN: Final = re.compile(
    rb"(?:[\0\t\n\f\r ]++|%[^\r\n]*+)*+"
    rb"(<<|>>|\[|\]|\(|<[0-9A-Fa-f\0\t\n\f\r ]*+>|/[^\0\t\n\f\r ()<>\[\]{}/%]*+|[^\0\t\n\f\r ()<>\[\]{}/%]++)"
)
_STRING_PART: Final = re.compile(rb"\\(?:[0-7]{1,3}|\r\n|.)|[()]|\r\n?", re.DOTALL)
_ESCAPES: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_REFERENCE: Final = re.compile(rb"[\0\t\n\f\r ]++(\d{1,5})[\0\t\n\f\r ]++R\b")
#: What is looked at here has strings and numbers, and dictionaries in it of the second level.
_MOST_DEPTH: Final = 8


class NotUnderstood(ValueError):
    """These bytes are no dictionary, or none that is understood here."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name, without its slash."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Reference:
    """Another object of the file, by its number."""

    number: int


def dictionary(data: bytes, at: int) -> dict[bytes, Any]:
    """The dictionary that begins at this place.

    Strings are bytes, numbers int where they are whole, arrays lists; whatever else there is comes as None.

    Raises:
        NotUnderstood: there is none, or not all of it.
    """
    value, _ = _value(data, at, 0)
    if not isinstance(value, dict):
        raise NotUnderstood
    return value


def beginning(data: bytes, at: int) -> int:
    """Where what comes next begins, after blanks and comments.

    Raises:
        NotUnderstood: nothing comes.
    """
    match = _TOKEN.match(data, at)
    if match is None:
        raise NotUnderstood
    return match.start(1)


def _value(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """What stands there, and where it ends."""
    match = _TOKEN.match(data, at)
    if match is None or depth > _MOST_DEPTH:
        raise NotUnderstood
    token, at = match[1], match.end()
    if token == b"<<":
        return _entries(data, at, depth)
    if token == b"[":
        return _items(data, at, depth)
    if token == b"(":
        return _string(data, at)
    if token.startswith(b"<"):
        digits = b"".join(token[1:-1].replace(b"\0", b"").split())
        return binascii.unhexlify(digits + b"0" * (len(digits) % 2)), at
    if token.startswith(b"/"):
        return Name(token[1:]), at
    if token in (b">>", b"]"):
        raise NotUnderstood
    if not re.fullmatch(rb"[+-]?\d{1,10}", token):
        return {b"true": True, b"false": False}.get(token), at
    if reference := _REFERENCE.match(data, at):
        return Reference(int(token)), reference.end()
    return int(token), at


def _entries(data: bytes, at: int, depth: int) -> tuple[dict[bytes, Any], int]:
    entries: dict[bytes, Any] = {}
    while True:
        match = _TOKEN.match(data, at)
        if match is None or not (match[1] == b">>" or match[1].startswith(b"/")):
            raise NotUnderstood
        if match[1] == b">>":
            return entries, match.end()
        entries[match[1][1:]], at = _value(data, match.end(), depth + 1)


def _items(data: bytes, at: int, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    while True:
        match = _TOKEN.match(data, at)
        if match is None:
            raise NotUnderstood
        if match[1] == b"]":
            return items, match.end()
        item, at = _value(data, at, depth + 1)
        items.append(item)


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    out, open = bytearray(), 1
    while match := _STRING_PART.search(data, at):
        part = match[0]
        out += data[at : match.start()]
        at = match.end()
        if part == b")":
            open -= 1
            if not open:
                return bytes(out), at
        open += part == b"("
        out += _unescaped(part)
    raise NotUnderstood


def _unescaped(part: bytes) -> bytes:
    if part.startswith(b"\r"):
        return b"\n"  # however the line ends
    if not part.startswith(b"\\"):
        return part
    escaped = part[1:]
    if escaped.isdigit() and escaped[0] < ord("8"):
        return bytes([int(escaped, 8) & 0xFF])
    return b"" if escaped[:1] in (b"\r", b"\n") else _ESCAPES.get(escaped, escaped)
