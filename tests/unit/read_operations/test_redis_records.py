"""What is stored of an operation is what another version of the fleet finds there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from read_operations.records import Format, ReadingOrder, Request
from read_operations.redis_records import request_text, stored_operation

ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"

requests = st.builds(
    Request,
    id=st.uuids().map(str),
    format=st.sampled_from(Format),
    pages=st.none() | st.text(),
    language=st.none() | st.text(),
    reading_order=st.sampled_from(ReadingOrder),
    patient=st.booleans(),
    account=st.none() | st.text(),
)


def stored_request(text: bytes) -> Request:
    return stored_operation([text, b"notStarted", b"1", b"1", None, None, None, None]).request


@given(requests)
def test_a_request_comes_back_as_it_was_stored(request: Request) -> None:
    assert stored_request(request_text(request)) == request


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (Request(id=ID, format=Format.PDF), f'{{"id":"{ID}","format":"pdf"}}'),
        (
            Request(
                id=ID,
                format=Format.TIFF,
                pages="1-3",
                language="de",
                reading_order=ReadingOrder.NATURAL,
                patient=True,
                account="reader",
            ),
            f'{{"id":"{ID}","format":"tiff","pages":"1-3","language":"de","reading_order":"natural",'
            '"patient":true,"account":"reader"}',
        ),
    ],
)
def test_a_request_is_stored_without_its_defaults(request_: Request, text: str) -> None:
    assert request_text(request_) == text.encode()


def test_a_request_of_a_newer_version_is_read_as_far_as_it_is_known() -> None:
    assert stored_request(f'{{"id":"{ID}","format":"pdf","new":1}}'.encode()) == Request(id=ID, format=Format.PDF)


def test_a_request_of_another_version_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValidationError):
        stored_request(f'{{"id":"{ID}","format":"scroll"}}'.encode())
