"""A catalog in a temporary folder, found sound after every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "catalog.db")
    yield made
    assert made.catalog.check(full=True) == ()
    made.catalog.close()
