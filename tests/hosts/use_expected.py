"""What ``use_job`` tells when everything went as it should."""

from __future__ import annotations

import itertools
from typing import Any

__all__ = ["expect_use"]


def expect_use(told: dict[str, Any]) -> None:
    """Assert all of it."""
    print(f"Blender {told['version']}: slowest of our calls {told['slowest_ms']:.1f} ms")
    kinds = {name: kind for name, (kind, _) in told["boxes"].items()}
    assert kinds == {
        **dict.fromkeys(("Crate", "Lid", "Foot"), "MESH"),
        **{"Pivot": "EMPTY", "Cable": "CURVE"},
    }
    assert max(far for _, far in told["boxes"].values()) < 1e-5
    hows = told["hows"]  # objects, meshes, materials, images, packed images that came
    assert hows["APPEND"] == [[3, 2, 1, 1, 0]] * 2
    assert hows["REUSE"] == [[3, 0, 0, 0, 0]]
    assert hows["LINK"] == [[4, 2, 1, 1, 0]]
    assert hows["PACK"] == [[3, 2, 1, 1, 1]]
    assert hows["linked"] == ["crate.blend"]
    for how in ("APPEND", "LINK"):
        lowest, size, upright = told["placed"][how]
        assert abs(lowest) < 1e-5, "it stands on the surface"
        assert abs(size - 7.5) < 1e-5, "twice its own height"
        assert abs(upright - 1) < 1e-5
    _expect_several(told["several"])
    mixed = told["mixed"]
    assert mixed["asked"] == ["CANCELLED"]  # for now: it comes as soon as the files are read
    assert mixed["names"] == ["Cable", "Crate", "Foot", "Lid", "Pivot"]
    _expect_kinds(told["kinds"])
    given = told["given"]
    assert given["materials"] == [["Gold"], ["Red", "Gold"], [None, "Gold"]]
    assert given["faces"] == [[0] * 6, [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0]]
    assert "choose an object that can have a material" in given["refused"]
    _expect_textures(told["textures"])
    assert told["world"]["wires"] == [
        "BACKGROUND.Background > OUTPUT_WORLD.Surface",
        "TEX_ENVIRONMENT.Color > BACKGROUND.Color",
    ]
    assert told["world"]["values"] == [0.5, 2.0]
    painting = told["painting"]
    assert painting["seen"] == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert (painting["count"], painting["size"]) == (1, [8, 4])


def _expect_several(told: dict[str, Any]) -> None:
    for layout in ("ROW", "GRID"):
        objects, meshes, own, places = told[layout]
        assert (objects, meshes, own) == (12, 2, True)
        steps = [b[0] - a[0] for a, b in itertools.pairwise(places)]
        # Its box is turned: 2 cos 0.5 + sin 0.5, and half a metre between.
        assert all(abs(step - 2.735) < 0.002 for step in steps if step), steps
    for how in ("APPEND", "LINK"):
        first, again, other = told[how]
        assert first == again
        assert first != other, "another seed"
        assert first[:3] == [6, 0.0, True], "all along the slope, which stays the active object"


def _expect_kinds(told: dict[str, Any]) -> None:
    for kind, form, tilt in (("PLANE", "MESH", 0.0), ("EMPTY", "EMPTY", 1.571)):
        made, types, shared, places, turns = told[kind]
        assert made == 2 + 2 + 2 * 3, "two of each picture and of the crate"
        assert (types, shared) == ([form], 2), "copies share what they show"
        # A square of one metre and a painting twice as wide, with half a metre between.
        assert round(places[1] - places[0], 3) == round(places[3] - places[2], 3) == 2.0
        assert turns == [tilt] * 4
    assert "Select the objects" in told["nobody"]
    assert told["turns"] == ["Gold", "photo", "Gold"]
    assert told["set"] == ["wall"], "two maps of a set are one material"
    assert told["chance"], "the same seed is the same chance"


def _expect_textures(told: dict[str, Any]) -> None:
    both = {
        "BSDF_PRINCIPLED.BSDF > OUTPUT_MATERIAL.Surface",
        "color.Color > MIX.A",
        "packed.Color > SEPARATE_COLOR.Color",
        "SEPARATE_COLOR.Red > MIX.B",
        "MIX.Result > BSDF_PRINCIPLED.Base Color",
        "SEPARATE_COLOR.Green > BSDF_PRINCIPLED.Roughness",
        "SEPARATE_COLOR.Blue > BSDF_PRINCIPLED.Metallic",
        # A normal map of DirectX: its green is turned around.
        "normal.Color > SEPARATE_COLOR.Color",
        "SEPARATE_COLOR.Red > COMBINE_COLOR.Red",
        "SEPARATE_COLOR.Green > MATH.Value",
        "MATH.Value > COMBINE_COLOR.Green",
        "SEPARATE_COLOR.Blue > COMBINE_COLOR.Blue",
        "COMBINE_COLOR.Color > NORMAL_MAP.Color",
    }
    assert set(told["BUMP"]) == both | {
        "NORMAL_MAP.Normal > BUMP.Normal",
        "height.Color > BUMP.Height",
        "BUMP.Normal > BSDF_PRINCIPLED.Normal",
    }
    assert set(told["DISPLACE"]) == both | {
        "NORMAL_MAP.Normal > BSDF_PRINCIPLED.Normal",
        "height.Color > DISPLACEMENT.Height",
        "DISPLACEMENT.Displacement > OUTPUT_MATERIAL.Displacement",
    }
    data = ("wall_arm_1k.png", "wall_disp_1k.png", "wall_nor_dx_1k.png")
    assert told["spaces"] == {"wall_albedo_1k.png": "sRGB", **dict.fromkeys(data, "Non-Color")}
    assert told["name"].startswith("wall")
