"""Bundles of a real library: shown as one, found by their parts, taken apart and put together."""

from __future__ import annotations

from pathlib import Path

import pytest

import audobon
from audobon.errors import Invalid, NotFound
from audobon.testing.pictures import write_png

ROCK = {
    f"Rock035_{size}-PNG/Rock035_{size}-PNG_{role}.png": (4 * number + add, 4)
    for number, size in enumerate(("1K", "2K", "4K"), 1)
    for add, role in enumerate(("Color", "NormalGL", "NormalDX", "Roughness"))
}
OTHERS = ("chair_v001.png", "chair_v002.png", "chair.001.png", "chair.002.png")


@pytest.fixture
def bricks(tmp_path: Path) -> Path:
    root = tmp_path / "Textures"
    for name, (width, height) in ROCK.items():
        write_png(root / name, width, height, color=(width, 90, 30))
    for number, name in enumerate(OTHERS):
        write_png(root / name, 30 + number, 8, color=(number, 1, 1))
    return root


def shown(lib: audobon.Library, query: str = "-bundle:part") -> list[str]:
    return sorted(hit.asset.name for hit in lib.search(query, limit=100).hits)


def test_a_material_is_one_and_its_parts_are_still_found(bricks: Path) -> None:
    with audobon.Library.create(bricks) as lib:
        lib.add([bricks])
        assert lib.search("").total == 16
        assert shown(lib) == [
            "Rock035_4K-PNG_Color.png",
            "chair.001.png",
            "chair.002.png",
            "chair_v002.png",
        ]
        # The bundle is found by any of its parts, and each part by itself.
        assert shown(lib, "NormalDX 1K -bundle:part") == ["Rock035_4K-PNG_Color.png"]
        assert "Rock035_1K-PNG_NormalDX.png" in shown(lib, "NormalDX 1K")
        assert len(shown(lib, "bundle:part")) == 12
        assert len(shown(lib, "bundle:*")) == 14
        rock = lib.bundle("Rock035_1K-PNG/Rock035_1K-PNG_Roughness.png")
        assert rock is not None
        assert (rock.name, rock.kind, rock.sizes, rock.formats) == (
            *("Rock035", "material"),
            *(("1k", "2k", "4k"), ("png",)),
        )
        assert len(rock.parts) == 12
        assert {part.asset.path for part in rock.parts} == set(ROCK)
        two = rock.maps("2k")
        assert [(one.role, Path(one.file).name, one.directx) for one in two.maps] == [
            ("color", "Rock035_2K-PNG_Color.png", False),
            ("normal", "Rock035_2K-PNG_NormalGL.png", False),
            ("roughness", "Rock035_2K-PNG_Roughness.png", False),
        ]
        assert lib.texture_set(rock.lead, size="1k") == rock.maps("1k")
        assert {Path(one.file).parent.name for one in rock.maps().maps} == {"Rock035_4K-PNG"}
        with pytest.raises(NotFound, match="no 8k") as caught:
            rock.maps("8k")
        assert caught.value.hint == "there are 1k, 2k, 4k"
        every = lib.bundles()
        assert {one.name for one in every} == {"Rock035", "chair"}
        assert lib.bundles(every[0].lead.id) == every[1:]
        assert lib.bundles(limit=1) == every[:1]
        assert sum(1 for _ in bricks.rglob("*.png")) == 16, "nothing is copied"


def test_a_map_that_one_size_lacks_comes_from_the_nearest(bricks: Path) -> None:
    (bricks / "Rock035_2K-PNG/Rock035_2K-PNG_Roughness.png").unlink()
    with audobon.Library.create(bricks) as lib:
        lib.add([bricks])
        rock = lib.bundle("Rock035_2K-PNG/Rock035_2K-PNG_Color.png")
        assert rock is not None
        rough = rock.maps("2k").maps[2]
        assert Path(rough.file).name == "Rock035_1K-PNG_Roughness.png"


def test_versions_show_the_newest_and_follow_what_comes(bricks: Path) -> None:
    with audobon.Library.create(bricks) as lib:
        lib.add([bricks])
        chair = lib.bundle("chair_v001.png")
        assert chair is not None
        assert [part.number for part in chair.parts] == [2, 1]
        assert chair.lead.name == "chair_v002.png"
        write_png(bricks / "chair_v003.png", 50, 9)
        lib.add([bricks])
        assert "chair_v003.png" in shown(lib)
        assert "chair_v002.png" not in shown(lib)
        (bricks / "chair_v003.png").unlink()
        (bricks / "chair_v002.png").unlink()
        lib.add([bricks])
        assert [name for name in shown(lib) if "_v" in name] == ["chair_v001.png"]
        assert lib.bundle("chair_v001.png") is None


def test_apart_stays_apart_and_undo_puts_it_together(bricks: Path) -> None:
    with audobon.Library.create(bricks) as lib:
        lib.add([bricks])
        change = lib.take_apart("chair_v001.png")
        assert (len(change.assets), change.undoable) == (2, True)
        assert {"chair_v001.png", "chair_v002.png"} <= set(shown(lib))
        lib.add([bricks])
        lib.commit("apart")
        assert lib.bundle("chair_v002.png") is None
        lib.edit("chair_v001.png", rating=3)
    with audobon.Library.open(bricks) as lib:
        assert lib.bundle("chair_v002.png") is None
        lib.undo()
        lib.undo()
        assert lib.bundle("chair_v002.png") is not None
        assert "chair_v001.png" not in shown(lib)
        lib.redo()
        assert "chair_v001.png" in shown(lib)
        lib.put_together(["chair_v001.png", "chair_v002.png"])
        assert "chair_v001.png" not in shown(lib)
        one = "Rock035_1K-PNG/Rock035_1K-PNG_Color.png"
        lib.take_apart(one, alone=True)
        rock = lib.bundle("Rock035_4K-PNG/Rock035_4K-PNG_Color.png")
        assert rock is not None
        assert len(rock.parts) == 11
        assert lib.bundle(one) is None
        with pytest.raises(Invalid, match="in no bundle"):
            lib.take_apart(one)


def test_people_put_together_what_names_do_not_tell(bricks: Path) -> None:
    with audobon.Library.create(bricks) as lib:
        lib.add([bricks])
        lib.put_together(["chair.001.png", "chair_v001.png"], "Chairs")
        made = lib.bundle("chair.001.png")
        assert made is not None
        assert (made.name, made.kind, len(made.parts)) == ("Chairs", "named", 2)
        assert lib.bundle("chair_v002.png") is None
        with pytest.raises(Invalid):
            lib.put_together(["chair.001.png"], "apart")
        lib.undo()
        assert lib.bundle("chair.001.png") is None


def test_two_processes_and_readers_see_the_same(bricks: Path) -> None:
    with audobon.Library.create(bricks) as lib:
        lib.add([bricks])
        with audobon.Library.open(bricks, read_only=True) as reader:
            assert reader.bundle("chair_v001.png") is None, "nobody has looked yet"
            shown(lib)
            assert reader.bundle("chair_v001.png") is not None
            assert shown(reader) == shown(lib)
        with audobon.Library.open(bricks) as other:
            other.take_apart("chair_v001.png")
            assert "chair_v001.png" in shown(lib)
        lib.commit("one")
        before = lib.clock
        shown(lib)
        shown(lib)
        assert lib.clock == before, "to look changes nothing"
