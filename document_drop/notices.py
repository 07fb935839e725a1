"""What others are told of a document that is finished, by a queue or by a webhook: a CloudEvent."""

from __future__ import annotations

import datetime as dt
import json
import uuid

from document_drop.claims import Claim
from document_drop.place import Mark
from read_operations.settings import Settings
from read_operations.webhooks.outbox import Message, Outbox


def finished(claim: Claim, mark: Mark, result: str, settings: Settings) -> str:
    """The event, as JSON; `result` is the name of the JSON that was written."""
    event = {
        "specversion": "1.0",
        "id": event_id(claim, mark),
        "source": f"/readfleet/drop/{settings.drop_container or ''}",
        "type": f"readfleet.document.{mark.standing}",
        "subject": claim.name,
        "time": dt.datetime.now(dt.UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "status": mark.standing,
            "operationId": claim.operation,
            "pages": mark.pages,
            "failedPages": mark.failed_pages,
            "resultContainer": settings.results_container if settings.drop_container else "results",
            "result": result,
        },
    }
    return json.dumps(event)


def event_id(claim: Claim, mark: Mark) -> str:
    """The same for an event that is told twice."""
    return str(uuid.uuid5(uuid.UUID(claim.operation), mark.standing))


class WebhookNotices:
    """Tells the webhooks that the options of documents name."""

    def __init__(self, outbox: Outbox, settings: Settings) -> None:
        self._outbox = outbox
        self._settings = settings

    def tell(self, claim: Claim, mark: Mark, result: str) -> None:
        """See `Notices.tell`."""
        if claim.webhook:
            body = finished(claim, mark, result, self._settings)
            self._outbox.put(Message(id=event_id(claim, mark), url=claim.webhook, body=body))
