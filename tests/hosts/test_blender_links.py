"""Where an asset is used, what is out of date and missing: in the panel of a real Blender."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_addon import folder, in_window, legacy_zip

import audobon
from audobon.testing.blend_file import BlendId, blend_bytes
from audobon.testing.pictures import write_png

__all__ = ["folder", "in_window", "legacy_zip"]

pytestmark = pytest.mark.hosts

_BODY = """
    here = install()
    hands.only("library", "asset")
    yield from hands.show_sidebar()
    yield from open_library(here, 20)
    bpy.ops.audobon.dismiss(number=here.state().notice.number)
    yield from hands.click(*hands.at(60, 12))  # the library's panel closes, so that all is seen

    def named(name):
        return next(asset for asset in here.state().found.assets if asset.name == name)

    def parts():
        from audobon.panel import linked

        return linked.parts(here.state())

    def heads():
        return [part.head for part in parts()]

    def look(name):
        bpy.ops.audobon.show_query(query=f'name:"{name}"')
        yield lambda: not here.state().searching and here.state().found.total == 1
        bpy.ops.audobon.choose(ident=named(name).id)
        ident = named(name).id
        yield lambda: here.state().linked is not None and here.state().linked.ident == ident
        yield 0.7

    told = {}
    yield from look("cloth_v02.png")
    told["used"] = heads()
    hands.shot("blender-used-by")
    yield from look("shot.blend")
    told["uses"] = heads()
    hands.shot("blender-uses")
    # The button of an old version goes to the new one, the one of a heading finds all of it.
    part = parts()[0]
    told["rows"] = [(row.name, row.told, row.mark) for row in part.rows]
    newer = next(row for row in part.rows if row.mark == "older")
    bpy.ops.audobon.choose(ident=newer.ident)
    yield lambda: here.state().linked is not None and heads() == told["used"]
    bpy.ops.audobon.show_query(query=parts()[0].query)
    yield lambda: {asset.name for asset in here.state().found.assets} == {"a.blend", "b.blend"}
    # What is in use is removed by force only.
    yield from look("cloth_v02.png")
    here.session().selection.select(here.state().chosen.asset.id)
    yield lambda: here.state().selection.count == 1
    bpy.ops.audobon.remove_selected()
    yield lambda: here.state().notice is not None and here.state().notice.problem is not None
    told["refused"] = here.state().notice.problem.message
    bpy.ops.audobon.remove_selected(force=True)
    yield lambda: here.state().found.total == 0
    told["slowest"] = max(here.here().times)
    hands.everything()
    return told
"""


def _scene(path: Path, *images: str) -> None:
    blocks = [BlendId("IM", image.rpartition("/")[2], path=image) for image in images]
    path.write_bytes(blend_bytes(blocks))


def test_where_an_asset_is_used_and_what_is_out_of_date(
    in_window: Callable[[str], Any], folder: Path
) -> None:
    for number in (1, 2):
        name = f"cloth_v0{number}.png"
        write_png(folder / "textures" / name, 60 + number, 64, color=(90, 50, 120))
    for name in ("a", "b"):
        _scene(folder / f"{name}.blend", "//textures/cloth_v02.png")
    _scene(folder / "shot.blend", "//textures/cloth_v01.png", "//textures/lost.png")
    told = in_window(_BODY)
    assert told["used"] == ["Used by 3 scenes, one of them at an older version"]
    assert told["uses"] == ["Uses 2 files: 1 missing, 1 older"]
    assert told["rows"] == [
        ["lost.png", "missing", "missing"],
        ["cloth_v01.png", "newer is cloth_v02.png", "older"],
    ]
    assert told["refused"].startswith("textures/cloth_v02.png is used by a.blend, b.blend")
    with audobon.Library.open(folder) as library:
        assert library.search("lacks:lost.png").hits[0].asset.path == "shot.blend"
