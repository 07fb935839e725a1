from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.pdfs.syntax import Name, NotUnderstood, Reference, dictionary


def test_a_dictionary_with_everything_in_it() -> None:
    text = b"""rubbish << /Filter/Standard /V 4%comment >>
        /Length 128 /P -1084 /Real 1.5 /Yes true /No false /Nothing null
        /O (a\\(b\\)(c)\\\\\\n\\101\\8\\
d\r\ne) /U <48 65 6C 6c 6F7> /Encrypt 12 0 R /Numbers [1 0 2 0 R]
        /CF << /StdCF << /AuthEvent /DocOpen /CFM /AESV2 >> >> /Empty << >> /Bare [] >> more"""
    assert dictionary(text, 7) == {
        b"Filter": Name(b"Standard"),
        b"V": 4,
        b"Length": 128,
        b"P": -1084,
        b"Real": None,
        b"Yes": True,
        b"No": False,
        b"Nothing": None,
        b"O": b"a(b)(c)\\\nA8d\ne",
        b"U": b"Hellop",
        b"Encrypt": Reference(12),
        b"Numbers": [1, 0, Reference(2)],
        b"CF": {b"StdCF": {b"AuthEvent": Name(b"DocOpen"), b"CFM": Name(b"AESV2")}},
        b"Empty": {},
        b"Bare": [],
    }


@pytest.mark.parametrize(
    "text", [b"", b"12", b"[1]", b"<<", b"<< /A", b"<< 1 2 >>", b"<< /A >>", b"<< /A (b >>", b"<</A[1"]
)
def test_what_is_none(text: bytes) -> None:
    with pytest.raises(NotUnderstood):
        dictionary(text, 0)


def test_what_nests_is_given_up() -> None:
    for text in (b"<< /A " * 10_000, b"<< /A " + b"[" * 10_000):
        with pytest.raises(NotUnderstood):
            dictionary(text, 0)


@given(
    st.lists(
        st.sampled_from([b"<<", b">>", b"[", b"]", b"(", b")", b"\\", b"/A", b"<4", b">", b"%", b"\n", b" 1", b"R"])
    )
)
def test_no_bytes_raise_anything_else(parts: list[bytes]) -> None:
    with contextlib.suppress(NotUnderstood):
        dictionary(b"<< /A " + b"".join(parts), 0)
