"""What the chosen asset uses and who uses it, followed by a session; removing what is in use."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import audobon
from audobon.panel.linked import note, parts
from audobon.session import Session, State, Wanted
from audobon.session.lane import Lane
from audobon.session.linking import LinkLooker
from audobon.session.state import Linked

Until = Callable[..., State]


def scene(path: Path, *images: str) -> None:
    data = {"asset": {"version": "2.0"}, "scenes": [{}], "images": [{"uri": uri} for uri in images]}
    path.write_text(json.dumps(data))


def told(state: State) -> list[tuple[str, list[str]]]:
    return [
        (part.head, [f"{row.name} {row.mark}".strip() for row in part.rows])
        for part in parts(state)
    ]


def test_where_an_asset_is_used_is_told_and_followed(
    session: Session, folder: Path, until: Until
) -> None:
    scene(folder / "room.gltf", "rusty metal.png", "lost.png")
    scene(folder / "old.gltf", "rusty metal.png")
    with audobon.Library.open(folder) as other:
        other.add(folder)
        ids = {name: other.get(name).id for name in ("rusty metal.png", "room.gltf")}
    session.open(folder)
    until(lambda state: state.phase == "open")
    session.choose(ids["rusty metal.png"])
    state = until(lambda state: state.linked is not None and state.chosen is not None)
    assert told(state) == [("Used by 2 assets", ["old.gltf", "room.gltf"])]
    assert parts(state)[0].query == f"uses:{ids['rusty metal.png']}"
    scene(folder / "old.gltf", "mossy stone.png")
    with audobon.Library.open(folder) as other:
        other.add(folder)
    until(lambda state: told(state) == [("Used by 1 asset", ["room.gltf"])])
    session.choose(ids["room.gltf"])
    state = until(lambda state: state.linked is not None and state.linked.ident == ids["room.gltf"])
    assert told(state) == [("Uses 2 files: 1 missing", ["lost.png missing", "rusty metal.png"])]
    assert parts(state)[0].alarm
    assert note(state.linked.links) == ""
    session.choose(None)
    until(lambda state: state.linked is None)


def test_a_change_meanwhile_does_not_turn_back_to_what_was_chosen_before(
    session: Session, folder: Path, until: Until
) -> None:
    with audobon.Library.open(folder) as other:
        ids = [other.get(name).id for name in ("rusty metal.png", "oak planks.png")]
        session.open(folder)
        until(lambda state: state.found.total == 4)
        session.choose(ids[0])
        until(lambda state: state.chosen is not None and state.linked is not None)
        updates: list[Linked | None] = []
        lane = Lane("links", lambda _error: None)

        def update(*, linked: Linked | None) -> None:
            updates.append(linked)

        looker = LinkLooker(other, lane, update, lambda: session.state)
        try:
            looker.look(ids[1])  # which the state does not tell yet
            looker.follow(4711)
            deadline = time.monotonic() + 60.0
            while lane.waits("links") or not any(updates):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert updates[-1] is not None
            assert updates[-1].ident == ids[1]
        finally:
            lane.end()
            lane.join()


def test_what_is_in_use_is_removed_by_force_only(
    session: Session, folder: Path, until: Until
) -> None:
    scene(folder / "room.gltf", "rusty metal.png")
    with audobon.Library.open(folder) as other:
        other.add(folder)
        metal = other.get("rusty metal.png").id
    session.open(folder)
    until(lambda state: state.found.total == 5)
    session.search(Wanted("metal"))
    until(lambda state: metal in {asset.id for asset in state.found.assets})
    session.selection.select(metal)
    session.selection.remove()
    state = until(lambda state: state.notice is not None and state.notice.problem is not None)
    assert "rusty metal.png is used by room.gltf" in state.notice.problem.message
    told: list[str] = []
    session.selection.remove(refused=told.append)

    def asked(state: State) -> bool:
        session.pump()
        return bool(told) and state.doing is None

    state = until(asked)
    assert told == ["rusty metal.png is used by room.gltf"]
    assert len(state.unread) == 1, "what is asked is no failure"
    assert session.selection.ids == (metal,)
    session.choose(metal)
    until(lambda state: state.chosen is not None and state.chosen.complete)
    session.selection.remove(force=True, refused=told.append)
    until(lambda state: not state.found.total)
    state = until(lambda state: state.chosen is None)
    until(lambda state: state.notice is not None and state.notice.text.startswith("remove: 1"))
    assert len(state.unread) == 1, "a chosen asset that goes is no mistake"
