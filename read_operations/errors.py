"""Every error a caller can meet: one root, one class a situation.

A class carries the Read error code and the HTTP status it travels with; its docstring is the sentence a client sees
when nothing more specific is known. Codes are those of the Read 3.2 specification (`ComputerVisionOcrErrorCodes`).
"""

from __future__ import annotations

import inspect
import os


class ReadfleetError(Exception):
    """Something went wrong inside the service. Try again; if it stays, look at the service's log."""

    code = "InternalServerError"
    http_status = 500
    #: What a process ends with that cannot go on for it.
    exit_code = 1

    def __init__(self, message: str | None = None) -> None:
        self.message = message or inspect.cleandoc(type(self).__doc__ or "")
        super().__init__(self.message)


class BadRequest(ReadfleetError):
    """The request is not valid."""

    code = "BadArgument"
    http_status = 400


class EmptyBody(BadRequest):
    """The request has no body. Send the document's bytes."""

    code = "InvalidRequest"


class BadPages(BadRequest):
    """The pages parameter is not valid. Write page numbers and ranges such as 1-3,5,8- with the first page as 1."""

    code = "InvalidPageRange"


class BadLanguage(BadRequest):
    """The requested operation is not supported in the language specified."""

    code = "NotSupportedLanguage"


class BadReadingOrder(BadRequest):
    """The readingOrder parameter is not valid. Use basic or natural."""

    code = "InvalidReadingOrder"


class UnsupportedMediaType(BadRequest):
    """The content type is not supported. Send the file's bytes as application/octet-stream."""

    code = "UnsupportedMediaType"
    http_status = 415


class BadForm(BadRequest):
    """The form is not valid. Send the document as its only file, or the file's bytes as application/octet-stream."""

    code = "InvalidRequest"


class BadUrl(BadRequest):
    """Image URL is badly formatted or not accessible. Use an http or https URL that leads to a public address."""

    code = "InvalidImageUrl"


class UrlFetchOff(BadUrl):
    """This service does not fetch documents from URLs. Send the file's bytes as application/octet-stream."""


class DownloadFailed(BadRequest):
    """Failed to download the image from the submitted URL. Check the URL, or send the file's bytes."""

    code = "FailedToDownloadImage"


class UploadStalled(BadRequest):
    """The body of the request stopped coming. Send it again."""

    code = "InvalidRequest"
    http_status = 408


class ResultMissing(ReadfleetError):
    """The operation has no result to write out. Ask for the operation itself, which says how it stands."""

    code = "FailedToProcess"
    http_status = 409


class OperationNotFound(ReadfleetError):
    """Operation ID is invalid, expired or the results matching this operationId have been deleted."""

    code = "BadArgument"
    http_status = 404


class OperationExists(ReadfleetError):
    """An operation with this id exists already."""


class DocumentError(BadRequest):
    """The document cannot be read."""

    code = "InvalidImage"


class NotADocument(DocumentError):
    """Input data is not a valid image. Send a JPEG, PNG, BMP, TIFF or PDF file."""

    code = "InvalidImageFormat"


class ImagesOnly(DocumentError):
    """Input data is not a valid image. Send a JPEG, PNG or BMP file here, and a TIFF or PDF file to read/analyze."""

    code = "InvalidImageFormat"


class DocumentTooLarge(DocumentError):
    """Input image is too large."""

    code = "InvalidImageSize"


class DimensionOutOfRange(DocumentError):
    """The input image dimensions are out of range."""

    code = "InvalidImageDimension"


class DocumentTooDeep(DocumentError):
    """The document nests deeper than the service allows. Print it to a new PDF and send that."""


class DocumentDamaged(DocumentError):
    """The file is damaged or incomplete. Open it in a viewer to check it, and send it again whole."""


class DocumentEncrypted(DocumentError):
    """The document is protected by a password. Remove the protection and send it again."""


class PageFailed(ReadfleetError):
    """The page could not be read."""

    code = "FailedToProcess"


class PageRefused(PageFailed):
    """The page is missing or damaged, or exceeds a limit. Check the document, and send it again whole, or in parts."""


class PageTimeout(PageFailed):
    """Reading the page took longer than the service allows."""


class DocumentGone(ReadfleetError):
    """The document is no longer there. Send it again; if that ends alike, gateways and workers do not share a store."""

    code = "FailedToProcess"


class DeadlinePassed(ReadfleetError):
    """The operation took longer than the service allows. Submit fewer pages at a time, or raise the deadline."""

    code = "FailedToProcess"


class SyncTimeout(ReadfleetError):
    """The document was not read in time. Its result will be at the Operation-Location of this answer."""

    code = "FailedToProcess"
    http_status = 504


class QuotaUsedUp(ReadfleetError):
    """Requests have exceeded the quota of this client. Try again later, or ask whoever runs the service for more."""

    code = "429"
    http_status = 429

    def __init__(self, message: str | None = None, *, wait_s: float = 1) -> None:
        super().__init__(message)
        #: Seconds until there is a new quota.
        self.wait_s = wait_s


class ServiceBusy(ReadfleetError):
    """The service cannot take the request right now. Try again shortly."""

    http_status = 503


class FleetFull(ServiceBusy):
    """The service has as many documents to read as it takes. Try again in a while."""


class DocumentsFull(FleetFull):
    """The service has no room for another document. Try again in a while, or have its document store enlarged."""


class ServiceStops(ServiceBusy):
    """The service restarts. The document's result will be at the Operation-Location of this answer."""


class StorageUnavailable(ServiceBusy):
    """The service's own storage cannot be reached right now. Try again shortly."""

    code = "StorageException"


class StorageMisconfigured(ReadfleetError):
    """The document store cannot be used as it is configured. Correct the setting that is named, and start again."""

    code = "StorageException"
    exit_code = os.EX_CONFIG
