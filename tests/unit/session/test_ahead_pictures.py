"""Pictures that nobody sees yet come after those on the screen, and those stay."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from attrs import evolve

from audobon.session import Session, State, Wanted

Until = Callable[..., State]


def test_what_comes_next_is_fetched_last_and_what_is_seen_stays(
    opened: Session, until: Until
) -> None:
    images = [asset for asset in opened.state.found.assets if asset.kind == "image"]
    opened.want_pictures(images[:1], ahead=images[1:])
    until(lambda _: all(map(opened.picture, images)))


def test_ahead_never_pushes_out_what_is_on_the_screen(folder: Path) -> None:
    small = Session(follow_s=0.05, budget=1)

    def wait(fits: Callable[[], object]) -> None:
        deadline = time.monotonic() + 240
        while not fits():
            assert time.monotonic() < deadline, small.state
            time.sleep(0.005)

    try:
        small.open(folder)
        wait(lambda: small.state.found.total == 4)
        images = [asset for asset in small.state.found.assets if asset.kind == "image"]
        small.want_pictures(images[:2], ahead=images[2:])
        wait(lambda: all(map(small.picture, images[:2])))
        small.do("look", lambda library, _: str(library.preview(images[2]) is not None))
        opened = small._open
        assert opened is not None
        assert opened.pictures is not None
        opened.pictures.expect(images[2:])
        # It has come from the disk, and there was no room for it here.
        wait(lambda: small.state.notice and small.state.notice.text in ("True", "False"))
        assert all(map(small.picture, images[:2]))
    finally:
        assert small.close(30.0)


def test_the_next_page_on_the_way_of_the_last_turn_lies_ready(
    opened: Session, until: Until
) -> None:
    opened.search(evolve(Wanted(), text="kind:image", sort="name", limit=1))
    until(lambda state: state.found.total == 3 and not state.searching)
    third = opened.state
    opened.want_pictures(third.found.assets)
    opened.turn(1)
    second = until(lambda state: state.found.page == 1).found.assets
    opened.want_pictures(second)
    until(lambda _: opened.picture(second[0]))
    now = opened._open
    assert now is not None
    pictures = now.pictures
    assert pictures is not None
    until(lambda _: len(pictures._soon) == 1)
    coming = pictures._soon[0]
    until(lambda _: opened.picture(coming))
    opened.turn(1)
    last = until(lambda state: state.found.page == 2).found.assets
    assert last == (coming,)
