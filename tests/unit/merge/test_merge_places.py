"""Where merged assets lie, when both sides want one place or one wants two."""

from __future__ import annotations

from pathlib import Path

import pytest
from merge_support import OAK, Work, both_sides, content, git, move_on_side, name_on_side, only

import audobon
from audobon.testing.pictures import png_bytes, write_png


def paint(width: int) -> bytes:
    return png_bytes(width, 8)


def test_both_moved_it(lib: audobon.Library, folder: Path) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: (folder / OAK).rename(folder / "a.png"),
        theirs=lambda lib, folder: (folder / OAK).rename(folder / "b.png"),
    )
    conflict = only(lib.merge("side"))
    assert (conflict.what, conflict.ours, conflict.theirs) == (
        "path",
        "MyAssets/a.png",
        "MyAssets/b.png",
    )
    assert lib.resolve(conflict, "theirs").merged
    assert (folder / "b.png").exists()
    assert not (folder / "a.png").exists()


@pytest.mark.parametrize("take", ["ours", "theirs", "both"])
def test_two_new_assets_at_one_path(lib: audobon.Library, folder: Path, take: str) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: (folder / "rock.png").write_bytes(paint(30)),
        theirs=lambda lib, folder: (folder / "pebble.png").write_bytes(paint(40)),
    )
    mine, other = lib.get("rock.png").id, move_on_side(lib, "pebble.png", "rock.png")
    conflict = only(lib.merge("side"))
    assert (conflict.what, conflict.path) == ("path", "MyAssets/rock.png")
    assert (conflict.asset_id, conflict.other) == (mine, other)
    assert lib.resolve(conflict, take).merged
    names = {name for name in content(folder) if "rock" in name}
    assert names == {"rock.png"} | ({"rock (theirs).png"} if take == "both" else set())
    assert lib.get("rock.png").id == (other if take == "theirs" else mine)
    assert lib.get("rock.png").width == (40 if take == "theirs" else 30)
    if take == "both":
        assert lib.get("rock (theirs).png").id == other
        assert lib.get("rock (theirs).png").width == 40
    assert lib.diff("HEAD", "WORKING").entries == ()
    lib.undo()
    assert lib.get("rock.png").id == mine
    assert (folder / "rock.png").read_bytes() == paint(30)


def test_the_same_new_file_on_both_sides_is_one_asset(lib: audobon.Library, folder: Path) -> None:
    def added(name: str, tag: str) -> Work:
        def work(lib: audobon.Library, folder: Path) -> None:
            (folder / name).write_bytes(paint(30))
            lib.add(folder)
            lib.edit(name, add_tags=[tag])

        return work

    both_sides(lib, ours=added("rock.png", "mine"), theirs=added("pebble.png", "other"))
    mine, other = lib.get("rock.png").id, move_on_side(lib, "pebble.png", "rock.png")
    assert mine != other
    assert lib.merge("side").merged
    assert lib.get("rock.png").id == mine
    assert lib.get("rock.png").tags == ("mine", "other")


def test_one_new_asset_with_two_contents(lib: audobon.Library, folder: Path) -> None:
    def named(width: int) -> Work:
        def work(lib: audobon.Library, folder: Path) -> None:
            (folder / "rock.png").write_bytes(paint(width))
            lib.add(folder / "rock.png")

        return work

    both_sides(lib, ours=named(30), theirs=named(40))
    name_on_side(lib, "rock.png", lib.get("rock.png").id)
    conflict = only(lib.merge("side"))
    assert (conflict.what, set(conflict.contents)) == ("content", {"ours", "theirs"})
    assert lib.resolve(conflict, "both").merged
    assert (folder / "rock.png").read_bytes() == paint(30)
    assert (folder / "rock (theirs).png").read_bytes() == paint(40)


def test_a_file_where_the_other_side_has_a_folder(lib: audobon.Library, folder: Path) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: write_png(folder / "rock" / "a.png", 3, 3),
        theirs=lambda lib, folder: (folder / "rock").write_text("a file\n"),
    )
    conflict = only(lib.merge("side"))
    assert conflict.takes == ("ours", "both")
    assert lib.resolve(conflict, "both").merged
    assert (folder / "rock (theirs)").read_text() == "a file\n"
    assert (folder / "rock" / "a.png").exists()
    assert git(lib, "fsck", "--strict", "--full") == ""


@pytest.mark.parametrize("take", ["ours", "both"])
def test_names_that_differ_by_case_alone(lib: audobon.Library, folder: Path, take: str) -> None:
    """Windows and macOS would write one over the other."""
    both_sides(
        lib,
        ours=lambda lib, folder: (folder / "Rock.png").write_bytes(paint(30)),
        theirs=lambda lib, folder: (folder / "rock.png").write_bytes(paint(40)),
    )
    conflict = only(lib.merge("side"))
    assert (conflict.what, conflict.path) == ("path", "MyAssets/rock.png")
    assert conflict.asset_id == lib.get("Rock.png").id
    assert lib.resolve(conflict, take).merged
    names = {name for name in content(folder) if "rock" in name.lower()}
    assert names == {"Rock.png"} | ({"rock (theirs).png"} if take == "both" else set())
    assert lib.diff("HEAD", "WORKING").entries == ()


def test_a_name_that_changes_its_case_is_no_conflict(lib: audobon.Library, folder: Path) -> None:
    loud = OAK.replace("oak", "Oak")
    both_sides(
        lib,
        ours=lambda lib, folder: (folder / "other.png").write_bytes(paint(30)),
        theirs=lambda lib, folder: (folder / OAK).rename(folder / loud),
    )
    assert not lib.merge("side").conflicts
    assert (folder / loud).exists()
