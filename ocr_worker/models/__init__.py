"""The model weights: what is used, fetching it, and proof that it is what was pinned. Imports nothing heavy."""

from __future__ import annotations

from ocr_worker.models.catalogue import CATALOGUE, GROUPS, Model, ModelFile, Package, names_for, select
from ocr_worker.models.errors import FetchFailed, ModelCorrupt, ModelError, ModelMissing, ModelUnknown
from ocr_worker.models.files import fetch, verify

__all__ = [
    "CATALOGUE",
    "GROUPS",
    "FetchFailed",
    "Model",
    "ModelCorrupt",
    "ModelError",
    "ModelFile",
    "ModelMissing",
    "ModelUnknown",
    "Package",
    "fetch",
    "names_for",
    "select",
    "verify",
]
