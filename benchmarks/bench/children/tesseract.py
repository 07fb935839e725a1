"""Tesseract by its C interface, English: so that it is loaded once, as the others are."""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int, c_void_p
from typing import Any

from benchmarks.bench.children.protocol import serve

_REMEDY = "On Debian and Ubuntu: apt-get install tesseract-ocr"


class _Tesseract:
    def __init__(self, _: dict[str, Any]) -> None:
        try:
            self._tesseract = _library(
                "libtesseract.so.5",
                TessVersion=(c_char_p,),
                TessBaseAPICreate=(c_void_p,),
                TessBaseAPIInit3=(c_int, c_void_p, c_char_p, c_char_p),
                TessBaseAPISetImage2=(None, c_void_p, c_void_p),
                TessBaseAPIGetUTF8Text=(c_void_p, c_void_p),
                TessBaseAPIClear=(None, c_void_p),
                TessDeleteText=(None, c_void_p),
            )
            self._leptonica = _library(
                "liblept.so.5", pixRead=(c_void_p, c_char_p), pixDestroy=(None, ctypes.POINTER(c_void_p))
            )
        except OSError as error:
            raise RuntimeError(f"{error}. {_REMEDY}") from error
        self._api = self._tesseract.TessBaseAPICreate()
        if self._tesseract.TessBaseAPIInit3(self._api, None, b"eng"):
            raise RuntimeError(f"Tesseract does not find its English model. {_REMEDY}-eng")
        self.about = {"tesseract": self._tesseract.TessVersion().decode(), "language": "eng"}

    def read(self, path: str, page: int) -> str:
        picture = c_void_p(self._leptonica.pixRead(path.encode()))
        if not picture:
            raise ValueError("Leptonica cannot open this picture")
        try:
            self._tesseract.TessBaseAPISetImage2(self._api, picture)
            text = self._tesseract.TessBaseAPIGetUTF8Text(self._api)
            if not text:
                raise ValueError("Tesseract gave no text")
            try:
                return ctypes.string_at(text).decode()
            finally:
                self._tesseract.TessDeleteText(text)
        finally:
            self._tesseract.TessBaseAPIClear(self._api)
            self._leptonica.pixDestroy(ctypes.byref(picture))

    def details(self) -> dict[str, Any]:
        return {}


def _library(file: str, **functions: tuple[Any, ...]) -> ctypes.CDLL:
    """A shared library; of each function the type of what it returns, and of its arguments."""
    library = ctypes.CDLL(file)
    for name, (result, *arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


if __name__ == "__main__":
    serve(_Tesseract)
