"""Which document store the settings ask for."""

from __future__ import annotations

from read_operations.documents import DocumentStore, FolderDocumentStore
from read_operations.errors import StorageMisconfigured
from read_operations.extras import how_to_install
from read_operations.settings import Settings


def document_store(settings: Settings) -> DocumentStore:
    """The store of a process: Azure Blob Storage if an account is set, otherwise the folder. Nothing is sent yet.

    Raises:
        StorageMisconfigured: the settings make no sense, or a library is missing.
    """
    if not settings.in_azure:
        return FolderDocumentStore(settings.documents_dir)
    try:
        # Only here: a second and 40 MB that a fleet on a folder does not pay.
        from read_operations.blob_documents import BlobDocumentStore
    except ImportError as error:
        raise StorageMisconfigured(
            f"Keeping documents in Azure needs {error.name}, which is not installed. {how_to_install('azure')}"
        ) from error
    return BlobDocumentStore(settings)
