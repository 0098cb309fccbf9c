"""Which formats name others: the list is that of the readers, and a place is where it is meant."""

from __future__ import annotations

import importlib
import os

import pytest

from audobon.formats import LINKING
from audobon.formats.table import FORMATS
from audobon.services.files.linkplaces import meant, name_of, place_of, tile_names, tiles_of


def test_the_list_is_that_of_the_readers() -> None:
    modules = [importlib.import_module(f"audobon.formats.{each.family}") for each in FORMATS]
    read = {name for module in modules for name in getattr(module, "REFERENCES", {})}
    assert read == LINKING


@pytest.mark.parametrize(
    ("written", "form", "expected"),
    [
        ("//tex/oak.png", "blend", "/work/scene/tex/oak.png"),
        ("//..\\tex\\oak.png", "blend", "/work/tex/oak.png"),
        ("/abs/oak.png", "blend", "/abs/oak.png"),
        ("../oak.png", "kra", "/work/oak.png"),
        ("maps\\oak.png", "fbx", "/work/scene/maps/oak.png"),
        ("./pack.usdz[0/oak.png]", "usda", "/work/scene/pack.usdz"),
        ("file:///work/o%20k.png", "svg", "/work/o k.png"),
        ("o%20k.svg#leaf", "svg", "/work/scene/o k.svg"),
        ("100%25.png", "gltf", "/work/scene/100%25.png"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="places of POSIX")
def test_places(written: str, form: str, expected: str) -> None:
    path = meant(written, form)
    assert path is not None
    assert place_of(path, "/work/scene/room.x") == expected
    assert name_of(path) == expected.rpartition("/")[2].lower()


@pytest.mark.skipif(os.name == "nt", reason="there these are places")
@pytest.mark.parametrize("written", ["C:\\tex\\oak.png", "\\\\server\\tex\\oak.png", "D:/oak.png"])
def test_a_path_of_another_system_has_a_name_and_no_place(written: str) -> None:
    path = meant(written, "blend")
    assert path is not None
    assert name_of(path) == "oak.png"
    assert place_of(path, "/work/room.blend") is None


@pytest.mark.parametrize(
    "written", ["https://x.org/oak.png", "data:image/png;base64,AA", " ", "#leaf"]
)
def test_what_is_no_file(written: str) -> None:
    assert meant(written, "svg") is None


def test_tiles() -> None:
    assert tile_names("Wall.1013.PNG") == ("wall.1013.png", "wall.<udim>.png")
    assert "wall_<uvtile>.png" in tile_names("wall_u1_v12.png")
    assert "/a/wall.1013.png" in tiles_of("/a/wall.<UDIM>.png")
    assert tiles_of("/a/plain.png") == ("/a/plain.png",)
