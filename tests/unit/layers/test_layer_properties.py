"""What holds for every merge of paintings, whatever was done to them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from layer_support import DOCUMENT, merge, merged_document

from audobon.errors import AudobonError
from audobon.formats.kra_document import KraDocument
from audobon.model.merge import SceneMerge
from audobon.testing.kra_file import KraLayer, kra_bytes

Layers = tuple[KraLayer, ...]
Edit = Callable[[Layers], Layers]

NAMES = ("{light}", "{ink}", "{hero}", "{skin}", "{mask}", "{sky}")
COLORS = st.tuples(*[st.sampled_from((0, 90, 255))] * 3, st.sampled_from((0, 128, 255)))
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _everywhere(
    layers: Layers, ident: str, change: Callable[[KraLayer], KraLayer | None]
) -> Layers:
    found = []
    for one in layers:
        made: KraLayer | None = one
        if one.ident == ident:
            made = change(one)
        if made is not None:
            found.append(attrs.evolve(made, below=_everywhere(tuple(made.below), ident, change)))
    return tuple(found)


def _taken(layers: Layers, ident: str) -> KraLayer | None:
    for one in layers:
        if one.ident == ident:
            return one
        if (found := _taken(tuple(one.below), ident)) is not None:
            return found
    return None


@st.composite
def edits(draw: st.DrawFn, side: str) -> Edit:
    """Something that a person does to a painting."""
    ident = draw(st.sampled_from(NAMES))
    kind = draw(st.sampled_from(("paint", "set", "drop", "add", "up", "into")))
    event(kind)
    if kind == "paint":
        color, at = draw(COLORS), draw(st.tuples(st.integers(0, 1), st.integers(0, 1)))

        def paint(one: KraLayer) -> KraLayer:
            plain = one.kind == "paintlayer"
            return attrs.evolve(one, tiles={**one.tiles, at: color}) if plain else one

        return lambda layers: _everywhere(layers, ident, paint)
    if kind == "set":
        values = draw(
            st.sampled_from(({"visible": "0"}, {"opacity": "77"}, {"name": "Other"}, {"x": "9"}))
        )
        return lambda layers: _everywhere(
            layers, ident, lambda one: attrs.evolve(one, values={**one.values, **values})
        )
    if kind == "drop":
        return lambda layers: _everywhere(layers, ident, lambda one: None)
    if kind == "add":
        number, color = draw(st.integers(0, 3)), draw(COLORS)
        new = KraLayer(f"{{{side}{number}}}", "New", tiles={(1, 0): color})
        place = draw(st.integers(0, 4))
        return lambda layers: (
            layers if _taken(layers, new.ident) else (*layers[:place], new, *layers[place:])
        )
    if kind == "up":
        return lambda layers: tuple(sorted(layers, key=lambda one: one.ident != ident))

    def into(layers: Layers) -> Layers:
        moved = _taken(layers, ident)
        if moved is None or moved.kind != "paintlayer" or _taken(layers, "{hero}") is None:
            return layers
        rest = _everywhere(layers, ident, lambda one: None)
        return _everywhere(rest, "{hero}", lambda one: attrs.evolve(one, below=(moved, *one.below)))

    return into


@st.composite
def painting(draw: st.DrawFn, side: str) -> Layers:
    layers: Layers = DOCUMENT
    for edit in draw(st.lists(edits(side), max_size=4)):
        layers = edit(layers)
    return layers


def run(
    ours: Any, theirs: Any, takes: Mapping[tuple[str, str], str] | None = None
) -> tuple[SceneMerge, KraDocument | None]:
    with tempfile.TemporaryDirectory() as folder:
        made = merge(Path(folder), ours, theirs, takes)
        return made, merged_document(Path(folder)) if made.merged else None


def told(found: KraDocument | None) -> Any:
    assert found is not None
    return {ident: node.mark for ident, node in found.nodes.items()}, found.children


@FEW
@given(painting("o"))
def test_one_side_alone_is_that_side(side: Layers) -> None:
    _, wanted = run(side, side)
    for pair in ((side, DOCUMENT), (DOCUMENT, side)):
        made, found = run(*pair)
        assert made.merged, made.reason
        assert told(found) == told(wanted)


@FEW
@given(painting("o"), painting("t"))
def test_who_is_ours_makes_no_difference(one: Layers, other: Layers) -> None:
    made, found = run(one, other)
    back, again = run(other, one)
    assert made.merged is back.merged
    assert bool(made.reason) is bool(back.reason)
    if not _renamed(one, other):
        names = [{(found.kind, found.name) for found in each.conflicts} for each in (made, back)]
        assert names[0] == names[1]
    assert len(made.conflicts) == len(back.conflicts)
    if made.merged:
        event("merged")
        assert told(found) == told(again)


def _renamed(*sides: Layers) -> bool:
    """A layer is asked about by ours' name, which both may have changed."""
    return any("name" in one.values for side in sides for one in _all(side))


def _all(layers: Sequence[KraLayer]) -> list[KraLayer]:
    return [found for one in layers for found in (one, *_all(one.below))]


@FEW
@given(painting("o"), painting("t"), st.data())
def test_whatever_is_decided_is_done(ours: Layers, theirs: Layers, data: st.DataObject) -> None:
    """Every layer of the result is that of one side, and none is lost that nobody removed."""
    made, found = run(ours, theirs)
    if made.conflicts:
        takes = {
            (one.kind, one.name): data.draw(st.sampled_from(("ours", "theirs")))
            for one in made.conflicts
        }
        made, found = run(ours, theirs, takes)
        event("decided")
    if found is None:
        assert made.reason or made.conflicts
        return
    sides = [{one.ident: one for one in _all(side)} for side in (ours, theirs)]
    for ident in found.nodes:
        assert ident in sides[0] or ident in sides[1]
    for one in _all(ours):
        if one.ident in sides[1]:
            assert one.ident in found.nodes


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(("base", "ours", "theirs")),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_damage_is_an_error_or_a_reason(side: str, places: list[tuple[float, int]]) -> None:
    plain = {name: kra_bytes(DOCUMENT, session=at) for at, name in enumerate(("ours", "theirs"))}
    data = bytearray(plain.get(side, plain["ours"]))
    for share, byte in places:
        data[int(share * (len(data) - 1))] = byte
    damaged = {**plain, side: bytes(data)}
    with tempfile.TemporaryDirectory() as folder:
        try:
            made = merge(
                Path(folder),
                damaged["ours"],
                damaged["theirs"],
                base=damaged.get("base", plain["ours"]),
            )
        except AudobonError as error:
            event(type(error).__name__)
            assert not (Path(folder) / "merged.kra").exists()
        else:
            event("merged" if made.merged else "refused")
            if made.merged:
                merged_document(Path(folder))
