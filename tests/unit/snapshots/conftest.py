"""A library with a version, and things that no version has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import audobon
from audobon.testing.pictures import write_png


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "MyAssets"
    for number in range(4):
        write_png(root / f"set{number % 2}" / f"tile{number}.png", 16 + number, 9)
    (root / "notes.txt").write_text("about these assets\n")
    (root / "noise.bin").write_bytes(b"".join(bytes([n % 251]) * 1000 for n in range(400)))
    return root


@pytest.fixture
def lib(folder: Path) -> Iterator[audobon.Library]:
    with audobon.Library.create(folder, "Mine", author="Ada <ada@example.org>") as library:
        library.add([folder], tags=["wood"])
        library.commit("one")
        yield library
