from __future__ import annotations

import pytest

from benchmarks.shapes import Kind, differences, parse, shape, union

NUMBER = frozenset(["number"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("11", Kind(types=NUMBER)),
        ("-1.5384", Kind(types=NUMBER, decimals=4)),
        ("11.0", Kind(types=NUMBER, decimals=1, padded=True)),
        ("0.10", Kind(types=NUMBER, decimals=2, padded=True)),
        ("1e3", Kind(types=NUMBER)),
        ("true", Kind(types=frozenset(["boolean"]))),
        ("null", Kind(types=frozenset(["null"]))),
        ('"1.5"', Kind(types=frozenset(["string"]))),
    ],
)
def test_a_value(text: str, kind: Kind) -> None:
    assert shape(parse(f'{{"key":{text}}}')) == {"key": kind}


def test_the_items_of_a_list_are_one_place() -> None:
    found = shape(parse('{"pages":[{"width":8.5},{"width":11,"text":"x"}]}'))
    assert found == {
        "pages": Kind(types=frozenset(["array"])),
        "pages[]": Kind(types=frozenset(["object"])),
        "pages[].width": Kind(types=NUMBER, decimals=1),
        "pages[].text": Kind(types=frozenset(["string"])),
    }


def test_ignored_keys_are_left_out_wherever_they_are() -> None:
    assert shape({"marks": [1], "page": {"marks": 2}}, ["marks"]) == {"page": Kind(types=frozenset(["object"]))}


def test_a_union_has_what_either_has() -> None:
    assert union(shape(parse('{"a":1.25}')), shape(parse('{"a":"x","b":1}'))) == {
        "a": Kind(types=frozenset(["number", "string"]), decimals=2),
        "b": Kind(types=NUMBER),
    }


@pytest.mark.parametrize(
    ("theirs", "ours", "sentence"),
    [
        ('{"a":{"b":1}}', '{"a":{}}', "`a.b` is missing"),
        ('{"a":{}}', '{"a":{"b":1}}', "`a.b` is more than they have"),
        ('{"a":1}', '{"a":"1"}', "`a` is string, and theirs number without decimals"),
        ('{"a":1}', '{"a":1.5}', "`a` is number with 1 decimals, and theirs number without decimals"),
        (
            '{"a":1.5}',
            '{"a":1.0}',
            "`a` is number with 1 decimals, padded with zeros, and theirs number with 1 decimals",
        ),
    ],
)
def test_a_difference(theirs: str, ours: str, sentence: str) -> None:
    assert differences(shape(parse(theirs)), shape(parse(ours))) == [sentence]


@pytest.mark.parametrize("ours", ['{"a":1.5}', '{"a":[1]}'])
def test_what_looks_alike_does_not_differ(ours: str) -> None:
    theirs = ours.replace("1.5", "-7.0").replace("[1]", "[2, 3]")
    assert differences(shape(parse(theirs)), shape(parse(ours))) == []


@pytest.mark.parametrize(("count", "differs"), [(0, True), (5, False), (19, False), (20, True)])
def test_few_fractions_may_be_short_by_chance(count: int, differs: bool) -> None:
    ours = f'{{"a":[{",".join(["1", *["0.5"] * count])}]}}'
    assert bool(differences(shape(parse('{"a":[0.933]}')), shape(parse(ours)))) is differs
