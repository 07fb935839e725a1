"""PDFs as other programs encrypt them, seen in pieces of any size."""

from __future__ import annotations

import io
import random
from typing import Any

import pikepdf
import pytest

from api_gateway.pdfs import passing
from api_gateway.pdfs.passing import PassingPdf
from api_gateway.pdfs.passwords import needs_password
from read_operations.errors import DocumentDamaged, DocumentEncrypted, DocumentError
from tests.builders import PdfPage, PdfText, assembled, pdf

pytestmark = pytest.mark.filterwarnings("ignore:Encryption R=5 is deprecated")

PLAIN = pdf([PdfPage(texts=(PdfText(text="Hi", x=72, y=600),))] * 3)


def refusal(data: bytes, size: int = 5_000) -> DocumentError | None:
    passing = PassingPdf()
    try:
        for at in range(0, len(data), size):
            passing.see(data[at : at + size])
        passing.check()
    except DocumentError as error:
        return error
    return None


def encrypted(user: str, revision: int, *, bulk: int = 0, aes: bool | None = None, **how: Any) -> bytes:
    """A file by qpdf, with so much incompressible ballast."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(PLAIN)) as document:
        document.Root.Chaff = pikepdf.Array([pikepdf.Dictionary(S=pikepdf.Name.Standard)] * 50)
        if bulk:
            document.Root.Ballast = document.make_stream(random.Random(1).randbytes(bulk))
        aes = revision >= 4 if aes is None else aes
        encryption = pikepdf.Encryption(owner="boss", user=user, R=revision, aes=aes, metadata=aes)  # type: ignore[arg-type]
        document.save(out, encryption=encryption, **how)
    return out.getvalue()


def tries(monkeypatch: pytest.MonkeyPatch) -> list[dict[bytes, Any]]:
    """The dictionaries whose password will be tried."""
    tried: list[dict[bytes, Any]] = []

    def counted(encryption: dict[bytes, Any], identifier: bytes) -> bool:
        tried.append(encryption)
        return needs_password(encryption, identifier)

    monkeypatch.setattr(passing, "needs_password", counted)
    return tried


LOCKED = b"<< /Filter /Standard /V 2 /R %d /P -4 /U (" + b"u" * 48 + b") /O (" + b"o" * 48 + b") >>"
STREAMS = {"object_stream_mode": pikepdf.ObjectStreamMode.generate}


@pytest.mark.parametrize("revision", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("how", [{}, STREAMS, {"linearize": True}, STREAMS | {"linearize": True}])
@pytest.mark.parametrize("bulk", [0, 200_000])
def test_what_needs_a_password(revision: int, how: dict[str, Any], bulk: int) -> None:
    locked = encrypted("sesame", revision, bulk=bulk, **how)
    for size in (1, 100, 5_000, 10**6) if not bulk else (5_000, 10**6):
        assert isinstance(refusal(locked, size), DocumentEncrypted), size
    assert refusal(encrypted("", revision, bulk=bulk, **how)) is None


def test_metadata_may_be_left_out_of_it() -> None:
    assert isinstance(refusal(encrypted("sesame", 4, aes=False)), DocumentEncrypted)
    assert refusal(encrypted("", 4, aes=False)) is None


def test_the_samples_of_our_own() -> None:
    assert isinstance(refusal(pdf([PdfPage()], user_password="sesame")), DocumentEncrypted)
    assert refusal(pdf([PdfPage()], owner_password="sesame")) is None
    assert refusal(PLAIN) is None


def test_rubbish_around_it() -> None:
    locked = encrypted("sesame", 6)
    assert isinstance(refusal(b"rubbish\n" * 100 + locked + bytes(10_000)), DocumentEncrypted)


def test_other_mentions_of_a_password_do_not_count() -> None:
    locked = encrypted("sesame", 6)
    attached = assembled({1: b"<< /Kids [1 0 R] /Length %d >>"}, {1: locked})
    # Within another file, and before it
    assert refusal(attached) is None
    assert refusal(locked + b"\n" + PLAIN) is None


@pytest.mark.parametrize(
    "dictionary",
    [
        b"<< /Filter /Standard >>",
        b"<< /Filter /Standard /V 1 /R 2 /U (short) /O (short) /P -4 >>",
        b"<< /Filter /Standard /V 9 /R 9 /U <%b> /O <%b> /P -4 >>" % (b"00" * 48, b"00" * 48),
        b"<< /Filter /Adobe.PubSec /V 4 >>",
        b"<< /Filter /Standard /V 5 /R 6 /U 5 0 R /O 6 0 R >>",
        b"[ /Filter /Standard ]",
        b"<< /Filter /Standard",
    ],
)
def test_what_is_not_understood_is_left_to_the_worker(dictionary: bytes) -> None:
    assert refusal(assembled({1: b"<< >>", 2: dictionary}, {}, b"/Encrypt 2 0 R /ID [<00> <00>]")) is None
    assert refusal(assembled({1: b"<< >>"}, {}, b"/Encrypt " + dictionary)) is None


@pytest.mark.parametrize("revision", [3, 6])
def test_an_encryption_dictionary_is_tried_once(revision: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = tries(monkeypatch)
    # Many mentions of one, and all in sight of two places
    many = b"%" + b"2 0 obj%" * 100 + b"\n" + LOCKED % revision + b" << /Filter /Standard >>"
    locked = assembled({1: b"<< >>", 2: many}, {}, b"/Encrypt 2 0 R /ID [<00> <00>]")
    for size in (100, 10**6):
        assert isinstance(refusal(locked, size), DocumentEncrypted)
    assert len(tried) == 2


def test_versions_of_an_encryption_dictionary_are_tried_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = tries(monkeypatch)
    for count in (passing._MOST_PLACES, passing._MOST_PLACES + 1):
        versions = b"\nendobj\n2 0 obj\n".join([LOCKED % 3] * count)
        locked = assembled({1: b"<< >>", 2: versions}, {}, b"/Encrypt 2 0 R /ID [<00> <00>]")
        error = refusal(locked)
        assert isinstance(error, DocumentEncrypted) if count <= passing._MOST_PLACES else error is None
    assert len(tried) == passing._MOST_PLACES


def test_what_has_nothing_in_it() -> None:
    empty = assembled({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [ ] /Count 0 >>"}, {})
    for data, sentence in [
        (b"%PDF-1.7\nThis is no PDF.\n%%EOF", "nothing in it"),
        (empty, "no pages"),
    ]:
        error = refusal(data)
        assert isinstance(error, DocumentDamaged)
        assert sentence in error.message
    # What may have pages
    for more in (b"/Kids [3 0 R]", b"/Kids 3 0 R", b"/Type /ObjStm"):
        assert refusal(empty.replace(b"/Type /Catalog", b"/Type /Catalog /X << %b >>" % more)) is None


@pytest.mark.parametrize("data", [b"", b"obj startxref 99999999999", b"obj startxref 0\n" + b"trailer" * 30_000])
def test_rubbish_is_left_to_the_worker(data: bytes) -> None:
    assert refusal(data + b"obj") is None


def test_little_is_kept() -> None:
    kept = PassingPdf()
    for _ in range(200):
        kept.see(b"/Filter /Standard " * 3_000)
    kept.check()
    assert len(kept._places) == passing._MOST_PLACES
    assert max(len(place) for _, place in kept._places) <= 2 * passing._AROUND_BYTES
    assert sum(map(len, kept._end)) < passing._ENDS_BYTES + 54_001
    assert len(kept._start) == passing._ENDS_BYTES
