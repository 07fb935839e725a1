"""Which drop the settings ask for."""

from __future__ import annotations

from document_drop.folder_place import FolderPlace
from document_drop.place import DropPlace
from read_operations.errors import StorageMisconfigured
from read_operations.extras import how_to_install
from read_operations.settings import Settings


def drop_place(settings: Settings) -> DropPlace:
    """The drop of a process. Nothing is sent yet.

    Raises:
        StorageMisconfigured: there is none, or a library is missing.
    """
    if settings.drop_folder:
        return FolderPlace(settings.drop_folder, settle_s=settings.drop_settle_s)
    if not settings.drop_container:
        raise StorageMisconfigured(
            "There is no place to watch. Set READFLEET_DROP_FOLDER to a folder, or READFLEET_DROP_CONTAINER to a blob "
            "container."
        )
    try:
        from document_drop.blob_place import BlobPlace
    except ImportError as error:
        raise StorageMisconfigured(
            f"A drop in Azure needs {error.name}, which is not installed. {how_to_install('azure')}"
        ) from error
    return BlobPlace(settings)
