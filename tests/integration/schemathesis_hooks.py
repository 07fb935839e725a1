"""What Schemathesis sends: documents and addresses that are not all refused alike, and a few of the languages."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies as st

from tests.builders import PdfPage, encoded, pdf, text_page

_DOCUMENTS = [encoded(text_page().image, "PNG"), pdf([PdfPage()]), b"no document", b""]
#: None leads off this machine.
_ADDRESSES = ["http://127.0.0.1:1/letter.pdf", "https://[::1]/a.png", "ftp://localhost/a.png", "http://", "a.png"]

schemathesis.openapi.format("binary", st.sampled_from(_DOCUMENTS))
schemathesis.openapi.format("uri", st.sampled_from(_ADDRESSES))


@schemathesis.hook
def before_load_schema(_: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Leaves a few languages: each would be tried on every call."""
    for item in raw_schema["paths"].values():
        for call in item.values():
            for parameter in call.get("parameters", []):
                if parameter["name"] == "language":
                    del parameter["schema"]["enum"][5:]
