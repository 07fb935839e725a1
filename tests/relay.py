"""A connection to a server of this machine that can be cut on purpose."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self


class Relay:
    """Passes bytes between a port of its own and another, in both directions."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        #: Connections cut so far.
        self.cuts = 0
        self._left: int | None = None
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._silent: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def cut_after(self, count: int) -> None:
        """Cuts the connection over which, from now on, the byte of this number goes."""
        with self._lock:
            self._left = count

    def go_silent(self) -> None:
        """Leaves every connection of now open, and passes nothing on any more, as a cut cable does; new ones work."""
        with self._lock:
            self._silent |= self._open

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in list(self._open):
            _end(each)
        for thread in self._threads:
            thread.join()
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # it is away: so are we
                near.close()
                continue
            self._open |= {near, far}
            self._start(self._pass_on, near, far)
            self._start(self._pass_on, far, near)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while (data := source.recv(65536)) and not self._is_cut(len(data)):
                if source not in self._silent:
                    target.sendall(data)
        if source in self._silent:
            return  # the other side hears nothing of this end either
        _end(source)
        _end(target)

    def _is_cut(self, count: int) -> bool:
        with self._lock:
            if self._left is None or count < self._left:
                self._left = self._left and self._left - count
                return False
            self._left = None
            self.cuts += 1
            return True

    def _start(self, what: object, *arguments: object) -> None:
        assert callable(what)
        thread = threading.Thread(target=what, args=arguments)
        self._threads.append(thread)
        thread.start()


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
