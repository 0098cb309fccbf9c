"""Which names are one thing, as makers write them and as artists do."""

from __future__ import annotations

import pytest

from audobon.services.finding.bundlenames import Member, leader, part_name


def bundled(*paths: str) -> dict[str, list[str]]:
    """The bundles of these files: by what is shown, all of them."""
    groups: dict[int, list[Member]] = {}
    for number, path in enumerate(paths, 1):
        kind = "blend" if path.endswith(".blend") else "image"
        said = part_name(path, kind)
        if said is not None:
            groups.setdefault(said.key, []).append(Member(number, said, 0, number))
    found = {}
    for members in groups.values():
        lead = leader(members)
        if lead:
            found[paths[lead - 1]] = [paths[one.key - 1] for one in members]
    return found


@pytest.mark.parametrize(
    ("files", "shown", "name"),
    [
        pytest.param(
            (
                "aerial_rocks_02_diff_2k.jpg",
                "aerial_rocks_02_nor_gl_2k.exr",
                "aerial_rocks_02_diff_4k.jpg",
                "aerial_rocks_02_arm_4k.jpg",
                "aerial_rocks_02_disp_8k.png",
            ),
            "aerial_rocks_02_diff_4k.jpg",
            "aerial_rocks_02",
            id="poly haven",
        ),
        pytest.param(
            (
                "Rock035_2K-JPG/Rock035_2K-JPG_Color.jpg",
                "Rock035_2K-JPG/Rock035_2K-JPG_NormalGL.jpg",
                "Rock035_4K-PNG/Rock035_4K-PNG_Color.png",
                "Rock035_4K-PNG/Rock035_4K-PNG_NormalDX.png",
            ),
            "Rock035_4K-PNG/Rock035_4K-PNG_Color.png",
            "Rock035",
            id="ambientcg",
        ),
        pytest.param(
            (
                "vbkjaa_4K_surface_ms/vbkjaa_4K_Albedo.jpg",
                "vbkjaa_4K_surface_ms/vbkjaa_4K_Roughness.jpg",
                "vbkjaa_2K_surface_ms/vbkjaa_2K_Albedo.jpg",
            ),
            "vbkjaa_4K_surface_ms/vbkjaa_4K_Albedo.jpg",
            "vbkjaa",
            id="quixel",
        ),
        pytest.param(
            ("M_Wood_BaseColor.png", "M_Wood_Roughness.png", "M_Wood_Metallic.png"),
            "M_Wood_BaseColor.png",
            "M_Wood",
            id="substance",
        ),
        pytest.param(
            (
                "bricks/4k/albedo.png",
                "bricks/4k/normal.png",
                "bricks/1k/albedo.png",
                "bricks/1k/normal.png",
            ),
            "bricks/4k/albedo.png",
            "bricks",
            id="plain folders",
        ),
        pytest.param(
            ("studio_small_1k.hdr", "studio_small_4k.exr"), "studio_small_4k.exr", "studio_small",
            id="one picture in sizes",
        ),
        pytest.param(
            ("stone.png", "stone_normal.png", "stone_ao.png"), "stone.png", "stone", id="its name"
        ),
        pytest.param(
            ("rock_albedo.exr", "rock_albedo.png"), "rock_albedo.exr", "rock", id="formats"
        ),
    ],
)  # fmt: skip
def test_maps_in_all_sizes_and_formats_are_one(
    files: tuple[str, ...], shown: str, name: str
) -> None:
    assert bundled(*files) == {shown: list(files)}
    assert {getattr(part_name(path, "image"), "name", "") for path in files} == {name}


@pytest.mark.parametrize(
    "files",
    [
        ("chair.001.png", "chair.002.png", "chair.003.png"),
        ("frame_1024.png", "frame_2048.png"),
        ("frame_0001.png", "frame_0002.png"),
        ("refs/metal.png", "refs/height.jpg", "refs/gold.png"),
        ("cat.png", "cat.jpg"),
        ("a/rock_albedo.png", "b/rock_normal.png"),
        ("oak.png", "pine_normal.png"),
        ("chair.blend", "table.blend"),
        ("rock_003.blend", "rock_004.blend"),
        ("dump_v1.png", "dump_v2.jpg"),
        ("archive 4k/one.png", "archive 2k/two.png"),
    ],
)
def test_what_only_looks_alike_stays_alone(files: tuple[str, ...]) -> None:
    assert bundled(*files) == {}


def test_versions_are_grouped_and_the_newest_is_shown() -> None:
    files = ("s/chair_v001.blend", "s/chair_v010.blend", "s/chair-V2.blend", "s/chair.001.png")
    assert bundled(*files) == {"s/chair_v010.blend": list(files[:3])}
    assert bundled("poster_v1.png", "poster_v2.png") == {
        "poster_v2.png": ["poster_v1.png", "poster_v2.png"]
    }
    # The file without a number is what people work on, unless it is older than all others.
    assert list(bundled("a_v1.blend", "a_v2.blend", "a.blend")) == ["a.blend"]
    assert list(bundled("a.blend", "a_v1.blend", "a_v2.blend")) == ["a_v2.blend"]


def test_what_somebody_decided_comes_first() -> None:
    assert part_name("rock_albedo.png", "image", "apart") is None
    first = part_name("x/rock_albedo_2k.png", "image", "My Rock")
    other = part_name("y/notes.txt", "text", "my rock")
    assert first is not None
    assert other is not None
    assert first.key == other.key
    assert (first.role, first.size, first.name) == ("color", 2048, "My Rock")
