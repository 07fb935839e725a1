"""From a document's bytes to the images of its pages.

Imported by worker children only: it brings NumPy, OpenCV, Pillow and PDFium with it.
"""

from __future__ import annotations

from ocr_worker.documents.loading import count_pages, load_page
from ocr_worker.documents.page_image import PageImage

__all__ = ["PageImage", "count_pages", "load_page"]
