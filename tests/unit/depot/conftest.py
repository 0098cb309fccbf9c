from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audobon.services.depot import Depot
from audobon.storage.chunks import ChunkStore
from audobon.storage.objects import MemoryStore


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.fixture
def objects() -> MemoryStore:
    return MemoryStore("nas")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[ChunkStore]:
    with ChunkStore(tmp_path / "here") as opened:
        yield opened


@pytest.fixture
def there(tmp_path: Path) -> Iterator[ChunkStore]:
    with ChunkStore(tmp_path / "there") as opened:
        yield opened


@pytest.fixture
def depots(tmp_path: Path, objects: MemoryStore) -> Iterator[Callable[[str], Depot]]:
    """Depots of the same objects, each with a folder of its own; contents refreshed."""
    made: list[Depot] = []

    def make(name: str) -> Depot:
        depot = Depot(objects, tmp_path / "cache" / name)
        depot.contents.refresh()
        made.append(depot)
        return depot

    yield make
    for depot in made:
        depot.close()
