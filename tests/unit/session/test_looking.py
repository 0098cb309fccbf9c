"""The chosen scene is looked into by a worker, and nothing waits for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import audobon
from audobon.errors import BadFile
from audobon.session import Session, State
from audobon.testing.scene_file import SceneObject, SceneSpec, scene_bytes

Until = Callable[..., State]
RIG = SceneSpec({"Cup": SceneObject("Cup")}, {"Cup": (8, ())}, drivers={"f(1)": "Cup"})


def test_the_chosen_scene_tells_what_it_would_run(
    session: Session, folder: Path, until: Until
) -> None:
    for name in ("rig", "cut"):
        (folder / f"{name}.blend").write_bytes(scene_bytes(RIG))
    with audobon.Library.open(folder) as library:
        library.add(folder)
        rig, cut, note = (library.get(name).id for name in ("rig.blend", "cut.blend", "readme.txt"))
    session.open(folder)
    until(lambda state: state.found.total == 6)
    session.choose(rig)
    state = until(lambda state: state.inside)
    assert state.inside is not None
    assert state.inside.ident == rig
    assert state.inside.check is not None
    assert [one.code for one in state.inside.check.findings] == ["f(1)"]
    assert state.inside.offers is not None
    assert [(one.kind, one.name, one.asset) for one in state.inside.offers] == [
        ("collection", "Collection", False),
        ("object", "Cup", False),
    ]
    stat = (folder / "rig.blend").stat()
    assert state.inside.stamp == (stat.st_size, stat.st_mtime_ns)
    session.choose(note)
    assert session.state.inside is None
    (folder / "cut.blend").write_bytes(scene_bytes(RIG)[:900])
    session.choose(cut)
    state = until(lambda state: state.inside)
    assert state.inside is not None
    assert state.inside.check is None
    assert state.inside.problem is not None
    assert state.inside.problem.code == BadFile.code
    (folder / "cut.blend").write_bytes(scene_bytes(RIG))
    session.look_inside(cut)
    assert until(lambda state: state.inside and state.inside.check)
    session.choose(rig)  # and left at once: the look is dropped
