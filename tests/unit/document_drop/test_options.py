from __future__ import annotations

import json

import pytest

from document_drop.options import BadOptions, OptionsReader
from read_operations.records import Output, ReadingOrder
from tests.unit.document_drop.drops import FolderDrop


def test_the_nearest_prefix_says_how(folder_drop: FolderDrop) -> None:
    folder_drop.put("options.json", json.dumps({"language": "DE"}).encode())
    folder_drop.put(
        "a/options.json", json.dumps({"pages": "1-3", "readingOrder": "natural", "outputs": ["pdf"]}).encode()
    )
    reader = OptionsReader(folder_drop.place, folder_drop.settings)
    top, inner = reader.of("x.pdf"), reader.of("a/b/x.pdf")
    assert (top.parameters.language, top.parameters.pages, top.outputs) == ("de", None, ())
    assert (inner.parameters.language, inner.parameters.pages) == (None, "1-3")
    assert inner.parameters.reading_order is ReadingOrder.NATURAL
    assert inner.outputs == (Output.PDF,)


def test_without_a_file_the_settings_count(folder_drop: FolderDrop) -> None:
    settings = folder_drop.settings.model_copy(update={"drop_outputs": (Output.TEXT,)})
    assert OptionsReader(folder_drop.place, settings).of("x.pdf").outputs == (Output.TEXT,)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "options.json is not valid. the file: invalid JSON"),
        (b"[]", "options.json is not valid"),
        (
            b'{"langauge": "de"}',
            "langauge: there is no such option; there are language, pages, readingOrder, outputs and webhook",
        ),
        (b'{"language": "klingon"}', "language: no language has this code"),
        (b'{"pages": "3-1"}', "pages: .*reversed range 3-1"),
        (b'{"pages": 3}', "pages: input should be a valid string"),
        (b'{"readingOrder": "up"}', "readingOrder: input should be 'basic' or 'natural'"),
        (b'{"outputs": ["docx"]}', "outputs.0: input should be 'text', 'hocr', 'alto' or 'pdf'"),
        (b'{"webhook": "https://elsewhere.example/"}', "webhook: its host is not among .* READFLEET_WEBHOOK_HOSTS"),
        (b" " * 70_000, "larger than 65536 bytes"),
    ],
)
def test_what_is_wrong_is_said(folder_drop: FolderDrop, content: bytes, said: str) -> None:
    folder_drop.put("a/options.json", content)
    with pytest.raises(BadOptions, match=said) as caught:
        OptionsReader(folder_drop.place, folder_drop.settings).of("a/b/x.pdf")
    assert caught.value.prefix == "a/"
