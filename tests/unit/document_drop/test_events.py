from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_drop.events import Garbage, blobs_named

SUBJECT = "/blobServices/default/containers/dropped/blobs/a b/ü.pdf"
EVENT_GRID = {
    "topic": "/subscriptions/x/resourceGroups/y/providers/Microsoft.Storage/storageAccounts/z",
    "subject": SUBJECT,
    "eventType": "Microsoft.Storage.BlobCreated",
    "id": "831e1650-001e-001b-66ab-eeb76e069631",
    "data": {"api": "PutBlob", "url": "https://z.blob.core.windows.net/dropped/a%20b/%C3%BC.pdf"},
    "dataVersion": "",
    "metadataVersion": "1",
    "eventTime": "2026-11-22T01:00:00Z",
}
CLOUD_EVENT = {
    "specversion": "1.0",
    "source": EVENT_GRID["topic"],
    "subject": SUBJECT,
    "type": "Microsoft.Storage.BlobCreated",
    "time": "2026-11-22T01:00:00Z",
    "id": "831e1650",
    "data": {},
}


@pytest.mark.parametrize("event", [EVENT_GRID, [EVENT_GRID], CLOUD_EVENT, [CLOUD_EVENT, EVENT_GRID]])
def test_an_event_in_either_schema_plain_or_in_base64(event: Any) -> None:
    text = json.dumps(event)
    assert blobs_named(text, "dropped") == ["a b/ü.pdf"]
    assert blobs_named(base64.b64encode(text.encode()).decode(), "dropped") == ["a b/ü.pdf"]


@pytest.mark.parametrize(
    "change", [{"eventType": "Microsoft.Storage.BlobDeleted"}, {"subject": SUBJECT.replace("dropped", "other")}]
)
def test_events_about_something_else(change: dict[str, str]) -> None:
    assert blobs_named(json.dumps({**EVENT_GRID, **change}), "dropped") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "{",
        "[1]",
        "{}",
        "eyJ4Ijox",
        "[" * 100_000,
        json.dumps({**EVENT_GRID, "subject": None}),
        json.dumps({**EVENT_GRID, "subject": "/x"}),
        json.dumps({**EVENT_GRID, "subject": SUBJECT + "\ud800"}),
    ],
)
def test_garbage(text: str) -> None:
    with pytest.raises(Garbage):
        blobs_named(text, "dropped")


@given(st.text())
def test_nothing_else_is_raised(text: str) -> None:
    with contextlib.suppress(Garbage):
        assert blobs_named(text, "dropped") == []
