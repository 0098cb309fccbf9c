from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon.storage.chunks import ChunkStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChunkStore]:
    with ChunkStore(tmp_path / "chunks") as opened:
        yield opened
