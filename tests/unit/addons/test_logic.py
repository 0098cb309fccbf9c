"""What the Blender add-on decides, without Blender."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import audobon
from audobon_blender.logic import words
from audobon_blender.logic.app import App
from audobon_blender.logic.asking import search, tag_found
from audobon_blender.logic.recent import Recent
from audobon_blender.logic.saving import file_name, free_path
from audobon_blender.logic.shown import columns
from audobon_blender.logic.slots import Slots
from audobon_blender.logic.using import Contents, Pick, natural

ADDON = Path(__file__).resolve().parents[3] / "addons" / "blender"


def test_importing_logic_loads_neither_bpy_nor_the_sdk() -> None:
    # The package itself too: Blender imports it before anybody has asked for anything.
    code = (
        "import sys; import audobon_blender.logic.app, audobon_blender.logic.saving;"
        "print([name for name in sys.modules if name.partition('.')[0] in ('bpy', 'audobon')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ADDON, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_an_older_python_gets_one_clear_sentence() -> None:
    sys.path.insert(0, str(ADDON.parents[1] / "tools"))
    from devtools.pythons import find_python

    found = find_python("3.10") or find_python("3.9")
    if found is None:
        pytest.skip("no Python older than 3.11 is on this machine")
    code = "import audobon_blender as a; a.unregister()\ntry: a.register()\n"
    code += "except RuntimeError as error: print(error)"
    done = subprocess.run(
        [found[0], "-c", code], cwd=ADDON, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().startswith("Audobon needs a Blender with Python 3.11 or newer")
    assert found[1].rpartition(".")[0] in done.stdout


class TestRecent:
    def test_the_last_one_comes_first_and_once(self, tmp_path: Path) -> None:
        recent = Recent(tmp_path / "new folder" / "recent.json")
        assert recent.all() == ()
        for name in ("a", "b", "a"):
            recent.add(str(tmp_path / name))
        assert recent.all() == (str(tmp_path / "a"), str(tmp_path / "b"))
        recent.forget(str(tmp_path / "a"))
        assert Recent(tmp_path / "new folder" / "recent.json").all() == (str(tmp_path / "b"),)

    def test_last_is_none_while_the_folder_is_away(self, tmp_path: Path) -> None:
        recent = Recent(tmp_path / "recent.json")
        recent.add(str(tmp_path / "disk"))
        assert recent.last() is None
        (tmp_path / "disk").mkdir()
        assert recent.last() == str(tmp_path / "disk")

    @pytest.mark.parametrize("text", ["", "{", "7", '{"a": 1}', '[1, null, "x"]'])
    def test_a_damaged_file_is_no_error(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "recent.json"
        path.write_text(text)
        recent = Recent(path)
        assert set(recent.all()) <= {"x", "a"}
        recent.add(str(tmp_path))
        assert recent.all()[0] == str(tmp_path)

    def test_no_more_than_a_menu_holds(self, tmp_path: Path) -> None:
        recent = Recent(tmp_path / "recent.json")
        for number in range(30):
            recent.add(str(tmp_path / str(number)))
        assert len(recent.all()) == 10


class TestSlots:
    def test_a_bounded_number_of_files_and_a_time_that_grows(self, tmp_path: Path) -> None:
        slots = Slots(tmp_path / "shown", 2)
        first, lost = slots.put("a", b"\x89PNG one")
        assert (first.suffix, lost) == (".png", "")
        slots.put("b", b"\xff\xd8 two")
        assert slots.touch("a")
        third, lost = slots.put("c", b"\x89PNG three")
        assert lost == "b"
        assert not slots.touch("b")
        again, lost = slots.put("d", b"\x89PNG four")
        assert lost == "a"
        # The same name with other bytes in the same second: only its time tells them apart.
        assert again == first
        assert again.read_bytes() == b"\x89PNG four"
        older = again.stat().st_mtime
        slots.put("d", b"\x89PNG five")
        assert again.stat().st_mtime > older
        slots.clear()
        assert not third.exists()
        assert not list((tmp_path / "shown" / "0").iterdir())

    def test_two_blenders_have_files_of_their_own(self, tmp_path: Path) -> None:
        one, two = Slots(tmp_path, 4), Slots(tmp_path, 4)
        first, _ = one.put("a", b"one")
        second, _ = two.put("a", b"two")
        assert first.parent != second.parent
        assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")
        one.clear()
        assert second.exists()
        three = Slots(tmp_path, 4)
        assert three.put("a", b"three")[0] == first, "what one that ended had is used again"

    def test_a_forgotten_picture_frees_its_file(self, tmp_path: Path) -> None:
        slots = Slots(tmp_path, 1)
        first, _ = slots.put("a", b"1")
        slots.forget("a")
        assert slots.put("b", b"2") == (first, "")


class TestWords:
    @pytest.mark.parametrize(
        ("size", "text"),
        [
            (0, "0 B"),
            (999, "999 B"),
            (4_200_000, "4.2 MB"),
            (123_456, "123 KB"),
            (9**14, "22.9 TB"),
        ],
    )
    def test_sizes(self, size: int, text: str) -> None:
        assert words.bytes_text(size) == text

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [(5, "just now"), (90, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago")],
    )
    def test_ages(self, seconds: int, text: str) -> None:
        now = datetime(2026, 5, 17, tzinfo=UTC)
        assert words.age(now - timedelta(seconds=seconds), now) == text
        assert words.age(now - timedelta(days=60), now) == "2026-03-18"

    def test_short_keeps_both_ends(self) -> None:
        assert words.short("rusty metal 04", 14) == "rusty metal 04"
        assert words.short("rusty metal 04", 9) == "rust…l 04"
        assert len(words.short("x" * 99, 20)) == 20

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("the disk is full", "The disk is full."),
            ("/a/b is no library", "/a/b is no library."),
            ("C:/a is gone", "C:/a is gone."),
            ("Really?", "Really?"),
            ("", ""),
        ],
    )
    def test_sentences(self, text: str, expected: str) -> None:
        assert words.sentence(text) == expected

    def test_wrap_loses_no_letter(self) -> None:
        text = "neither /a/very/long/path/without/any/space nor a folder above it is a library"
        lines = list(words.wrap(text, 16))
        assert max(map(len, lines)) <= 16
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert list(words.wrap("", 10)) == []


class TestNatural:
    def test_marked_assets_come_before_everything(self) -> None:
        names = {"collections": ["All"], "objects": ["Cube", "Light"], "materials": ["Rust"]}
        assert natural(Contents(names, {"materials": ["Rust"]})) == Pick("materials", ("Rust",))

    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            ({"collections": ["One"], "objects": ["A", "B"]}, Pick("collections", ("One",))),
            ({"collections": ["One", "Two"], "objects": ["A"]}, Pick("objects", ("A",))),
            ({"materials": ["Rust", "Wood"]}, Pick("materials", ("Rust",))),
            ({"worlds": ["Sky"]}, Pick("worlds", ("Sky",))),
            ({}, None),
        ],
    )
    def test_otherwise_what_its_author_meant(
        self, names: dict[str, list[str]], expected: Pick | None
    ) -> None:
        assert natural(Contents(names, {})) == expected

    def test_each_part_is_offered_once(self) -> None:
        contents = Contents({"objects": ["A", "B"]}, {"objects": ["B"]})
        assert [pick.names for pick in contents.picks()] == [("B",), ("A",)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Crate", "Crate"),
        ("a/b:c?", "a b c"),
        (" .. ", "asset"),
        ("con", "con asset"),
        ("木", "木"),
    ],
)
def test_file_names_fit_every_system(name: str, expected: str) -> None:
    assert file_name(name) == expected


def test_a_free_path_is_one_where_nothing_lies(tmp_path: Path) -> None:
    assert free_path(tmp_path, "Crate", ".blend") == tmp_path / "Crate.blend"
    (tmp_path / "Crate.blend").touch()
    assert free_path(tmp_path, "Crate", ".blend") == tmp_path / "Crate 2.blend"


def test_columns_follow_the_width() -> None:
    assert [columns(width, 1.0) for width in (10, 190, 400)] == [1, 2, 4]
    assert columns(400, 2.0) == 2


class TestApp:
    def wait(self, fits: object) -> None:
        deadline = time.monotonic() + 240
        while not fits():  # type: ignore[operator]
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def test_create_adds_what_is_there_and_the_next_start_opens_it(self, tmp_path: Path) -> None:
        folder = tmp_path / "Assets"
        folder.mkdir()
        (folder / "note.txt").write_text("a note")
        app = App(tmp_path / "config", reopen=True)
        app.begin()
        self.wait(lambda: app.session)
        assert app.session is not None
        assert app.session.state.phase == "closed"
        app.create(str(folder))
        self.wait(lambda: (app.pump(), app.session.state.found.total)[1])
        self.wait(lambda: app.session.state.notice)
        assert app.session.state.notice.text == "1 added"
        assert app.close(30.0)

        again = App(tmp_path / "config", reopen=True)
        again.begin()
        self.wait(lambda: again.session and again.session.state.phase == "open")
        assert again.session is not None
        assert again.session.state.path == str(folder)
        assert again.close(30.0)

    def test_all_that_is_found_is_tagged_in_one_step(self, tmp_path: Path) -> None:
        folder = tmp_path / "Assets"
        folder.mkdir()
        for number in range(15):
            (folder / f"oak {number}.txt").write_text(str(number))
        (folder / "rust.txt").write_text("rust")
        app = App(tmp_path / "config", reopen=False)
        app.begin()
        self.wait(lambda: app.session)
        session = app.session
        assert session is not None
        app.create(str(folder))
        self.wait(lambda: (app.pump(), session.state.found.total == 16)[1])
        fields = {"text": "oak", "kind": "any", "tag": "", "catalog": "", "sort": "best"}
        search(session, rating=0, limit=12, **fields)
        self.wait(lambda: session.state.found.total == 15)
        assert not tag_found(session, " , ")
        assert tag_found(session, "wood, plank")
        self.wait(
            lambda: session.state.notice and session.state.notice.text == "15 tagged wood, plank"
        )
        assert app.close(30.0)
        with audobon.Library.open(folder) as library:
            assert len(library.find_ids("tag:wood tag:plank")) == 15
            library.undo()
            assert library.find_ids("tag:wood") == ()

    def test_a_folder_that_is_no_library_is_not_remembered(self, tmp_path: Path) -> None:
        app = App(tmp_path / "config", reopen=True)
        app.begin()
        self.wait(lambda: app.session)
        app.open(str(tmp_path))
        self.wait(lambda: (app.pump(), app.session.state.problem)[1])
        assert app.recent.all() == ()
        assert app.close(30.0)

    def test_closed_before_it_has_begun_leaves_nothing(self, tmp_path: Path) -> None:
        with audobon.Library.create(tmp_path / "L"):
            pass
        app = App(tmp_path / "config", reopen=True)
        app.recent.add(str(tmp_path / "L"))
        app.begin()
        assert app.close(30.0)
