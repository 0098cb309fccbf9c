"""Versions: made, listed, compared, put back, and readable by plain git."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import audobon
from audobon.errors import BadFile, NotFound
from audobon.services.core.fingerprint import FULL_BELOW
from audobon.testing.folders import tree
from audobon.testing.pictures import write_png


def git(lib: audobon.Library, *arguments: str) -> str:
    """Plain git's answer about the history."""
    command = ["git", "-C", str(lib.state_path / "history.git"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_version_holds_everything_and_plain_git_reads_it(lib: audobon.Library) -> None:
    version = lib.commit("First light")
    assert version.stats.added == 6
    assert version.stats.stored > 0
    assert git(lib, "log", "--format=%H %s").split(" ", 1) == [version.id, "First light\n"]
    assert git(lib, "fsck", "--strict") == ""
    listed = git(lib, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    assert "MyAssets/textures/oak_planks.png" in listed
    pointer = git(lib, "show", "HEAD:MyAssets/textures/oak_planks.png")
    asset = lib.get("textures/oak_planks.png")
    assert f"oid sha256:{asset.digest}\nsize {asset.size}\n" in pointer


def test_committing_changes_no_file(lib: audobon.Library, folder: Path) -> None:
    before = tree(folder)
    lib.commit("one")
    assert tree(folder) == before


def test_nothing_new_makes_no_version(lib: audobon.Library) -> None:
    first = lib.commit("one")
    assert lib.commit("two").id == first.id
    assert [version.id for version in lib.log()] == [first.id]


def test_what_was_saved_is_kept_though_its_header_cannot_be_read(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    oak = folder / "textures" / "oak_planks.png"
    width = lib.get("textures/oak_planks.png").width
    whole = oak.read_bytes()
    lib.commit("whole")
    oak.write_bytes(b"cut off" + whole[7:])
    report = lib.add([folder])
    assert [asset.name for asset in report.updated] == ["oak_planks.png"]
    [(_, error)] = report.unread
    assert isinstance(error, BadFile)
    assert lib.commit("broken by add").stats.unread == (str(oak),)
    oak.write_bytes(b"cut away" + whole[8:])
    broken = lib.commit("broken")
    assert (broken.stats.modified, broken.stats.unread) == (1, (str(oak),))
    assert broken.stats.skipped == ()
    lib.edit("textures/oak_planks.png", rating=4)
    assert lib.commit("only rated").stats.unread == ()
    (check,) = (check for check in lib.doctor().checks if check.name == "headers")
    assert (check.state, "oak_planks.png is not a sound" in check.message) == ("warning", True)
    assert lib.get("textures/oak_planks.png").width == width, "what was known of it stays"
    assert Path(lib.restore("textures/oak_planks.png", broken.id, tmp_path)).read_bytes() == (
        b"cut away" + whole[8:]
    )
    oak.write_bytes(b"cut it" + whole[6:])
    made = lib.snapshot(str(tmp_path / "place"))
    assert made.skipped == ()
    assert (made.unread, lib.snapshots.list(str(tmp_path / "place"))[0].unread) == (
        (str(oak),),
        (str(oak),),
    )
    lib.close()
    back = audobon.Library.recover(str(tmp_path / "place"), tmp_path / "back")
    assert (tmp_path / "back" / "textures" / "oak_planks.png").read_bytes() == oak.read_bytes()
    assert "header_error" in back.get("textures/oak_planks.png").attributes
    (tmp_path / "back" / "textures" / "oak_planks.png").write_bytes(whole)
    assert back.commit("whole again").stats.unread == ()
    assert "header_error" not in back.get("textures/oak_planks.png").attributes
    (check,) = (check for check in back.doctor().checks if check.name == "headers")
    assert check.state == "ok"
    back.close()


def test_of_a_large_file_it_is_told_once_a_job_has_looked(
    lib: audobon.Library, folder: Path
) -> None:
    oak = folder / "textures" / "oak_planks.png"
    lib.commit("whole")
    oak.write_bytes(b"no picture" * (FULL_BELOW // 10 + 1))
    assert lib.commit("large").stats.unread == (), "its bytes are waited for, not its header"
    lib.work()
    assert "not a sound png" in str(lib.get("textures/oak_planks.png").attributes["header_error"])
    assert lib.commit("looked at").stats.unread == (str(oak),)
    write_png(oak, 3, 3)
    lib.commit("whole again")
    assert "header_error" not in lib.get("textures/oak_planks.png").attributes


def test_the_log_of_one_asset_follows_it_through_renames(
    lib: audobon.Library, folder: Path
) -> None:
    oak = folder / "textures" / "oak_planks.png"
    one = lib.commit("one")
    write_png(oak, 33, 33)
    two = lib.commit("two")
    write_png(folder / "props" / "chair" / "seat.png", 34, 34)
    three = lib.commit("three")
    moved = oak.rename(folder / "textures" / "boards.png")
    lib.add([folder])
    four = lib.commit("four")
    assert [item.id for item in lib.log()] == [four.id, three.id, two.id, one.id]
    assert [item.id for item in lib.log(moved)] == [four.id, two.id, one.id]
    assert four.stats.moved == 1
    assert [item.message for item in lib.log(limit=2)] == ["four", "three"]


def test_diff_names_every_kind_of_change(lib: audobon.Library, folder: Path) -> None:
    one = lib.commit("one")
    write_png(folder / "textures" / "oak_planks.png", 50, 50)
    write_png(folder / "new.png", 9, 9)
    (folder / "textures" / "BrickWall.png").unlink()
    (folder / "props" / "chair" / "seat.png").rename(folder / "seat.png")
    lib.edit("textures/mossy_stone_01.png", add_tags=["moss", "stone"], rating=5)
    lib.add([folder])
    working = lib.diff(one.id, "WORKING")
    two = lib.commit("two")
    diff = lib.diff(one.id)
    assert {(entry.path, entry.status) for entry in diff.entries} == {
        ("MyAssets/new.png", "added"),
        ("MyAssets/seat.png", "moved"),
        ("MyAssets/textures/BrickWall.png", "removed"),
        ("MyAssets/textures/mossy_stone_01.png", "modified"),
        ("MyAssets/textures/oak_planks.png", "modified"),
    }
    assert [(e.path, e.status) for e in working.entries] == [
        (e.path, e.status) for e in diff.entries
    ]
    by_path = {entry.path: entry for entry in diff.entries}
    moss = by_path["MyAssets/textures/mossy_stone_01.png"]
    assert not moss.content_changed
    assert [(f.name, f.before, f.after) for f in moss.fields] == [
        ("rating", "0", "5"),
        ("tags", "", "moss, stone"),
    ]
    assert by_path["MyAssets/seat.png"].old_path == "MyAssets/props/chair/seat.png"
    assert by_path["MyAssets/textures/oak_planks.png"].content_changed
    assert not lib.diff(two.id, "HEAD")
    back = {(entry.path, entry.status) for entry in lib.diff(two.id, one.id).entries}
    assert ("MyAssets/textures/BrickWall.png", "added") in back
    only = lib.diff(one.id, ref="textures/mossy_stone_01.png")
    assert [entry.path for entry in only.entries] == [moss.path]


def test_diff_to_now_sees_edits_that_nobody_added(lib: audobon.Library, folder: Path) -> None:
    lib.commit("one")
    assert not lib.diff("HEAD", "WORKING")
    write_png(folder / "textures" / "oak_planks.png", 51, 51)
    assert [entry.status for entry in lib.diff("HEAD", "WORKING").entries] == ["modified"]


@pytest.mark.parametrize("by", ["path", "id", "reference", "absolute"])
def test_restore_in_place_is_bit_exact(lib: audobon.Library, folder: Path, by: str) -> None:
    oak = folder / "textures" / "oak_planks.png"
    first = oak.read_bytes()
    asset = lib.get(oak)
    one = lib.commit("one")
    write_png(oak, 77, 7)
    second = oak.read_bytes()
    lib.commit("two")
    ref = {
        "path": "textures/oak_planks.png",
        "id": asset.id,
        "reference": lib.reference(asset),
        "absolute": oak,
    }[by]
    done = lib.restore(ref, one.id)
    assert oak.read_bytes() == first
    assert Path(done) == oak
    assert not done.rescued
    assert lib.get(oak).width == asset.width
    lib.restore(ref, "HEAD")
    assert oak.read_bytes() == second
    lib.restore(ref, "HEAD~1")
    assert oak.read_bytes() == first


def test_restore_elsewhere_leaves_the_file_alone(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    oak = folder / "textures" / "oak_planks.png"
    first = oak.read_bytes()
    one = lib.commit("one")
    write_png(oak, 77, 7)
    second = oak.read_bytes()
    done = lib.restore(oak, one.id, tmp_path / "new" / "old oak.png")
    assert Path(done).read_bytes() == first
    (tmp_path / "there").mkdir()
    done = lib.restore(oak, one.id, to=tmp_path / "there")
    assert (tmp_path / "there" / "oak_planks.png").read_bytes() == first
    assert oak.read_bytes() == second


def test_restore_never_loses_what_no_version_has(lib: audobon.Library, folder: Path) -> None:
    oak = folder / "textures" / "oak_planks.png"
    one = lib.commit("one")
    write_png(oak, 123, 3)
    unsaved = oak.read_bytes()
    done = lib.restore(oak, one.id)
    assert done.rescued
    assert len(lib.log()) == 1
    pointer = git(lib, "show", f"{done.rescued}:MyAssets/textures/oak_planks.png")
    digest = pointer.split("sha256:")[1].split("\n")[0]
    assert lib._stores.chunks.read(digest) == unsaved


def test_a_deleted_file_and_a_removed_asset_come_back(lib: audobon.Library, folder: Path) -> None:
    oak = folder / "textures" / "oak_planks.png"
    data = oak.read_bytes()
    asset = lib.get(oak)
    lib.edit(asset, add_tags=["wood"])
    one = lib.commit("one")
    oak.unlink()
    lib.add([folder])
    two = lib.commit("two")
    assert two.stats.removed == 1
    lib.restore("textures/oak_planks.png", one.id)
    assert oak.read_bytes() == data
    assert lib.get(oak).id == asset.id
    lib.remove(oak)
    oak.unlink()
    lib.commit("three")
    lib.restore(asset.id, one.id)
    assert oak.read_bytes() == data
    assert (lib.get(oak).id, lib.get(oak).tags) == (asset.id, ("wood",))


def test_unknown_revisions_and_files_are_told(lib: audobon.Library) -> None:
    with pytest.raises(NotFound):
        lib.restore("textures/oak_planks.png", "HEAD")
    one = lib.commit("one")
    with pytest.raises(NotFound):
        lib.restore("textures/oak_planks.png", "nowhere")
    with pytest.raises(NotFound):
        lib.restore("textures/none.png", one.id)


def test_a_path_that_only_an_old_version_knows(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    oak = folder / "textures" / "oak_planks.png"
    data = oak.read_bytes()
    one = lib.commit("one")
    oak.rename(folder / "boards.png")
    lib.add([folder])
    lib.commit("two")
    done = lib.restore("textures/oak_planks.png", one.id, tmp_path / "oak.png")
    assert Path(done).read_bytes() == data


def test_a_file_that_cannot_be_read_is_skipped_and_taken_later(
    lib: audobon.Library, folder: Path
) -> None:
    oak = folder / "textures" / "oak_planks.png"
    write_png(oak, 60, 60)
    lib.add([folder])
    data = oak.read_bytes()
    oak.unlink()
    oak.mkdir()  # nothing can be read there, whoever the user is
    one = lib.commit("one")
    assert one.stats.added == 5
    oak.rmdir()
    oak.write_bytes(data)
    lib.add([folder])
    two = lib.commit("two")
    assert two.stats.added == 1
    oak.unlink()
    lib.restore("textures/oak_planks.png", two.id)
    assert oak.read_bytes() == data


def test_equal_bytes_are_stored_once(lib: audobon.Library, folder: Path) -> None:
    lib.commit("one")
    before = lib.stats().stored_files
    (folder / "twin.png").write_bytes((folder / "textures" / "oak_planks.png").read_bytes())
    lib.add([folder])
    two = lib.commit("two")
    assert two.stats.added == 1
    assert lib.stats().stored_files == before


def test_verify_reads_everything_and_finds_a_flipped_bit(lib: audobon.Library) -> None:
    lib.commit("one")
    result = lib.verify()
    assert result.ok
    assert (result.versions, result.files) == (1, 6)
    assert result.chunks > 0
    pack = next((lib.state_path / "chunks").rglob("*.pack"))
    pack.chmod(0o600)
    data = bytearray(pack.read_bytes())
    data[40] ^= 4
    pack.write_bytes(data)
    broken = lib.verify()
    assert not broken.ok
    assert any(pack.name.split(".")[0][:8] in problem for problem in broken.problems)


def test_a_catalog_that_is_gone_comes_back_from_the_history(
    lib: audobon.Library, folder: Path
) -> None:
    lib.tags.add("material")
    lib.tags.add("wood", parent="material")
    lib.tags.alias("holz", "wood")
    lib.catalogs.add("Surfaces/Floors")
    lib.sets.add("good", "rating:>=4")
    oak, moss = lib.get("textures/oak_planks.png"), lib.get("textures/mossy_stone_01.png")
    lib.edit(
        oak,
        add_tags=["wood"],
        rating=4,
        catalog="Surfaces/Floors",
        note="from the old barn",
        attributes={"price": 12, "license": "CC0", "colors": ("brown", "red")},
    )
    lib.relate(oak, "variant_of", moss)
    before = lib.get(oak.id)
    lib.commit("one")
    lib.close()
    for file in (folder / ".audobon").glob("catalog.db*"):
        file.unlink()
    with audobon.Library.open(folder) as again:
        after = again.get(oak.id)
        assert after.path == before.path
        for name in ("tags", "rating", "catalog", "note", "attributes", "digest", "added", "kind"):
            assert getattr(after, name) == getattr(before, name), name
        assert [(edge.kind, edge.dst) for edge in again.related(oak.id)] == [
            ("variant_of", moss.id)
        ]
        assert [item.path for item in again.catalogs.list()] == ["Surfaces", "Surfaces/Floors"]
        assert [item.name for item in again.sets.list()] == ["good"]
        assert again.search("tag:material").hits[0].asset.id == oak.id
        assert again.search("tag:holz").total == 1
        assert len(again.add([folder]).unchanged) == 6
        assert again.commit("two").message == "one", "nothing differs from before"


def test_one_library_serves_several_threads(lib: audobon.Library, folder: Path) -> None:
    first = lib.commit("one")

    def work(number: int) -> int:
        path = write_png(folder / f"thread{number}.png", 10 + number, 10)
        lib.add(path)
        lib.edit(path, add_tags=[f"t{number}"])
        lib.commit(f"thread {number}")
        assert lib.diff(first.id)
        return lib.search(f"tag:t{number}").total

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(8))) == [1] * 8
    assert lib.verify().ok
    assert not lib.diff("HEAD", "WORKING")
    assert len(lib.diff(first.id).entries) == 8


def test_a_path_that_another_asset_took_over(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    oak = folder / "textures" / "oak_planks.png"
    data = oak.read_bytes()
    one = lib.commit("one")
    oak.rename(folder / "boards.png")
    lib.add([folder])
    write_png(oak, 91, 19)
    lib.add([folder])
    lib.commit("two")
    with pytest.raises(NotFound):
        lib.restore("textures/oak_planks.png", one.id)
    done = lib.restore("textures/oak_planks.png", one.id, tmp_path / "then.png")
    assert Path(done).read_bytes() == data
