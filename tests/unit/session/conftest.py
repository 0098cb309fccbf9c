"""A session over a small library of real files, and a way to wait for what it finds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.session import Session, State
from audobon.session.past import Past
from audobon.testing.pictures import write_png
from audobon.testing.scene_file import SceneObject, SceneSpec, scene_bytes

Until = Callable[..., State]

NOTE, CUP = "readme.txt", "cup.blend"

COLORS = {"rusty metal": (150, 80, 40), "mossy stone": (70, 110, 60), "oak planks": (160, 120, 70)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a closed library with three pictures and a note in it."""
    root = tmp_path / "MyAssets"
    for number, (name, color) in enumerate(COLORS.items()):
        write_png(root / f"{name}.png", 16 + number, 8, color=color)
    (root / "readme.txt").write_text("about these assets\n")
    with audobon.Library.create(root, "Test") as library:
        library.add([root])
        library.edit("rusty metal.png", add_tags=["metal"], rating=4, catalog="Materials/Metal")
    return root


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    assert tmp_path.is_dir()  # asked for, so that it goes when the session is closed and no sooner
    made = Session(follow_s=0.05)
    yield made
    assert made.close(30.0), "a thread of the session has not ended"


@pytest.fixture
def until(session: Session) -> Until:
    """Wait until the state is as asked for; the state."""

    def wait(fits: Callable[[State], object], *, seconds: float = 240.0) -> State:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            state = session.state
            if fits(state):
                return state
            time.sleep(0.005)
        raise AssertionError(f"it never came: {session.state}")

    return wait


@pytest.fixture
def opened(session: Session, folder: Path, until: Until) -> Session:
    """The session with that library open and its first page found."""
    session.open(folder)
    until(lambda state: state.phase == "open" and state.found.total == 4)
    return session


def scene(*places: float) -> bytes:
    """A scene with a cup at each place along x."""
    objects = {f"Cup{n}": SceneObject("Cup", location=(x, 0, 0)) for n, x in enumerate(places)}
    return scene_bytes(SceneSpec(objects, {"Cup": (8, ())}))


@pytest.fixture
def versions(folder: Path) -> list[str]:
    """Versions of the cup's scene, the oldest first; ``night`` is a branch with another note."""
    (folder / CUP).write_bytes(scene(0.0))
    with audobon.Library.open(folder) as library:
        library.add(folder)
        first = library.commit("one cup")
        library.branch("night")
        library.switch("night")
        (folder / NOTE).write_text("written at night\n")
        write_png(folder / "moon.png", 8, 8)
        library.add(folder)
        library.commit("night")
        library.switch("main")
        (folder / CUP).write_bytes(scene(0.0, 3.0))
        second = library.commit("two cups")
    return [first.id, second.id]


@pytest.fixture
def past(
    session: Session, folder: Path, versions: list[str], until: Until
) -> Callable[[Callable[[Past], Any]], Past]:
    """Open that library; wait until the history is as asked for, as a host's panel would."""
    session.open(folder)
    until(lambda state: state.phase == "open" and state.found.total)

    def wait(fits: Callable[[Past], Any]) -> Past:
        def ready(state: State) -> Any:
            session.history.watch()
            session.pump()
            return fits(state.past)

        return until(ready).past

    return wait
