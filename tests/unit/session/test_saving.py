"""What hosts save: files written aside that become assets, or new versions of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import audobon
from audobon.panel.filling import add_files
from audobon.panel.saving import keep_again, keep_file, keep_made
from audobon.session import Session, State
from audobon.testing.pictures import write_png

Until = Callable[..., State]


def aside(tmp_path: Path, name: str = "part.png", width: int = 7) -> Path:
    """A file that a host wrote into a folder of its own."""
    path = tmp_path / "aside" / name
    write_png(path, width, 5)
    return path


def test_what_was_written_aside_becomes_an_asset(
    opened: Session, folder: Path, tmp_path: Path, until: Until
) -> None:
    keep_made(opened, aside(tmp_path), folder / "Saved", "a/b", tags=["old"], description="Oak")
    state = until(lambda state: state.chosen and state.chosen.complete)
    assert state.chosen is not None
    asset = state.chosen.asset
    assert (asset.path, asset.tags, asset.note) == ("Saved/a b.png", ("old",), "Oak")
    assert not (tmp_path / "aside").exists()
    keep_made(opened, aside(tmp_path, width=9), folder / "Saved", "a/b")
    until(lambda state: state.chosen and state.chosen.asset.width == 9)
    with audobon.Library.open(folder) as library:
        assert library.get("Saved/a b.png").width == 7
        assert library.get("Saved/a b-2.png").width == 9


def test_a_file_of_a_host_is_told_its_id(opened: Session, folder: Path, until: Until) -> None:
    write_png(folder / "new.png", 3, 3)
    told: list[str] = []
    keep_file(opened, folder / "new.png", tags=["x"], description="Y", then=told.append)

    def came(_: State) -> bool:
        opened.pump()
        return bool(told)

    until(came)
    with audobon.Library.open(folder) as library:
        asset = library.get("new.png")
        assert (asset.id, asset.tags, asset.note) == (told[0], ("x",), "Y")


def test_a_new_version_keeps_what_was_there_and_who_it_is(
    opened: Session, folder: Path, tmp_path: Path, until: Until
) -> None:
    with audobon.Library.open(folder) as library:
        before = library.get("rusty metal.png")
    old = Path(before.file).read_bytes()
    made = aside(tmp_path)
    new = made.read_bytes()
    keep_again(opened, made, before.id, "smaller", tags=["wet"])
    until(lambda state: state.notice and "New version" in state.notice.text)
    assert Path(before.file).read_bytes() == new
    assert not made.parent.exists()
    with audobon.Library.open(folder) as library:
        asset = library.get(before.id)
        assert (asset.width, asset.rating, asset.catalog) == (7, 4, "Materials/Metal")
        assert set(asset.tags) == {"metal", "wet"}
        newest, first = library.log(asset)
        assert (newest.message, first.message) == ("smaller", "rusty metal.png, before: smaller")
        restored = library.restore(asset, first.id, tmp_path / "old.png")
        assert restored.path.read_bytes() == old


def test_what_cannot_be_written_is_told_and_loses_nothing(
    opened: Session, folder: Path, tmp_path: Path, until: Until
) -> None:
    (folder / "Saved").write_text("this is no folder")
    made = aside(tmp_path)
    keep_made(opened, made, folder / "Saved", "x")
    notice = until(lambda state: state.notice and state.notice.problem).notice
    assert notice is not None
    assert notice.problem is not None
    assert "Saved" in notice.problem.message
    assert not made.parent.exists()
    assert (folder / "Saved").read_text() == "this is no folder"


def test_bad_files_are_named_and_the_others_are_added(
    opened: Session, folder: Path, tmp_path: Path, until: Until
) -> None:
    write_png(tmp_path / "elsewhere" / "good.png", 4, 4)
    paths = [str(tmp_path / "gone.png"), str(tmp_path / "elsewhere" / "good.png")]
    add_files(opened, paths)
    notice = until(lambda state: state.notice).notice
    assert notice is not None
    assert notice.text.startswith("1 added, 1 could not be read: ")
    assert "gone.png" in notice.text
    with audobon.Library.open(folder) as library:
        assert library.get(paths[1]).width == 4
