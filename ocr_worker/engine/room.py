"""Memory for pixels that are worked out anew for each page or line."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ocr_worker.engine.port import Pixels

#: What takes more bytes is seldom wanted, and so not kept: a page of 16 million grey pixels takes as much.
_MOST_BYTES: Final = 2**24


class Room:
    """Memory for one array after the other, of any shapes: new memory costs more than what is written into it."""

    def __init__(self) -> None:
        self._bytes = np.empty(0, np.uint8)
        self._array: Pixels = self._bytes

    def array(self, *shape: int) -> Pixels:
        """An array of that shape, with anything in it. What the one before held is lost.

        It is the very same array if the shape is.
        """
        if shape == self._array.shape:
            return self._array
        size = math.prod(shape)
        if size > _MOST_BYTES:
            return np.empty(shape, np.uint8)
        if size > len(self._bytes):
            self._bytes = np.empty(size, np.uint8)
        self._array = self._bytes[:size].reshape(shape)
        return self._array
