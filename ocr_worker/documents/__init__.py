"""From a document's bytes to the images of its pages, and to the text that a PDF page carries itself.

Imported by worker children only: it brings NumPy, OpenCV, Pillow and PDFium with it.
"""

from __future__ import annotations

from ocr_worker.documents.loading import count_pages, load_page, measure_page
from ocr_worker.documents.page_image import PageImage
from ocr_worker.documents.text_layer import LayerPage, PagePart, load_text

__all__ = ["LayerPage", "PageImage", "PagePart", "count_pages", "load_page", "load_text", "measure_page"]
