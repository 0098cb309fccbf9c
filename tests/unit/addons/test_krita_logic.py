"""What the Krita plugin decides, without Krita and without Qt, over a real library."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import audobon
from audobon.session import State
from audobon.testing.pictures import write_png
from audobon_krita.logic import document, grid, keys, many, words
from audobon_krita.logic.app import App
from audobon_krita.logic.using import FILE_LAYER, LAYER, OPEN, PALETTE, PATTERN, REFERENCE

PLUGIN = Path(__file__).resolve().parents[3] / "addons" / "krita"


def test_importing_logic_loads_neither_qt_nor_the_sdk() -> None:
    code = (
        "import sys; import audobon_krita.logic.app, audobon_krita.logic.words;"
        "import audobon_krita.logic.document, audobon_krita.logic.grid;"
        "import audobon_krita.logic.many, audobon_krita.logic.keys;"
        "tops = {name.partition('.')[0] for name in sys.modules};"
        "print(tops & {'krita', 'PyQt5', 'PyQt6', 'audobon'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PLUGIN, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "Paintings"
    for name in ("oak", "moss", "rust"):
        write_png(root / "textures" / f"{name}.png", 16, 8)
    (root / "notes.txt").write_text("a note")
    return root


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    made = App(tmp_path / "settings")
    made.begin()
    yield made
    assert made.close(30.0), "a thread of the session has not ended"


Until = Callable[[Callable[[State], object]], State]


@pytest.fixture
def until(app: App) -> Until:
    def wait(fits: Callable[[State], object]) -> State:
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            app.pump()
            if app.state is not None and fits(app.state):
                return app.state
            time.sleep(0.005)
        raise AssertionError(f"it never came: {app.trouble} {app.state}")

    return wait


@pytest.fixture
def made(app: App, folder: Path, until: Until) -> App:
    """The plugin with a new library of that folder."""
    until(lambda _: True)
    app.create(str(folder))
    until(lambda state: state.found.total == 4)
    return app


def test_a_plugin_without_libraries_says_so(tmp_path: Path) -> None:
    app = App(tmp_path, "this plugin has libraries for Python 3.12, and this Krita has Python 3.9")
    app.begin()
    app.pump()
    assert app.state is None
    assert "Python 3.12" in app.trouble
    assert app.close()


def test_the_last_library_is_opened_again(made: App, folder: Path, tmp_path: Path) -> None:
    deadline = time.monotonic() + 240
    while made.recent is not None and not made.recent.all():
        made.pump()
        assert time.monotonic() < deadline
    again = App(tmp_path / "settings")
    again.begin()
    while again.state is None or again.state.phase != "open":
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert again.state.path == str(folder)
    assert again.close(30.0)


def test_search_rate_and_tag(made: App, folder: Path, until: Until) -> None:
    session = made.session
    assert session is not None
    grid.search(session, text="mo", kind="image", sort="name")
    state = until(lambda state: state.found.total == 1)
    assert state.found.wanted.limit == grid.LIMIT
    assets = state.found.assets
    assert words.found(state) == "1 found"
    assert words.headline(assets[0]) == "moss.png\npng, 16 x 8, 76 B, in textures"
    assert many.rate(session, 3, assets[0].id)
    session.selection.change([assets[0].id], active=assets[0].id, only=True)
    assert many.tag(session, "wet, <green>")
    assert not many.tag(session, " , ")
    state = until(lambda state: len(state.found.assets[0].tags) == 2)
    told = words.about(state.found.assets[0])
    assert told.splitlines()[:1] == ["moss.png"]
    assert "Tags: <green>, wet\n3 stars" in told
    assert words.links(["<green>"]) == '<a href="&lt;green&gt;">&lt;green&gt;</a>'
    many.untag(session, "wet")
    until(lambda state: state.found.assets[0].tags == ("<green>",))
    grid.search(session, text="", rating=4)
    state = until(lambda state: state.found.wanted.rating == 4 and not state.searching)
    assert words.found(state) == "Nothing found"


def test_many_at_once_are_one_step(made: App, until: Until) -> None:
    session = made.session
    assert session is not None
    ids = [asset.id for asset in until(lambda state: len(state.found.assets) == 4).found.assets]
    assert not many.rate(session, 3), "nothing is selected"
    session.selection.change(ids[:2], active=ids[0], only=True)
    session.selection.change(ids[2:], ids[:1], active=ids[3])
    assert session.selection.ids == tuple(ids[1:])
    assert session.selection.among(ids) == frozenset(ids[1:])
    assert words.selected(session.state) == "3 selected"
    assert many.favour(session, None)
    state = until(lambda state: sum(map(words.favourite, state.found.assets)) == 3)
    favourite = next(asset for asset in state.found.assets if words.favourite(asset))
    assert many.common_tags(state.found.assets) == ("favourite",)
    assert many.favour(session, favourite)
    until(lambda state: not any(map(words.favourite, state.found.assets)))
    session.undo()
    until(lambda state: sum(map(words.favourite, state.found.assets)) == 3)


def test_kinds_stay_while_one_is_chosen(made: App, until: Until) -> None:
    session = made.session
    assert session is not None
    kinds = grid.kinds(until(lambda state: len(state.found.kinds) == 2), ())
    assert dict(kinds) == {"image": 3, "text": 1}
    grid.search(session, text="", kind="text")
    state = until(lambda state: state.found.total == 1)
    assert grid.kinds(state, kinds) == kinds
    assert [view.name for view in grid.views()][:2] == ["all", "favourites"]


@pytest.mark.parametrize(
    ("name", "held", "meaning"),
    [
        ("5", {}, "rate 5"),
        ("5", {"shift": True}, "rate 5"),
        ("T", {}, "tag"),
        ("T", {"shift": True}, "untag"),
        ("A", {"ctrl": True}, "everything"),
        ("A", {}, ""),
        ("return", {}, "use"),
        ("delete", {}, "remove"),
        ("F", {"other": True}, ""),
        ("6", {}, ""),
    ],
)
def test_keys_of_the_grid(name: str, held: dict[str, bool], meaning: str) -> None:
    assert keys.meaning(name, **held) == meaning


def test_tags_are_offered_for_the_last_word() -> None:
    names = ["wood", "driftwood", "stone"]
    assert many.known(names, "stone, wo") == ["wood", "driftwood"]
    assert many.completed("stone, wo", "driftwood") == "stone, driftwood"
    assert many.completed("wo", "wood") == "wood"


def test_a_document_becomes_an_asset_with_versions(made: App, folder: Path, until: Until) -> None:
    session = made.session
    assert session is not None
    path = document.place(session, "a/b: c")
    assert path == folder / "Saved" / "a b  c.kra"
    write_png(path, 8, 8)
    assert document.place(session, "a/b: c").name == "a b  c 2.kra"
    assert document.inside(session, str(path))
    assert not document.inside(session, "")
    document.keep(session, path, "painted")
    state = until(lambda state: state.chosen is not None)
    assert state.chosen is not None
    ident = state.chosen.asset.id
    session.follow_file(str(path))
    document.new_version(session, str(path), "  ")
    until(lambda state: state.document is not None and len(state.document.versions) == 1)
    write_png(path, 9, 9)
    document.new_version(session, str(path), "larger")
    state = until(lambda state: state.document is not None and len(state.document.versions) == 2)
    assert state.document is not None
    newest, first = state.document.versions
    assert (newest.message, first.message) == ("larger", "Saved a b  c.kra in Krita")
    assert words.version(newest).startswith("larger  (")
    came: list[Path] = []
    document.copy_of_version(session, ident, first.id, came.append)
    until(lambda _: came)
    assert came[0].parent == path.parent
    with audobon.Library.open(folder) as library:
        assert library.get(ident).tags == ("painted",)


def test_what_can_be_done_with_an_asset(made: App, folder: Path, until: Until) -> None:
    state = until(lambda state: len(state.found.assets) == 4)
    by_name = {asset.name: asset for asset in state.found.assets}
    several = (LAYER, FILE_LAYER, REFERENCE, PATTERN, PALETTE, OPEN)
    assert words.uses(by_name["oak.png"], document=True) == several
    assert words.uses(by_name["oak.png"], document=False) == (OPEN, PATTERN, PALETTE)
    mark = by_name["oak.png"].digest[:8]
    assert words.pattern_name(by_name["oak.png"]) == f"oak {mark}"
    assert words.uses(by_name["notes.txt"], document=True) == ()
    assert words.layer_name(by_name["oak.png"]) == "oak"
    (folder / "textures" / "oak.png").unlink()
    made.add(str(folder))
    state = until(
        lambda state: (
            any(asset.state == "missing" for asset in state.found.assets) or state.found.total == 3
        )
    )
    gone = [asset for asset in state.found.assets if asset.name == "oak.png"]
    assert all(words.badge(asset) == "missing" for asset in gone)
    assert all(words.uses(asset, document=True) == () for asset in gone)
