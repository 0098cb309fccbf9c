"""Two branches of one library of real pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import audobon
from audobon.testing.pictures import write_png

pytest.register_assert_rewrite("merge_support")

COLORS = {
    "rust_metal": (150, 80, 40),
    "mossy_stone": (70, 110, 60),
    "oak_planks": (160, 120, 70),
    "brick_wall": (140, 60, 50),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with four textures, one in a folder of its own, and a note."""
    root = tmp_path / "MyAssets"
    for number, (name, color) in enumerate(COLORS.items()):
        write_png(root / "textures" / f"{name}.png", 16 + number, 8, color=color)
    write_png(root / "props" / "seat.png", 64, 64, color=(10, 20, 30))
    (root / "readme.txt").write_text("about these assets\n")
    return root


@pytest.fixture
def lib(folder: Path) -> Iterator[audobon.Library]:
    """A library in that folder with one version, and a branch ``side`` at it; on main."""
    with audobon.Library.create(folder, "Test", author="Ada <ada@example.org>") as library:
        library.add([folder], tags=["texture"])
        library.commit("one")
        library.branch("side")
        yield library
