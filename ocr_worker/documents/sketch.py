"""A PDF page drawn small and quickly, to see whether it looks otherwise without some of its objects."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ocr_worker.engine.port import Pixels

#: Pixels of its longer side.
_SIDE: Final = 1_000
#: Pages with more objects are not drawn for that, as it takes seconds.
MAX_OBJECTS: Final = 5_000


def sketch(page: Any) -> Pixels:
    """The page as it is shown: rows by columns by channels."""
    bitmap = page.render(scale=_SIDE / max(page.get_size()), limit_image_cache=True)
    try:
        return np.array(bitmap.to_numpy(), np.uint8)
    finally:
        bitmap.close()
