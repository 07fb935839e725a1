"""What the gateway works with, handed to everything that needs it."""

from __future__ import annotations

from dataclasses import dataclass

from api_gateway.downloads.downloader import Downloader
from read_operations.documents import DocumentStore
from read_operations.fleet import Fleet
from read_operations.queue import JobQueue
from read_operations.settings import Settings
from read_operations.store import OperationStore


class Stopping:
    """Whether the process is about to end: what takes longer is then ended in good order instead of being cut off."""

    def __init__(self) -> None:
        self.soon = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The settings, and the gateway's ways to the rest of the fleet."""

    settings: Settings
    store: OperationStore
    documents: DocumentStore
    queue: JobQueue
    fleet: Fleet
    downloader: Downloader
    stopping: Stopping
    #: A body of which nothing comes for so long is given up.
    upload_idle_s: float
