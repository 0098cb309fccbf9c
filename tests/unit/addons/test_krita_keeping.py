"""What the Krita plugin decides about saving parts, colours and switches."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import audobon
from audobon.session import Session
from audobon.testing.pictures import write_png
from audobon_krita.logic import colours, keeping
from audobon_krita.logic.app import App
from audobon_krita.logic.settings import VERSION_ON_SAVE, Settings


@pytest.mark.parametrize(
    ("what", "model", "depth", "suffix"),
    [
        ("layer", "RGBA", "U8", ".png"),
        ("layer", "GRAYA", "U16", ".png"),
        ("selection", "RGBA", "F16", ".exr"),
        ("layer", "RGBA", "F32", ".exr"),
        ("layer", "CMYKA", "U8", ".kra"),
        ("layer", "LABA", "U16", ".kra"),
        ("group", "RGBA", "U8", ".kra"),
        ("document", "RGBA", "U8", ".kra"),
    ],
)
def test_every_kind_of_colour_has_a_file_that_keeps_it(
    what: str, model: str, depth: str, suffix: str
) -> None:
    assert keeping.suffix_for(what, model, depth) == suffix
    asset: Any = SimpleNamespace(name=f"a{suffix}", file=f"/x/a{suffix}")
    assert keeping.refusal(asset, model, depth) == ""


@pytest.mark.parametrize(
    ("name", "model", "depth", "said"),
    [
        ("a.png", "RGBA", "F32", "PNG cannot hold RGB of 32-bit floats without loss"),
        ("a.PNG", "CMYKA", "U8", "PNG cannot hold CMYK of 8 bits without loss"),
        ("a.exr", "RGBA", "U8", "EXR cannot hold RGB of 8 bits"),
        ("a.jpg", "RGBA", "U8", "a.jpg is JPG; new versions are written as KRA, PNG and EXR only"),
        ("notes", "RGBA", "U8", "notes is this kind of file"),
    ],
)
def test_what_would_lose_something_is_refused(name: str, model: str, depth: str, said: str) -> None:
    asset: Any = SimpleNamespace(name=name, file=f"/x/{name}")
    assert said in keeping.refusal(asset, model, depth)


def test_only_what_is_at_hand_is_offered() -> None:
    assert keeping.offers("", selection=False) == ("document",)
    assert keeping.offers("paintlayer", selection=True) == ("document", "layer", "selection")
    assert keeping.offers("grouplayer", selection=False) == ("document", "group")
    assert keeping.offers("filterlayer", selection=False) == ("document",)
    assert keeping.title("group").startswith("Active group")


def test_switches_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "settings" / "settings.json"
    Settings(path).turn(VERSION_ON_SAVE, on=True)
    again = Settings(path)
    assert again.on(VERSION_ON_SAVE)
    assert not again.on("another")
    again.turn(VERSION_ON_SAVE, on=False)
    assert not Settings(path).on(VERSION_ON_SAVE)


@pytest.mark.parametrize("data", [b"", b"[1]", b'{"version_on_save": "yes"}', b"\xff\x00"])
def test_a_damaged_file_of_switches_is_no_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(data)
    settings = Settings(path)
    assert not settings.on(VERSION_ON_SAVE)
    settings.turn(VERSION_ON_SAVE, on=True)
    assert Settings(path).on(VERSION_ON_SAVE)


def _wait(app: App, fits: Callable[[Any], object]) -> Any:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        app.pump()
        if app.state is not None and fits(app.state):
            return app.state
        time.sleep(0.005)
    raise AssertionError(f"it never came: {app.trouble} {app.state}")


def test_saving_makes_a_version_where_it_is_wanted(tmp_path: Path) -> None:
    root = tmp_path / "Paintings"
    write_png(root / "oak.png", 16, 8)
    app = App(tmp_path / "settings")
    app.begin()
    _wait(app, lambda _: True)
    app.saved(str(root / "oak.png"))  # no library is open: nothing happens
    app.create(str(root))
    _wait(app, lambda state: state.found.total == 1)
    assert app.session is not None
    app.session.follow_file(str(root / "oak.png"))
    app.saved(str(root / "oak.png"))
    app.settings.turn(VERSION_ON_SAVE, on=True)
    write_png(root / "oak.png", 17, 8)
    app.saved(str(root / "oak.png"))
    _wait(app, lambda state: state.document and state.document.versions)
    assert app.close(30.0)
    with audobon.Library.open(root) as library:
        assert [one.message for one in library.log("oak.png")] == ["Saved oak.png"]


def test_the_engine_finds_colours_and_else_the_plugin_does(tmp_path: Path) -> None:
    root = tmp_path / "Paintings"
    write_png(root / "oak.png", 16, 8, color=(200, 100, 50))
    (root / "note.txt").write_text("no picture")
    session = Session(follow_s=0.05)
    session.create(root)
    deadline = time.monotonic() + 240
    while session.state.phase != "open":
        assert time.monotonic() < deadline
        time.sleep(0.005)
    with audobon.Library.open(root) as library:
        library.add(root)
        oak, note = library.get("oak.png"), library.get("note.txt")
    came: list[colours.Palette] = []

    def ask(asset: Any, pixels: list[tuple[int, int, int]]) -> None:
        colours.find(session, asset, lambda _: pixels, came.append)

    def wait(fits: Callable[[], object]) -> None:
        while not fits():
            session.pump()
            assert time.monotonic() < deadline
            time.sleep(0.005)

    ask(oak, [(1, 2, 3)])
    wait(lambda: came)
    assert came.pop() == colours.Palette("oak", (colours.Colour(200, 100, 50, 1.0),))
    ask(note, [(1, 2, 3)])
    wait(lambda: came)
    assert came.pop() == colours.Palette("note", (colours.Colour(1, 2, 3, 1.0),))
    ask(note, [])
    wait(lambda: session.state.notice is not None)
    assert session.state.notice is not None
    assert session.state.notice.problem is not None
    assert session.close(30.0)


_level = st.integers(0, 255)
_pixels = st.lists(st.tuples(_level, _level, _level), max_size=60)


@given(pixels=_pixels, count=st.integers(1, 9))
def test_colours_of_pixels_are_among_them_and_add_up(
    pixels: list[tuple[int, int, int]], count: int
) -> None:
    found = colours.of_pixels(pixels, count)
    assert len(found) == min(count, len(set(pixels)))
    if not found:
        return
    assert abs(sum(one.share for one in found) - 1) < 1e-9
    assert list(found) == sorted(found, key=lambda one: -one.share)
    for axis, name in enumerate(("red", "green", "blue")):
        low, high = min(one[axis] for one in pixels), max(one[axis] for one in pixels)
        assert all(low <= getattr(one, name) <= high for one in found)
    if len(set(pixels)) <= count:
        assert {(one.red, one.green, one.blue) for one in found} == set(pixels)


def test_two_colours_are_two_colours() -> None:
    found = colours.of_pixels([(250, 0, 0)] * 30 + [(0, 0, 250)] * 10)
    assert [(one.hex, one.share) for one in found] == [("#fa0000", 0.75), ("#0000fa", 0.25)]


def test_a_palette_is_a_file_that_others_read() -> None:
    made = colours.Palette("old\nwood", (colours.Colour(250, 0, 7, 1.0),))
    assert colours.gimp_palette(made).splitlines() == [
        "GIMP Palette",
        "Name: old wood",
        "Columns: 8",
        "#",
        "250   0   7\t#fa0007",
    ]
