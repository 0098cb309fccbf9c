"""The set that a picture of a library is one of."""

from __future__ import annotations

from pathlib import Path

import audobon
from audobon.testing.pictures import write_png


def test_the_maps_beside_a_picture_are_found(tmp_path: Path) -> None:
    names = ["rock_albedo.png", "rock_nor_dx.png", "rock_nor_gl.png", "rock_rough.png"]
    others = ["rocket.png", "deep/rock_albedo.png", "rock face_albedo.png", "rock 2_normal.png"]
    for name in (*names, *others):
        write_png(tmp_path / "Stone" / name, 4, 4, color=(9, 9, 9))
    (tmp_path / "Stone" / "rock_albedo.txt").write_text("a note")
    with audobon.Library.create(tmp_path) as library:
        library.add(tmp_path)
        found = library.texture_set("Stone/rock_rough.png")
        assert found is not None
        assert found.name == "rock"
        assert [(one.role, Path(one.file).name) for one in found.maps] == [
            ("color", "rock_albedo.png"),
            ("normal", "rock_nor_gl.png"),
            ("roughness", "rock_rough.png"),
        ]
        assert all(Path(one.file).is_file() for one in found.maps)
        # Also for the one of two normal maps that is not taken.
        assert library.texture_set("Stone/rock_nor_dx.png") == found
        for alone in ("rocket.png", "deep/rock_albedo.png", "rock face_albedo.png"):
            assert library.texture_set(f"Stone/{alone}") is None
        assert library.texture_set("Stone/rock_albedo.txt") is None
        (tmp_path / "Stone" / "rock_rough.png").unlink()
        library.add(tmp_path)
        left = library.texture_set("Stone/rock_albedo.png")
        assert left is not None
        assert [one.role for one in left.maps] == ["color", "normal"]
