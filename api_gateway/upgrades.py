"""Requests that offer another protocol are read as if they did not, as RFC 9110 (7.8) lets a server do.

Java's client and `curl --http2` offer HTTP/2 with the first request of a connection.
"""

from __future__ import annotations

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class UpgradeIgnoringParser(HttpRequestParser):
    """Reads the head of a request with an offer twice: as it came, then without the offer, which is the request.

    The parser below ends a request at a head with an offer, and its body would be lost. So its protocol must take no
    notice of that one. Whether there is a body, how long it is, and what may not be said of it: the second tells.
    """

    def __init__(self, protocol: HttpToolsProtocol) -> None:
        self._protocol = protocol
        self._begin()

    def _begin(self) -> None:
        super().__init__(self._protocol)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]
        """Reads what came.

        Raises:
            HttpParserError: it is no HTTP, or asks for a tunnel.
        """
        while True:
            try:
                return super().feed_data(data)
            except HttpParserUpgrade as end:
                if self.get_method() == b"CONNECT":
                    raise HttpParserError("CONNECT") from end
                data = self._head_without_offer() + data[end.args[0] :]
                self._begin()

    def _head_without_offer(self) -> bytes:
        line = b"%b %b HTTP/%b" % (self.get_method(), self._protocol.url, self.get_http_version().encode())
        fields = (b"%b: %b" % field for field in self._protocol.headers if field[0] != b"upgrade")
        return b"\r\n".join((line, *fields, b"", b""))
