"""Maps in several sizes, versions, tags as a file and the room of caches, in a real Blender."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts


def test_a_material_comes_in_the_size_that_is_chosen(
    in_blender: Callable[[str, str, Path], Any], tmp_path: Path
) -> None:
    folder = tmp_path / "Studio"
    for number, size in enumerate(("1K", "2K"), 1):
        for add, role in enumerate(("Color", "NormalGL")):
            name = f"Rock_{size}/Rock_{size}_{role}.png"
            write_png(folder / name, 16 * number, 16 * number, color=(number, 90 * add, 30))
    for number in (1, 2):
        write_png(folder / f"chair_v{number}.png", 20 + number, 9)
    write_png(folder / "chair.001.png", 24, 9)
    told = in_blender("bundle_job", "bundles", folder)
    assert told["one"] == ["Rock_2K_Color.png", "chair.001.png", "chair_v2.png"]
    assert told["bundle"] == ["Rock", "material", ["1k", "2k"], 4]
    large, small = (
        [f"Rock_{size}_{role}.png" for role in ("Color", "NormalGL")] for size in ("2K", "1K")
    )
    assert told["given"] == {"": large, "1k": small, "2k": large}
    assert told["by hand"] == small
    assert told["plane"] == "Rock_1K_Color.png"
    assert told["versions"] == ["chair_v2.png", "chair_v1.png"]
    assert told["together"] == ["Rock_1K_Color.png", "Rock_2K_Color.png", "chair_v1.png"]
    assert told["written"] == "1 tag, 0 sets and 1 asset written"
    assert told["taken"] == "1 asset marked"
    assert "no tags that can be read" in told["problem"][0]
    assert told["problem"][1]
    assert told["limited"] == "At most 500.0 MB from now on"
    assert told["rooms"]["previews"] == 500_000_000
    with audobon.Library.open(folder) as library:
        rock = library.get("Rock_2K/Rock_2K_Color.png")
        assert (rock.tags, rock.rating) == (("stone",), 4)
        used = library.get("Rock_1K/Rock_1K_Color.png").used
        assert (rock.used, used) == (2, 3), "what came in was used"
