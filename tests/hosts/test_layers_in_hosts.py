"""Layers of a real Krita: unchanged by saving again, and each edit told as what it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audobon.formats.compare_parts import compare_parts
from audobon.formats.parts import parts
from audobon.model.parts import Part, PartChange

pytestmark = pytest.mark.hosts

_KRITA = """
def main():
    from krita import Krita
    from PyQt5.QtCore import QByteArray
    app = Krita.instance()
    app.setBatchmode(True)

    def paint(layer, value, width):
        places = ((x & 255, y & 255) for y in range(width) for x in range(width))
        rows = b"".join(bytes((x, y, value, 255)) for x, y in places)
        layer.setPixelData(QByteArray(rows), 0, 0, width, width)

    def saved(doc, path):
        doc.refreshProjection()
        doc.waitForDone()
        assert doc.saveAs(path)

    doc = app.createDocument(320, 320, "painting", "RGBA", "U8", "", 72.0)
    doc.setBatchmode(True)
    root = doc.rootNode()
    group = doc.createNode("Hero", "grouplayer")
    root.addChildNode(group, None)
    for number, name in enumerate(("Skin", "Ink", "Light")):
        layer = doc.createNode(name, "paintlayer")
        group.addChildNode(layer, None)
        paint(layer, 60 * number, 300)
    shape = doc.createVectorLayer("Balloon")
    root.addChildNode(shape, None)
    saved(doc, {one!r})
    doc.close()

    doc = app.openDocument({one!r})
    doc.setBatchmode(True)
    saved(doc, {two!r})
    doc.nodeByName("Ink").setOpacity(128)
    doc.nodeByName("Ink").setBlendingMode("multiply")
    doc.nodeByName("Light").setVisible(False)
    doc.nodeByName("Light").setName("Glow")
    paint(doc.nodeByName("Skin"), 200, 80)
    doc.rootNode().addChildNode(doc.createNode("Notes", "paintlayer"), None)
    saved(doc, {three!r})
    doc.close()
"""


def _parts(path: Path) -> tuple[Part, ...]:
    found = parts(str(path))
    assert found is not None
    return found


def test_layers_of_a_real_krita(krita: Callable[[Path], Any], tmp_path: Path) -> None:
    one, two, three = (tmp_path / f"{name}.kra" for name in ("one", "two", "three"))
    job = tmp_path / "job.py"
    job.write_text(_KRITA.format(one=str(one), two=str(two), three=str(three)), "utf-8")
    krita(job)
    assert one.read_bytes() != two.read_bytes()
    names = [part.name for part in _parts(one)]
    assert names == ["Balloon", "Hero", "Hero/Light", "Hero/Ink", "Hero/Skin", "Background"]
    assert compare_parts(_parts(one), _parts(two)) == (), "another session, the same layers"
    changes = {change.name: change for change in compare_parts(_parts(one), _parts(three))}
    assert set(changes) == {"Notes", "Hero/Glow", "Hero/Ink", "Hero/Skin"}
    assert changes["Notes"].status == "added"
    assert _told(changes["Hero/Ink"]) == {"opacity": "50.2 %", "blend_mode": "multiply"}
    assert _told(changes["Hero/Glow"]) == {"name": "Hero/Glow", "visible": "no"}
    assert _told(changes["Hero/Skin"]) == {}
    assert [changes[name].content for name in ("Hero/Ink", "Hero/Glow", "Hero/Skin")] == [
        False,
        False,
        True,
    ]


def _told(change: PartChange) -> dict[str, str]:
    return {item.name: item.after for item in change.fields}
