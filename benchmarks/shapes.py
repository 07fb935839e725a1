"""What JSON looks like, whatever it says: the keys, the types of their values, and how numbers are written."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

#: Of fewer fractions all may have less decimals than could be written, by chance.
_ENOUGH: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What stands at one place of a document."""

    types: frozenset[str]
    #: The most decimals that a number has there; 0 where all are whole.
    decimals: int = 0
    #: Whether a number is written with zeros that say nothing, such as 11.0.
    padded: bool = False
    #: How many numbers there are not whole.
    fractions: int = field(default=0, compare=False)

    def __or__(self, other: Kind) -> Kind:
        return Kind(
            types=self.types | other.types,
            decimals=max(self.decimals, other.decimals),
            padded=self.padded or other.padded,
            fractions=self.fractions + other.fractions,
        )

    def __str__(self) -> str:
        text = " or ".join(sorted(self.types))
        if "number" in self.types:
            text += f" with {self.decimals} decimals" if self.decimals else " without decimals"
        return text + (", padded with zeros" if self.padded else "")


#: Path, as in `analyzeResult.readResults[].page` -> what stands there.
Shape = dict[str, Kind]


def parse(text: str) -> Any:
    """JSON whose numbers keep their decimals as they were written."""
    return json.loads(text, parse_float=Decimal)


def shape(value: Any, ignored: Collection[str] = ()) -> Shape:
    """The shape of a parsed document without the keys that are ignored."""
    found: Shape = {}
    for path, kind in _walk(value, "", frozenset(ignored)):
        found[path] = found[path] | kind if path in found else kind
    return found


def union(first: Shape, second: Shape) -> Shape:
    """The shape of both."""
    return {path: _either(first.get(path), second.get(path)) for path in [*first, *(second.keys() - first.keys())]}


def differences(theirs: Shape, ours: Shape) -> list[str]:
    """A sentence for each place where two shapes differ."""
    sentences = []
    for path in sorted(theirs.keys() | ours.keys()):
        if path not in ours:
            sentences.append(f"`{path}` is missing")
        elif path not in theirs:
            sentences.append(f"`{path}` is more than they have")
        elif not _agrees(theirs[path], ours[path]):
            sentences.append(f"`{path}` is {ours[path]}, and theirs {theirs[path]}")
    return sentences


def _agrees(theirs: Kind, ours: Kind) -> bool:
    # They may write 7.0 or 7: only what we write is held against us.
    padded = ours.padded and not theirs.padded
    by_chance = ours.decimals < theirs.decimals and 0 < ours.fractions < _ENOUGH
    return theirs.types == ours.types and (theirs.decimals == ours.decimals or by_chance) and not padded


def _walk(value: Any, path: str, ignored: frozenset[str]) -> Iterator[tuple[str, Kind]]:
    if isinstance(value, dict):
        if path:
            yield path, Kind(types=frozenset(["object"]))
        for key, item in value.items():
            if key not in ignored:
                yield from _walk(item, f"{path}.{key}".removeprefix("."), ignored)
    elif isinstance(value, list):
        yield path, Kind(types=frozenset(["array"]))
        for item in value:
            yield from _walk(item, f"{path}[]", ignored)
    else:
        yield path, _kind(value)


def _kind(value: object) -> Kind:
    if isinstance(value, bool):
        return Kind(types=frozenset(["boolean"]))
    if isinstance(value, int):
        return Kind(types=frozenset(["number"]))
    if isinstance(value, Decimal):
        written = value.as_tuple()
        return Kind(
            types=frozenset(["number"]),
            decimals=max(-int(written.exponent), 0),
            padded=written.digits[-1] == 0,
            fractions=int(value % 1 != 0),
        )
    return Kind(types=frozenset(["null" if value is None else "string"]))


def _either(first: Kind | None, second: Kind | None) -> Kind:
    if first is None or second is None:
        kind = first or second
        assert kind is not None
        return kind
    return first | second
