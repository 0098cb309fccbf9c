"""Previews of a session: made by workers, kept within a budget, refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import audobon
from audobon.errors import Unsupported
from audobon.session import Problem, Session, State
from audobon.session.pictures import picture_key
from audobon.testing.pictures import write_png

Until = Callable[..., State]


def test_what_is_wanted_comes_and_what_has_no_picture_says_why(
    opened: Session, until: Until
) -> None:
    assets = opened.state.found.assets
    assert [opened.picture(asset) for asset in assets] == [None] * 4
    opened.want_pictures(assets)
    until(lambda _: all(opened.picture(asset) is not None for asset in assets))
    found = {asset.name: opened.picture(asset) for asset in assets}
    note = found.pop("readme.txt")
    assert isinstance(note, Problem)
    assert note.code == Unsupported.code
    for data in found.values():
        assert isinstance(data, bytes)
        assert data.startswith((b"\x89PNG", b"\xff\xd8"))
    assert opened.state.engine.state == "ready"
    assert opened.state.pictures >= 1


def test_one_is_looked_at_closer_beside_the_others(opened: Session, until: Until) -> None:
    images = [asset for asset in opened.state.found.assets if asset.kind == "image"]
    opened.want_pictures(images[1:], closer=[(images[0], 512)])
    until(lambda _: opened.picture(images[0], 512) and all(map(opened.picture, images[1:])))
    assert opened.picture(images[0]) is None, "its small one was not asked for"


def test_the_budget_holds_and_the_oldest_goes(session: Session, folder: Path, until: Until) -> None:
    small = Session(follow_s=0.05, budget=1)
    try:
        small.open(folder)
        wait = _until_of(small)
        wait(lambda: small.state.found.total == 4)
        images = [asset for asset in small.state.found.assets if asset.kind == "image"]
        for asset in images:
            small.want_pictures([asset])
            wait(lambda asset=asset: small.picture(asset) is not None)
        assert [small.picture(asset) is not None for asset in images] == [False, False, True]
    finally:
        assert small.close(30.0)


def test_other_bytes_are_another_picture(opened: Session, folder: Path, until: Until) -> None:
    opened.want_pictures(opened.state.found.assets)
    oak = next(asset for asset in opened.state.found.assets if asset.name.startswith("oak"))
    until(lambda _: opened.picture(oak))
    before = opened.picture(oak)
    write_png(folder / "oak planks.png", 30, 30, color=(1, 2, 3))
    with audobon.Library.open(folder) as other:
        other.add([folder])
    changed = until(
        lambda state: any(asset.width == 30 for asset in state.found.assets)
    ).found.assets
    oak_now = next(asset for asset in changed if asset.id == oak.id)
    assert picture_key(oak_now, 256) != picture_key(oak, 256)
    opened.want_pictures(changed)
    until(lambda _: opened.picture(oak_now))
    assert opened.picture(oak_now) != before


def _until_of(session: Session) -> Callable[[Callable[[], object]], None]:
    import time

    def wait(fits: Callable[[], object]) -> None:
        deadline = time.monotonic() + 240
        while not fits():
            assert time.monotonic() < deadline, session.state
            time.sleep(0.005)

    return wait
