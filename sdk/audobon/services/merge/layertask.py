"""The worker's side of merging layered documents: three files in, one out, and what was done."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from typing import Any

from audobon.codec.plain import to_plain
from audobon.errors import MissingExtra
from audobon.formats.archive import open_archive
from audobon.formats.compare_parts import compare_parts
from audobon.formats.examine import examined
from audobon.formats.kra_document import CannotMerge, KraDocument, Node, read_document
from audobon.formats.kra_seen import Look, around, differing
from audobon.formats.kra_write import Opened, Placed, write_document
from audobon.formats.source import Source
from audobon.model.merge import SIDES, SceneMerge
from audobon.model.parts import PartChange
from audobon.services.merge.layerplan import LayerPlan, plan_layers

__all__ = ["merge_layered"]

_FORMAT = "kra"
_LARGEST = 1 << 30  # pixels: 32,768 square; beyond that the picture is left to Krita
Check = Callable[[], None]


def merge_layered(payload: Mapping[str, Any], check: Check) -> Any:
    """``{base, ours, theirs, to, takes}`` to a ``SceneMerge`` as plain data.

    ``takes`` are triples of kind, name and what was decided. ``to`` is written
    when the answer says merged, read again and compared with what it should
    be, and not there otherwise. BadFile, LimitExceeded, Invalid.
    """
    takes = {(kind, name): take for kind, name, take in payload["takes"]}
    paths = {side: payload[side] for side in SIDES}
    try:
        made = _opened(paths, {}, lambda opened: _merge(opened, takes, payload["to"], check), check)
    except CannotMerge as reason:
        made = SceneMerge(merged=False, reason=str(reason))
    if not made.merged:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(payload["to"])
    return to_plain(made)


def _opened(
    paths: Mapping[str, str],
    opened: Mapping[str, Opened],
    then: Callable[[Mapping[str, Opened]], SceneMerge],
    check: Check,
) -> SceneMerge:
    """Call ``then`` with every document read and its archive open."""
    check()
    side = next((side for side in paths if side not in opened), None)
    if side is None:
        return then(opened)

    def read(source: Source) -> SceneMerge:
        with open_archive(source) as archive:
            one = Opened(read_document(source, archive), source, archive)
            return _opened(paths, {**opened, side: one}, then, check)

    return examined(paths[side], _FORMAT, read)


def _merge(
    opened: Mapping[str, Opened], takes: Mapping[tuple[str, str], str], to: str, check: Check
) -> SceneMerge:
    plan = plan_layers({side: one.document for side, one in opened.items()}, takes)
    if plan.conflicts or plan.refused:
        return SceneMerge(False, conflicts=tuple(plan.conflicts), reason=plan.refused)
    layers = _placed(opened, plan)
    pictures = _pictures(opened, plan, layers, os.path.dirname(to), check)
    with open(to, "wb") as out:
        write_document(out, opened, layers, plan.children, plan.units, pictures)
    check()
    merged = examined(to, _FORMAT, _read)
    wrong = _difference(merged, opened, plan, layers)
    if wrong:
        raise CannotMerge(f"the merged file has something else of {wrong}")
    changes = compare_parts(opened["ours"].document.parts, merged.parts)
    lost = [PartChange("picture", "of all layers", "removed")]
    had = opened["ours"].document.pictures and not pictures
    return SceneMerge(merged=True, taken=(*changes, *(lost if had else ())))


def _read(source: Source) -> KraDocument:
    with open_archive(source) as archive:
        return read_document(source, archive)


def _placed(opened: Mapping[str, Opened], plan: LayerPlan) -> dict[str, Placed]:
    layers = {
        ident: Placed(side, opened[side].document.nodes[ident])
        for ident, side in plan.sides.items()
    }
    for ident, copy in plan.copies.items():
        node = opened["theirs"].document.nodes[copy.of]
        layers[ident] = Placed("theirs", node, {"uuid": ident, "name": copy.name})
    return layers


def _difference(
    merged: KraDocument,
    opened: Mapping[str, Opened],
    plan: LayerPlan,
    layers: Mapping[str, Placed],
) -> str:
    """The first thing that is not what the plan says, as words; empty when all is."""
    if merged.nodes.keys() != layers.keys():
        return "its list of layers"
    for ident, placed in layers.items():
        found = merged.nodes[ident]
        what = "digest" if placed.changes else "mark"
        if _said(found, what) != _said(placed.node, what):
            return f"the layer {found.part.name}"
    for parent, below in merged.children.items():
        if below != plan.children.get(parent, []):
            return "the order of its layers"
    for name, side in plan.units.items():
        was = opened[side].document.units.get(name)
        now = merged.units.get(name)
        if (was and was.mark) != (now and now.mark):
            return name
    return ""


def _said(node: Node, what: str) -> str:
    return node.part.digest if what == "digest" else node.mark


def _pictures(
    opened: Mapping[str, Opened],
    plan: LayerPlan,
    layers: Mapping[str, Placed],
    folder: str,
    check: Check,
) -> dict[str, bytes]:
    """The pictures of all layers inside the document; none where they would not be true."""
    merged = Look(opened, layers, plan.children, around(plan.units, opened))
    frame = opened["ours"].document.frame
    size = (_whole(frame["width"]), _whole(frame["height"]))
    if size[0] * size[1] > _LARGEST:
        return {}
    areas = {}
    for side in ("ours", "theirs"):
        check()
        areas[side] = differing(merged, Look.of(side, opened), size)
        names = opened[side].document.pictures
        if not areas[side] and names:
            return {name: b"".join(opened[side].pieces(name)) for name in names}
    try:
        from audobon.formats.render.kra_picture import patched_picture

        return patched_picture(opened, merged, areas, folder, check)
    except (MissingExtra, ImportError):
        return {}


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
