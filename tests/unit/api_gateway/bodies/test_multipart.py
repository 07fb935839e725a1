from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterable

import anyio
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api_gateway.bodies.multipart import MOST_OTHER_BYTES, first_file
from read_operations.errors import BadForm

pytestmark = pytest.mark.anyio
BOUNDARY = "frontier"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def part(content: bytes, *headers: str) -> bytes:
    return (
        f"--{BOUNDARY}\r\n".encode() + "".join(f"{each}\r\n" for each in headers).encode() + b"\r\n" + content + b"\r\n"
    )


def file(content: bytes, name: str = 'filename="a.pdf"') -> bytes:
    return part(content, f'Content-Disposition: form-data; name="file"; {name}', "Content-Type: application/pdf")


FIELD = part(b"a value", 'Content-Disposition: form-data; name="field"')
END = f"--{BOUNDARY}--\r\n".encode()


async def found(pieces: Iterable[bytes], content_type: str = TYPE) -> bytes:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return b"".join([chunk async for chunk in first_file(body(), content_type)])


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (file(b"document") + END, b"document"),
        (b"\r\n" + file(b"document") + END, b"document"),
        (FIELD + file(b"document") + FIELD + END + b"epilogue", b"document"),
        (file(b"first") + file(b"second") + END, b"first"),
        (file(b"\r\n--frontie\r\n--\r\n\r") + END, b"\r\n--frontie\r\n--\r\n\r"),
        # A browser's part for a file that was not chosen
        (file(b"", 'filename=""') + file(b"document") + END, b"document"),
        # Some libraries write no file name, or only the long form of it
        (part(b"document", "content-disposition: form-data; name=file", "content-type: image/png") + END, b"document"),
        (file(b"document", "filename*=utf-8''a.pdf") + END, b"document"),
        (part(b"document", 'CONTENT-DISPOSITION: form-data; name="x"; filename="a;b\\".pdf"') + END, b"document"),
        # As small as it goes
        (file(b"d") + f"--{BOUNDARY}--".encode(), b"d"),
    ],
)
async def test_the_first_file_is_the_document(body: bytes, document: bytes) -> None:
    assert await found([body]) == document
    assert await found([bytes([byte]) for byte in body]) == document


@given(
    st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--", b"--frontie", b"\r\n--frontier", b"x"]), max_size=12),
    st.lists(st.integers(0, 400), max_size=8),
)
@example([b"\r\n--frontie", b"x"], [80, 95])
def test_how_a_form_is_cut_makes_no_difference(content: list[bytes], cuts: list[int]) -> None:
    # Given a document that looks like a boundary now and then, without having one
    document = b"%PDF-" + b"".join(content).replace(b"\r\n--frontier", b"\r\n--frontjer") + b"%%EOF"
    body = FIELD + file(document) + FIELD + END
    places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[start:end] for start, end in itertools.pairwise(places)]
    assert anyio.run(found, pieces) == document


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=frontier",
        'multipart/form-data; boundary="frontier"',
        "Multipart/Form-Data; charset=utf-8; Boundary=frontier",
        "multipart/form-data;boundary=frontier;",
    ],
)
async def test_ways_to_write_the_boundary(content_type: str) -> None:
    assert await found([file(b"document") + END], content_type) == b"document"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (FIELD + END, "has no file"),
        (END, "has no file"),
        (file(b"", 'filename=""') + END, "has no file"),
        (part(b"x", "Content-Disposition: form-data; name=f", "Content-Type: text/plain") + END, "has no file"),
        (file(b"") + END, "is empty"),
        (file(b"document"), "breaks off"),
        (file(b"document")[:-5], "breaks off"),
        (FIELD[:20], "breaks off"),
        (b"", "breaks off"),
        (b"%PDF-1.7 no form at all", "not written as"),
        (b"--other\r\n\r\nx\r\n--other--", "not written as"),
        (part(b"x", "no header") + END, "not written as"),
        (part(b"x", *(f"X-{n}: 1" for n in range(100))) + END, "not written as"),
        (part(b"x", "X: " + "y" * 100_000) + END, "not written as"),
        (f"--{BOUNDARY}\r\n".encode() + b"x" * 100_000, "not written as"),
        (part(bytes(MOST_OTHER_BYTES), 'Content-Disposition: form-data; name="f"') + file(b"d") + END, "besides"),
        (file(b"d") + file(bytes(MOST_OTHER_BYTES)) + END, "besides"),
        (FIELD * (MOST_OTHER_BYTES // len(FIELD) + 1), "besides"),
        (file(b"d") + END + bytes(MOST_OTHER_BYTES), "besides"),
    ],
)
async def test_refusals(body: bytes, sentence: str) -> None:
    for size in (len(body) + 1, 4096):
        with pytest.raises(BadForm, match=sentence) as caught:
            await found(body[start : start + size] for start in range(0, len(body), size))
        assert caught.value.code == "InvalidRequest"


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; x"]
)
async def test_without_a_boundary(content_type: str) -> None:
    with pytest.raises(BadForm, match="has no boundary"):
        await found([file(b"document") + END], content_type)


async def test_a_boundary_beyond_measure() -> None:
    with pytest.raises(BadForm, match="too long"):
        await found([], f"multipart/form-data; boundary={'x' * 1000}")


async def test_the_document_passes_through_as_it_comes() -> None:
    # Given a form whose end has not come yet
    async def body() -> AsyncIterator[bytes]:
        yield file(b"x" * 1000)[:-2]
        yield b"y" * 1000
        raise AssertionError("read ahead")

    document = first_file(body(), TYPE)
    assert set(await anext(document)) == {ord("x")}
    assert set(await anext(document)) <= set(b"xy\r\n")
