"""Pictures put together from layers, beside those that Krita itself has drawn."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from audobon.formats.archive import member, open_archive
from audobon.formats.examine import examined
from audobon.formats.kra_document import read_document
from audobon.formats.kra_seen import SIDE, Look, Square
from audobon.formats.kra_write import Opened
from audobon.formats.render.kra_picture import composed
from audobon.formats.source import Source

TEMPLATES = sorted(Path("/usr/share/krita/templates/animation/.source").glob("*.kra"))


SQUARES = ((0, 0), (5, 4), (13, 9), (20, 12), (27, 19))


def farthest(look: Look, square: Square, wanted: np.ndarray[Any, Any]) -> int:
    column, row = square
    there = wanted[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE]
    found = composed(look, square)[: there.shape[0], : there.shape[1]].astype(np.int32)
    return int(np.abs(found - there).max())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_layers_of_kritas_own_templates(path: Path) -> None:
    """38 layers and groups, packed tiles, one of them with colour around its tiles."""

    def question(source: Source) -> int:
        with open_archive(source) as archive:
            one = Opened(read_document(source, archive), source, archive)
            look = Look.of("ours", {"ours": one, "theirs": one})
            data = member(source, archive, "mergedimage.png", limit=1 << 26)
            with Image.open(io.BytesIO(data)) as image:
                wanted = np.asarray(image.convert("RGBA"), np.int32)
            return max(farthest(look, square, wanted) for square in SQUARES)

    assert examined(str(path), "kra", question) <= 1
