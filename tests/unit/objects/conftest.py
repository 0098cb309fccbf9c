"""Services of Cloud Storage on this machine: a real one's stand-in, and our own."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from fakebucket import FakeBucket, fake_bucket

from audobon.storage.objects import ObjectStore
from audobon.testing.gcs_server import gcs_server


@pytest.fixture
def bucket() -> Iterator[FakeBucket]:
    """Our own stand-in, with every precondition and with faults."""
    with fake_bucket() as made:
        yield made


@pytest.fixture(scope="session")
def fake_gcs() -> Iterator[str]:
    """The address of fake-gcs-server, with a bucket called ``bucket``."""
    with gcs_server() as url:
        yield url


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
