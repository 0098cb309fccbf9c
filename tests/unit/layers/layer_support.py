"""A painting in three versions, and what the tests of merging look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audobon.codec.plain import from_plain
from audobon.formats.archive import open_archive
from audobon.formats.examine import examined
from audobon.formats.kra_document import KraDocument, read_document
from audobon.formats.source import Source
from audobon.model.merge import SceneMerge
from audobon.services.merge.layertask import merge_layered
from audobon.testing.kra_file import KraLayer, kra_bytes

__all__ = ["DOCUMENT", "document", "layer", "merge", "merged_document", "pixels"]

DOCUMENT = (
    KraLayer("{light}", "Light", tiles={(1, 1): (255, 255, 200, 90)}),
    KraLayer("{ink}", "Ink", tiles={(0, 1): (0, 0, 0, 255)}),
    KraLayer(
        "{hero}",
        "Hero",
        "grouplayer",
        values={"opacity": "200"},
        below=(
            KraLayer("{skin}", "Skin", tiles={(0, 0): (240, 190, 160, 255)}),
            KraLayer("{mask}", "Eyes", "selectionmask", files={".pixelselection": b"a mask"}),
        ),
    ),
    KraLayer("{sky}", "Sky", tiles={(x, y): (60, 120, 240, 255) for x in (0, 1) for y in (0, 1)}),
)


def layer(ident: str, layers: Sequence[KraLayer] = DOCUMENT) -> KraLayer:
    """The one of the document, wherever it lies."""
    for one in layers:
        if one.ident == ident:
            return one
        if one.below and (found := _inside(ident, one.below)):
            return found
    raise AssertionError(ident)


def _inside(ident: str, layers: Sequence[KraLayer]) -> KraLayer | None:
    return next((one for one in layers if one.ident == ident), None)


def merge(
    folder: Path,
    ours: Sequence[KraLayer] | bytes,
    theirs: Sequence[KraLayer] | bytes,
    takes: Mapping[tuple[str, str], str] | None = None,
    *,
    base: Sequence[KraLayer] | bytes = DOCUMENT,
    ours_how: Mapping[str, Any] | None = None,
    theirs_how: Mapping[str, Any] | None = None,
) -> SceneMerge:
    """The answer of the worker's task; ``merged.kra`` lies in the folder when it says merged."""
    hows = ({}, ours_how or {}, theirs_how or {})
    payload: dict[str, Any] = {"takes": [[*key, take] for key, take in (takes or {}).items()]}
    to = folder / "merged.kra"
    to.unlink(missing_ok=True)
    before = {}
    for number, side in enumerate(("base", "ours", "theirs")):
        made = (base, ours, theirs)[number]
        data = made if isinstance(made, bytes) else kra_bytes(made, session=number, **hows[number])
        path = folder / f"{side}.kra"
        path.write_bytes(data)
        payload[side], before[path] = str(path), data
    found = from_plain(merge_layered({**payload, "to": str(to)}, lambda: None), SceneMerge)
    assert all(path.read_bytes() == data for path, data in before.items())
    assert to.exists() is found.merged
    return found


def document(path: Path, data: bytes | None = None) -> KraDocument:
    """What a file holds; ``data`` is written to it first."""
    if data is not None:
        path.write_bytes(data)

    def read(source: Source) -> KraDocument:
        with open_archive(source) as archive:
            return read_document(source, archive)

    return examined(str(path), "kra", read)


def merged_document(folder: Path) -> KraDocument:
    return document(folder / "merged.kra")


def pixels(data: bytes) -> list[bytes]:
    """The rows of an RGBA PNG of 8 bits, whatever its filters."""
    import io

    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGBA"
        return [row.tobytes() for row in np.asarray(image)]
