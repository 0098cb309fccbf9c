"""Which pictures are the maps of one material, by names."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon.model.textureset import PACKED, ROLES
from audobon.services.core import texturenames
from audobon.services.core.texturenames import map_name, may_say, texture_sets

MAKERS = {
    "ambientCG": (
        "Rock035_2K-JPG_",
        "Color.jpg NormalGL.jpg NormalDX.jpg Roughness.jpg AmbientOcclusion.jpg Displacement.jpg",
        "color normal roughness ao height",
    ),
    "Poly Haven": (
        "rock_face_",
        "diff_4k.jpg nor_gl_4k.exr rough_4k.exr arm_4k.jpg disp_4k.png",
        "color normal roughness height packed",
    ),
    "Poliigon": (
        "BricksFlemish001_",
        "COL_2K_METALNESS.png NRM_2K_METALNESS.png METALNESS_2K_METALNESS.png AO_2K_METALNESS.png",
        "color normal metallic ao",
    ),
    "Quixel": (
        "ubxkbfx_2K_",
        "Albedo.jpg Normal.jpg Roughness.jpg Displacement.exr AO.jpg Specular.jpg",
        "color normal roughness ao height specular",
    ),
    "Substance": (
        "crate_",
        "BaseColor.png Normal_OpenGL.png OcclusionRoughnessMetallic.png Emissive.png Opacity.png",
        "color normal opacity emission packed",
    ),
    "Unreal": ("T_Crate_", "D.TGA N.TGA ORM.TGA", "color normal packed"),
    "glTF": ("helmet-", "baseColor.png normal.png metallicRoughness.png", "color normal packed"),
    "by hand": ("rock ", "albedo.png nrm.png gloss.png metal.png bump.png", None),
    "small letters": ("rock_", "basecolor.png normaldx.png", "color normal"),
    "nothing but roles": ("", "albedo.png normal.png", "color normal"),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_sets_as_their_makers_name_them(maker: str) -> None:
    before, ends, roles = MAKERS[maker]
    names = [f"textures/Wall/{before}{end}" for end in ends.split()]
    others = ["textures/Wall/photo.jpg", "textures/Wall/readme.txt", f"other/{before}albedo.png"]
    (found,) = texture_sets([*names, *others])
    wanted = roles or "color normal gloss metallic height"
    assert [one.role for one in found.maps] == wanted.split()
    assert found.name == (before.strip(" _-") or "Wall")
    assert {one.file for one in found.maps} <= set(names)


def test_what_is_packed_and_which_way_green_points() -> None:
    (found,) = texture_sets(["a_rma.png", "a_nor_dx.png", "a_orm.png"])
    assert [(one.file, one.channels, one.directx) for one in found.maps] == [
        ("a_nor_dx.png", (), True),
        ("a_orm.png", ("ao", "roughness", "metallic"), False),
        ("a_rma.png", ("roughness", "metallic", "ao"), False),
    ]


def test_of_two_pictures_of_one_map_the_better_is_taken() -> None:
    names = ["r_normaldx.png", "r_normalgl.jpg", "r_albedo.jpg", "r_albedo.png", "r_color.tga"]
    (found,) = texture_sets(names)
    assert [one.file for one in found.maps] == ["r_albedo.png", "r_normalgl.jpg"]


def test_a_picture_with_the_name_of_the_set_is_its_colour_where_no_other_is() -> None:
    (found,) = texture_sets(["wall.jpg", "wall_normal.jpg"])
    assert [(one.role, one.file) for one in found.maps] == [
        ("color", "wall.jpg"),
        ("normal", "wall_normal.jpg"),
    ]
    (found,) = texture_sets(["wall.jpg", "wall_normal.jpg", "wall_diff.jpg"])
    assert found.maps[0].file == "wall_diff.jpg"


@pytest.mark.parametrize(
    "names",
    [
        ["rusty metal.png", "readme.txt"],
        ["wall.png", "wall.jpg"],
        ["plan_d.png", "plan_n.png"],  # letters alone mean something to Unreal only
        ["rock_2k_albedo.png", "rock_4k_normal.png"],
        ["a/rock_albedo.png", "b/rock_normal.png"],
        ["rock_albedo.png", "stone_normal.png"],
        ["rock_normal_detail.png", "rock_albedo_old.png"],
        [".png", "_.png", "", "normal", "albedo.blend"],
    ],
)
def test_what_is_no_set(names: list[str]) -> None:
    assert texture_sets(names) == ()


@given(
    st.lists(st.text(max_size=20) | st.from_regex(r"[a-c]{1,2}[_/][a-z]{2,9}\.png", fullmatch=True))
)
def test_any_names_are_told_apart_whatever_their_order(names: list[str]) -> None:
    found = texture_sets(names)
    shuffled = names * 2
    random.Random(1).shuffle(shuffled)
    assert texture_sets(shuffled) == found
    files = [one.file for each in found for one in each.maps]
    assert len(files) == len(set(files))
    assert set(files) <= set(names)
    for each in found:
        roles = [one.role for one in each.maps if one.role != PACKED]
        assert len(each.maps) > 1
        assert len(roles) == len(set(roles))
        assert roles == sorted(roles, key=ROLES.index)
        assert len({one.file.rpartition("/")[0] for one in each.maps}) == 1


WORDS = {"color": "Albedo", "normal": "Normal", "roughness": "roughness", "ao": "AO"}
STEMS = st.from_regex(r"[A-Za-z]{3,9}([ _-][0-9]{1,3})?", fullmatch=True)


@given(STEMS, st.sets(st.sampled_from(sorted(WORDS)), min_size=2), st.sampled_from("_-. "))
def test_any_stem_makes_a_set(stem: str, roles: set[str], between: str) -> None:
    names = [f"{stem}{between}{WORDS[role]}.png" for role in sorted(roles)]
    (found,) = texture_sets(names)
    assert {one.role for one in found.maps} == roles
    assert found.name == stem
    assert all((said := map_name(name)) and said.stem.startswith(stem) for name in names)


def test_a_role_is_found_wherever_its_word_is_parted() -> None:
    for word in texturenames._ROLE:
        for at in range(1, len(word)):
            found = map_name(f"rock_{word[:at]}_{word[at:]}_2k.png")
            assert found is not None
            assert found.role, (word, at)


PIECES = st.sampled_from(
    (
        *(*"tdnrmh_-. 4\\", "rock", "Wood", "metal", "Metal", "ness", "col", "or", "bit", "é"),
        *("2k", "2K", "jpg", "gl", "DX", "normaldx", "specular", "METALNESS", "512", "var", "ORM"),
    )
)


@given(st.lists(PIECES, max_size=7).map("".join), st.sampled_from((".png", ".TIF", ".txt", "")))
def test_what_may_say_no_role_says_none(base: str, ext: str) -> None:
    said = map_name(base + ext)
    assert may_say(base + ext) or said is None or said.role == ""


def test_most_names_are_not_looked_at_further() -> None:
    assert not any(map(may_say, ("rock 02.png", "old wood_4k.jpg", "12.png", "T_Rock_J.png")))
    assert all(map(may_say, ("rock_col_2k.png", "T_Rock_D.png", "Felsen_größe.png")))
