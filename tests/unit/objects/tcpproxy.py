"""A TCP connection that can be broken on purpose, to stand between a client and a service."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

__all__ = ["TcpProxy", "tcp_proxy"]

_BLOCK = 16384


class TcpProxy:
    """Hands on bytes, and does what its attributes say; each may change at any time."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.refuse = 0  # so many connections are reset at once
        self.reset_after: int | None = None  # bytes in either direction, then a reset, once
        self.lose_replies = 0  # so many answers are dropped, and the connection with each
        self.blackhole = 0  # so many connections are taken and never answered
        self.rate: float | None = None  # bytes a second in each direction
        self.connections = 0
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(near)
            if self.blackhole:
                self.blackhole -= 1
                continue
            if self.refuse:
                self.refuse -= 1
                _reset(near)
                continue
            far = socket.create_connection(self._to)
            self._open.append(far)
            for source, target, reply in ((near, far, False), (far, near, True)):
                thread = threading.Thread(
                    target=self._hand_on, args=(source, target, reply), daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def _hand_on(self, source: socket.socket, target: socket.socket, reply: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_BLOCK):
                if reply and self.lose_replies:
                    self.lose_replies -= 1
                    break
                if self.reset_after is not None:
                    self.reset_after -= len(data)
                    if self.reset_after <= 0:
                        self.reset_after = None
                        break
                if self.rate:
                    time.sleep(len(data) / self.rate)
                target.sendall(data)
        for each in (source, target):
            _reset(each)

    def drop(self) -> None:
        """Break every connection there is."""
        for each in list(self._open):
            _reset(each)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # or accept() takes one more
        self._listener.close()
        self._threads[0].join(5)
        self.drop()
        for thread in self._threads[1:]:
            thread.join(5)


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()


@contextlib.contextmanager
def tcp_proxy(url: str) -> Iterator[TcpProxy]:
    """A proxy before the service at ``url``."""
    host, _, port = url.removeprefix("http://").partition(":")
    proxy = TcpProxy(host, int(port))
    try:
        yield proxy
    finally:
        proxy.close()
