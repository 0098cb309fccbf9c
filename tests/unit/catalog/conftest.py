"""A catalog in a temporary folder, found sound after every test; ``tools/`` for what fetches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_bench import Bench

sys.path.append(str(Path(__file__).resolve().parents[3] / "tools"))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "catalog.db")
    yield made
    assert made.catalog.check(full=True) == ()
    made.catalog.close()
