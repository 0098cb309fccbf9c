"""Adding in place: identity, honesty about failures, and not a byte changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import audobon
from audobon.errors import BadFile, Conflict, Invalid, NoLibrary, NotFound
from audobon.services.files import identify
from audobon.services.files.following import followed
from audobon.services.files.identify import Candidate, Reader
from audobon.services.files.scan import Found, stat_file
from audobon.services.watch.changed import take_in
from audobon.testing.folders import tree
from audobon.testing.pictures import png_bytes, write_png


def paths(assets: tuple[audobon.Asset, ...]) -> list[str]:
    return sorted(asset.path for asset in assets)


def test_every_file_is_added_once_and_none_is_changed(folder: Path) -> None:
    before = tree(folder)
    with audobon.Library.create(folder) as lib:
        report = lib.add([folder])
        assert paths(report.added) == sorted(before)
        assert not report.failed
        assert not report.missing
        again = lib.add([folder])
        assert not again.added
        assert paths(again.unchanged) == sorted(before)
    assert tree(folder) == before


def test_what_is_as_it_was_is_loaded_only_when_it_is_asked_for(
    lib: audobon.Library, folder: Path
) -> None:
    write_png(folder / "new.png", 4, 4)
    os.utime(folder / "readme.txt")  # touched, and read for nothing
    (folder / "props" / "chair" / "seat.png").unlink()
    report = lib.add([folder], list_unchanged=False)
    assert report.unchanged == ()
    assert paths(report.added) == ["new.png"]
    assert paths(report.missing) == ["props/chair/seat.png"]
    assert len(lib.add([folder]).unchanged) == 6


def test_a_rescan_opens_no_file(lib: audobon.Library, folder: Path, monkeypatch) -> None:
    def refuse(self: object, candidates: list[object]) -> object:
        assert not candidates, "an unchanged file would be read"
        return iter(())

    monkeypatch.setattr(identify.Reader, "read", refuse)
    assert len(lib.add([folder]).unchanged) == 6


def test_facts_come_from_the_headers(lib: audobon.Library) -> None:
    asset = lib.get("props/chair/seat.png")
    assert (asset.kind, asset.format, asset.width, asset.height) == ("image", "png", 64, 64)
    assert asset.digest
    assert asset.root == "MyAssets"
    assert Path(asset.file).is_file()


def test_an_asset_is_found_by_every_name_it_has(lib: audobon.Library, folder: Path) -> None:
    asset = lib.get("textures/oak_planks.png")
    assert lib.get(asset.id) == asset
    assert lib.get(folder / "textures" / "oak_planks.png") == asset
    assert lib.get("MyAssets/textures/oak_planks.png") == asset
    assert lib.get(lib.reference(asset)) == asset
    with pytest.raises(NotFound):
        lib.get("textures/none.png")


def test_a_changed_file_is_updated_and_keeps_what_is_known(
    lib: audobon.Library, folder: Path
) -> None:
    asset = lib.get("textures/oak_planks.png")
    lib.edit(asset, add_tags=["wood"], rating=4)
    write_png(folder / "textures" / "oak_planks.png", 40, 30, color=(1, 2, 3))
    report = lib.add([folder])
    assert paths(report.updated) == ["textures/oak_planks.png"]
    now = lib.get(asset.id)
    assert (now.width, now.height, now.rating, now.tags) == (40, 30, 4, ("wood",))
    assert now.digest != asset.digest


def test_a_touched_file_is_unchanged(lib: audobon.Library, folder: Path) -> None:
    target = folder / "textures" / "oak_planks.png"
    os.utime(target, ns=(1, target.stat().st_mtime_ns + 5_000_000_000))
    report = lib.add([folder])
    assert not report.updated
    assert len(report.unchanged) == 6
    assert lib.get(target).mtime_ns == target.stat().st_mtime_ns


def test_renamed_and_moved_files_keep_identity_and_tags(lib: audobon.Library, folder: Path) -> None:
    oak = lib.get("textures/oak_planks.png")
    seat = lib.get("props/chair/seat.png")
    lib.edit([oak, seat], add_tags=["kept"])
    (folder / "textures" / "oak_planks.png").rename(folder / "textures" / "oak_boards.png")
    (folder / "archive").mkdir()
    (folder / "props" / "chair").rename(folder / "archive" / "chair")
    report = lib.add([folder])
    assert not report.added
    assert not report.missing
    assert paths(report.moved) == ["archive/chair/seat.png", "textures/oak_boards.png"]
    assert lib.get(oak.id).path == "textures/oak_boards.png"
    assert lib.get(seat.id).tags == ("kept",)
    assert lib.get("archive/chair/seat.png").id == seat.id


def test_a_copy_is_a_new_asset_and_twins_that_both_moved_are_not_guessed(
    lib: audobon.Library, folder: Path
) -> None:
    shutil.copyfile(folder / "textures" / "oak_planks.png", folder / "copy.png")
    assert paths(lib.add([folder]).added) == ["copy.png"]
    assert len(lib.duplicates()) == 1
    (folder / "copy.png").rename(folder / "one.png")
    (folder / "textures" / "oak_planks.png").rename(folder / "two.png")
    report = lib.add([folder])
    assert paths(report.added) == ["one.png", "two.png"]
    assert paths(report.missing) == ["copy.png", "textures/oak_planks.png"]


def test_a_missing_file_is_told_and_comes_back(lib: audobon.Library, folder: Path) -> None:
    target = folder / "textures" / "oak_planks.png"
    data, stat = target.read_bytes(), target.stat()
    target.unlink()
    assert paths(lib.add([folder]).missing) == ["textures/oak_planks.png"]
    assert lib.get("textures/oak_planks.png").state == "missing"
    target.write_bytes(data)
    os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    lib.add([folder])
    assert lib.get("textures/oak_planks.png").state == "present"


def test_bad_files_are_reported_and_the_rest_is_added(lib: audobon.Library, folder: Path) -> None:
    (folder / "broken.png").write_bytes(b"this is no picture")
    (folder / "empty.jpg").touch()
    (folder / "nowhere.png").symlink_to(folder / "gone.png")
    (folder / "good.png").write_bytes(png_bytes(3, 3))
    report = lib.add([folder, folder / "not there"])
    assert paths(report.added) == ["good.png"]
    failed = {Path(path).name: error for path, error in report.failed}
    assert set(failed) == {"broken.png", "empty.jpg", "nowhere.png", "not there"}
    assert isinstance(failed["broken.png"], BadFile)
    assert isinstance(failed["not there"], NotFound)
    assert report.unread == (), "what was no asset before is none now"


def test_a_known_file_whose_header_cannot_be_read_is_kept_and_told(
    lib: audobon.Library, folder: Path
) -> None:
    oak = folder / "textures" / "oak_planks.png"
    oak.write_bytes(b"this is no picture")
    report = lib.add([folder])
    assert report.failed == report.unread
    [(path, error)] = report.unread
    assert (path, isinstance(error, BadFile)) == (str(oak), True)
    assert paths(report.updated) == ["textures/oak_planks.png"]
    assert lib.get(str(oak)).attributes["header_error"] == str(error)
    assert lib.add([folder]).unread == (), "told once"
    oak.write_bytes(png_bytes(3, 4))
    assert lib.add([folder]).unread == ()
    assert (lib.get(str(oak)).kind, lib.get(str(oak)).height) == ("image", 4)
    assert "header_error" not in lib.get(str(oak)).attributes


def test_a_file_whose_header_cannot_be_read_is_found_again_where_it_was_moved(
    lib: audobon.Library, folder: Path
) -> None:
    oak = folder / "textures" / "oak_planks.png"
    oak.write_bytes(b"this is no picture")
    lib.add([folder])
    ident = lib.get(str(oak)).id
    oak.rename(folder / "still broken.png")
    report = lib.relink()
    assert [asset.id for asset in report.moved] == [ident]


def test_places_of_snapshots_and_remotes_in_the_folder_are_no_assets(
    lib: audobon.Library, folder: Path
) -> None:
    count = lib.search().total
    (folder / "backup").mkdir()
    lib.snapshot(str(folder / "backup" / "here"))
    lib.remotes.add("within", str(folder / "remote"))
    lib.commit("one")
    lib.push("within")
    (folder / "backup" / "note.txt").write_text("beside it")
    assert paths(lib.add([folder]).added) == ["backup/note.txt"]
    assert lib.add([folder / "remote"]).added == ()
    assert lib.search().total == count + 1
    report = take_in(
        lib._stores,
        {str(folder / "remote" / "@audobon.json"): True, str(folder / "remote"): True},
        followed(lib._stores),
        there=lambda _root: True,
    )
    assert report.added == ()


def test_a_file_that_is_half_there_is_looked_at_again(lib: audobon.Library, folder: Path) -> None:
    half = folder / "half.png"
    half.write_bytes(png_bytes(9, 9)[:20])
    found = stat_file(str(half))
    assert isinstance(found, Found)
    reader = Reader(lib._stores)
    half.write_bytes(png_bytes(9, 9))  # between the look at its name and the look into it
    candidate = Candidate(found, lib._stores.roots()[0], "half.png", None)
    bad = BadFile("it ends too early")
    reader.verdict.failed.append((str(half), bad))
    assert not list(reader._bytes_alone(candidate, bad))
    ((path, error),) = reader.verdict.failed
    assert (path, type(error), reader.verdict.unread) == (str(half), Conflict, [])
    assert lib.add([folder]).failed == ()
    assert lib.get("half.png").kind == "image"


def test_loops_of_links_end_and_each_file_is_there_once(lib: audobon.Library, folder: Path) -> None:
    (folder / "textures" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "loop2").symlink_to(folder / "textures", target_is_directory=True)
    report = lib.add([folder])
    assert len(report.added) + len(report.unchanged) + len(report.moved) <= 6
    assert lib.search().total == 6


def test_a_folder_outside_becomes_a_root(lib: audobon.Library, tmp_path: Path) -> None:
    write_png(tmp_path / "elsewhere" / "deep" / "sky.png", 5, 5)
    report = lib.add([tmp_path / "elsewhere"])
    assert [(asset.root, asset.path) for asset in report.added] == [("elsewhere", "deep/sky.png")]
    write_png(tmp_path / "single" / "lamp.png", 6, 6)
    write_png(tmp_path / "single" / "other.png", 7, 7)
    report = lib.add(tmp_path / "single" / "lamp.png")
    assert paths(report.added) == ["lamp.png"]


def test_the_same_relative_path_in_two_roots_is_not_guessed(
    lib: audobon.Library, tmp_path: Path
) -> None:
    write_png(tmp_path / "b" / "readme.png", 5, 5)
    write_png(tmp_path / "c" / "readme.png", 6, 6)
    lib.add([tmp_path / "b", tmp_path / "c"])
    with pytest.raises(Conflict, match=r"b/readme\.png"):
        lib.get("readme.png")
    assert lib.get("c/readme.png").width == 6


NAMES = [
    "sp ace.png",
    "quo'te\".png",
    "new\nline.png",
    "tab\t.png",
    "ünïcödé.png",
    "日本語.png",
    "кириллица.png",
    "emoji🎨.png",
    "-dash.png",
    "semi;colon&and.png",
    "percent%20.png",
    "back\\slash.png",
    "a" * 240 + ".png",
    "e\u0301 decomposed.png",
]


def test_names_with_any_legal_character(lib: audobon.Library, folder: Path) -> None:
    odd = folder / "odd"
    odd.mkdir()
    made = []
    for number, name in enumerate(NAMES):
        made.append(write_png(odd / name, number + 1, 3))
    raw = os.fsencode(odd) + b"/not-utf8-\xff\xfe.png"
    Path(os.fsdecode(raw)).write_bytes(png_bytes(99, 3))
    report = lib.add([folder])
    assert not report.failed
    assert len(report.added) == len(NAMES) + 1
    version = lib.commit("odd names")
    for path in [*made, Path(os.fsdecode(raw))]:
        data = path.read_bytes()
        path.unlink()
        assert lib.get(path).path.startswith("odd/")
        lib.restore(path, version.id)
        assert path.read_bytes() == data
    assert lib.get(lib.reference("odd/" + NAMES[2])).path == "odd/" + NAMES[2]


def test_cancel_keeps_what_was_added_and_the_next_run_goes_on(tmp_path: Path) -> None:
    for number in range(700):
        write_png(tmp_path / f"{number:04}.png", 1 + number % 50, 2 + number // 50)
    seen: list[int] = []
    with audobon.Library.create(tmp_path) as lib:
        report = lib.add(
            [tmp_path],
            progress=lambda done, total, path: seen.append(done),
            cancel=lambda: bool(seen) and seen[-1] >= 300,
        )
        assert report.cancelled
        assert 0 < len(report.added) < 700
        rest = lib.add([tmp_path])
        assert len(rest.added) + len(report.added) == 700
        assert not rest.missing


def test_a_removed_asset_stays_out_until_it_is_named(lib: audobon.Library, folder: Path) -> None:
    asset = lib.get("textures/oak_planks.png")
    lib.edit(asset, add_tags=["wood"])
    lib.remove(asset)
    assert lib.search("oak").total == 0
    assert not lib.add([folder]).added
    assert (folder / "textures" / "oak_planks.png").exists()
    lib.add(folder / "textures" / "oak_planks.png")
    back = lib.get("textures/oak_planks.png")
    assert (back.id, back.tags) == (asset.id, ("wood",))


def test_creating_and_opening_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(NoLibrary):
        audobon.Library.open(tmp_path)
    audobon.Library.create(tmp_path).close()
    with pytest.raises(Conflict):
        audobon.Library.create(tmp_path)


def test_the_folder_of_a_library_may_be_moved(lib: audobon.Library, folder: Path) -> None:
    asset = lib.get("textures/oak_planks.png")
    lib.close()
    moved = folder.rename(folder.with_name("Renamed"))
    with audobon.Library.open(moved) as again:
        assert again.get(asset.id).file == str(moved / "textures" / "oak_planks.png")
        assert len(again.add([moved]).unchanged) == 6


def test_the_librarys_own_state_is_no_asset(lib: audobon.Library) -> None:
    report = lib.add([lib.state_path, lib.state_path / "library.toml"])
    assert not report.added
    assert [type(error) for _, error in report.failed] == [Invalid, Invalid]
