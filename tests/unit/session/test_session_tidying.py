"""Duplicates and lost files from a session: looked for, merged, accepted, refused, undone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

import audobon
from audobon.panel.tidy import looking, view
from audobon.session import Session, State

Until = Callable[..., State]


def scene(seed: int) -> Image.Image:
    blots = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), np.uint8)
    return Image.fromarray(blots).resize((200, 200), Image.Resampling.BICUBIC)


def test_duplicates_and_lost_files(opened: Session, folder: Path, until: Until) -> None:
    for name, image in (("oak", scene(1)), ("oak2", ImageOps.mirror(scene(1))), ("elm", scene(2))):
        image.save(folder / f"{name}.png")
    shutil.copy(folder / "elm.png", folder / "elm copy.png")

    def add(library: object, _report: object) -> str:
        library.add(folder)  # type: ignore[attr-defined]
        library.edit("oak2.png", add_tags=["leaf"])  # type: ignore[attr-defined]
        return "added"

    assert opened.state.tidy.exact is None
    opened.do("add", add)
    until(lambda state: state.notice is not None and state.notice.text == "added")

    opened.tidying.look_for_duplicates()
    until(lambda state: state.computing is not None and looking(state))
    state = until(lambda state: state.computing is None, seconds=300)
    assert not looking(state)
    assert state.tidy.near is not None
    assert not state.tidy.near.unseen, "what nobody has looked at is waited for"
    names = [{asset.name for asset in group} for group, _ in state.tidy.exact or ()]
    assert {"elm.png", "elm copy.png"} in names
    assert state.tidy.near is not None
    (group,) = state.tidy.near.groups
    assert {asset.name for asset in group.assets} == {"oak.png", "oak2.png"}
    assert group.pairs[0].turned == "mirrored"

    kept, other = group.assets
    shown = view(state)
    assert [case.pairs for case in shown.cases] == [(), ((kept.id, other.id),)]
    assert shown.cases[1].assets[0] == kept
    opened.tidying.keep_apart(shown.cases[1].pairs)
    state = until(lambda state: state.tidy.near is not None and not state.tidy.near.groups)
    assert len(view(state).cases) == 1, "equal bytes are still told"
    until(lambda state: state.notice is not None and state.notice.text == "Not the same")
    opened.undo()
    until(
        lambda state: state.notice is not None and state.notice.text == "taken back: not the same"
    )
    opened.tidying.look_for_duplicates()
    until(lambda state: state.tidy.near is not None and len(state.tidy.near.groups) == 1)
    until(lambda state: state.computing is None)
    opened.tidying.merge(kept.id, [other.id], files=True)
    state = until(lambda state: state.tidy.near is not None and not state.tidy.near.groups)
    assert not Path(other.file).exists()
    until(lambda state: state.notice is not None and state.notice.text == "Merge 1 duplicate")
    opened.undo()
    until(lambda _: Path(other.file).exists())

    (folder / "elm.png").rename(folder / "elm elsewhere.png")
    (folder / "oak.png").unlink()
    (folder / "oak2.png").unlink()
    scene(1).resize((150, 150)).save(folder / "tree.png")
    opened.tidying.look_for_lost()
    state = until(lambda state: state.tidy.proposals is not None)
    assert state.tidy.missing == 2
    found = {each.asset.name: each for each in state.tidy.proposals or ()}
    assert set(found) == {"oak.png", "oak2.png"}
    opened.tidying.refuse([found["oak2.png"]])
    until(lambda state: len(state.tidy.proposals or ()) == 1)
    opened.tidying.accept([found["oak.png"]])
    state = until(lambda state: state.tidy.proposals == ())
    assert state.tidy.missing == 1
    opened.tidying.accept([found["oak.png"]])
    state = until(lambda state: state.notice is not None and state.notice.problem is not None)
    assert "not missing any more" in (state.notice.problem.message if state.notice else "")


def test_the_wait_for_pictures_can_be_stopped(
    session: Session, folder: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audobon.services.core.stores.Stores.start_worker", lambda _self: False)
    for number in range(2):
        scene(number).save(folder / f"scene{number}.png")
    with audobon.Library.open(folder) as library:
        library.add(folder)
    session.open(folder)
    until(lambda state: state.phase == "open" and state.found.total == 6)
    session.tidying.look_for_duplicates()
    state = until(
        lambda state: state.computing is not None and "not looked" in state.computing.text
    )
    assert state.tidy.near is not None
    assert state.tidy.near.unseen == 5, "nobody looks, so it waits, and says for what"
    assert view(state).nothing.startswith("5 pictures are not looked at yet")
    session.cancel_computing()
    until(lambda state: state.computing is None)
    state = until(lambda state: state.notice is not None)
    assert state.notice is not None
    assert state.notice.text == "Looking for duplicates: cancelled"
