"""Two edits of one document, merged by layer, as a real Krita opens the result."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audobon.testing.kra_file import KraLayer, kra_bytes, kra_tiles

pytestmark = pytest.mark.hosts

_MERGE = """
import json, sys
sys.path[:0] = {paths!r}
from audobon.services.merge.layertask import merge_layered
print(json.dumps(merge_layered(json.loads(sys.argv[1]), lambda: None)))
"""

_KRITA = '''
import json, os, subprocess
from krita import Krita, InfoObject
from PyQt5.QtCore import QByteArray, QRect
APP = Krita.instance()
APP.setBatchmode(True)
FOLDER = {folder!r}

def file(name):
    return os.path.join(FOLDER, name + ".kra")

def settle(doc):
    doc.refreshProjection()
    doc.waitForDone()

def save(doc, name):
    settle(doc)
    assert doc.saveAs(file(name)), name
    doc.waitForDone()

def opened(name):
    doc = APP.openDocument(file(name))
    assert doc is not None, name
    doc.setBatchmode(True)
    doc.waitForDone()
    return doc

def noise(layer, seed, x, y, w, h, alpha=None):
    found = bytearray()
    for each in range(w * h):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        level = seed >> 16
        cover = (level >> 3) & 255 if alpha is None else alpha
        found += bytes((level & 255, each & 255, seed & 255, cover))
    layer.setPixelData(QByteArray(bytes(found)), x, y, w, h)

def add(doc, kind, name, parent=None):
    node = doc.createNode(name, kind)
    assert (parent or doc.rootNode()).addChildNode(node, None)
    return node

def merge(name):
    payload = {{side: file(name + "-" + side) for side in ("base", "ours", "theirs")}}
    payload.update(to=file(name + "-merged"), takes=[])
    environment = {{k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LD_"))}}
    command = [{python!r}, "-c", {merge!r}, json.dumps(payload)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

def nodes(doc):
    found, waiting = {{}}, list(doc.topLevelNodes())
    while waiting:
        node = waiting.pop()
        waiting += node.childNodes()
        found[node.uniqueId().toString()] = node
    return found

def seen(doc):
    """All that can be told of each layer: pixels as numbers, settings, where it lies."""
    told = {{}}
    for ident, node in nodes(doc).items():
        box = (0, 0, doc.width(), doc.height())
        parent = node.parentNode()
        told[ident] = [
            node.name(), node.type(), node.opacity(), node.visible(), node.blendingMode(),
            hash(bytes(node.pixelData(*box))), hash(bytes(node.projectionPixelData(*box)))
            if node.type() in ("paintlayer", "filtermask") else 0,
            node.filter().name() if node.type() == "filterlayer" else "",
            node.toSvg() if node.type() == "vectorlayer" else "",
            parent.uniqueId().toString() if parent.parentNode() else "",
        ]
    return told

def seen_in(name):
    doc = opened(name)
    settle(doc)
    found = seen(doc)
    doc.close()
    return found

def far(one, other):
    """The largest difference of a channel between two pictures, weighted by what covers."""
    most = 0
    for at in range(0, len(one), 4):
        for place in range(at, at + 3):
            seen = one[place] * one[at + 3], other[place] * other[at + 3]
            most = max(most, abs(seen[0] - seen[1]) // 255)
        most = max(most, abs(one[at + 3] - other[at + 3]))
    return most

def picture(name):
    """The merged picture inside the file, as Krita reads it."""
    import zipfile
    with zipfile.ZipFile(file(name)) as archive:
        if "mergedimage.png" not in archive.namelist():
            return None
        archive.extract("mergedimage.png", FOLDER)
    doc = APP.openDocument(os.path.join(FOLDER, "mergedimage.png"))
    doc.waitForDone()
    data = bytes(doc.pixelData(0, 0, doc.width(), doc.height()))
    doc.close()
    return data

def plain():
    doc = APP.createDocument(200, 150, "Bäume & <Wald>", "RGBA", "U8", "", 72.0)
    doc.setBatchmode(True)
    group = add(doc, "grouplayer", "Hero")
    for number, name in enumerate(("Skin", "Ink", "Light")):
        noise(add(doc, "paintlayer", name, group), number, 5 * number, 7, 150, 120)
    group.setOpacity(180)
    noise(add(doc, "paintlayer", "Sky"), 9, 0, 0, 120, 150, 255)
    noise(add(doc, "paintlayer", "Gone"), 10, 90, 40, 50, 50)
    save(doc, "plain-base")
    doc.close()
    doc = opened("plain-base")
    noise(doc.nodeByName("Ink"), 77, 20, 20, 60, 60)
    noise(add(doc, "paintlayer", "Notes of ours"), 5, 100, 10, 80, 90)
    doc.nodeByName("Light").setOpacity(99)
    save(doc, "plain-ours")
    doc.close()
    ours = seen_in("plain-ours")
    doc = opened("plain-base")
    noise(doc.nodeByName("Skin"), 78, 30, 10, 90, 60)
    noise(add(doc, "paintlayer", "Notes of theirs", doc.nodeByName("Hero")), 6, 10, 60, 80, 60)
    doc.nodeByName("Sky").setName("Heaven")
    doc.nodeByName("Gone").remove()
    save(doc, "plain-theirs")
    doc.close()
    theirs = seen_in("plain-theirs")
    told = merge("plain")
    assert told["merged"], told
    inside = picture("plain-merged")
    doc = opened("plain-merged")
    settle(doc)
    merged = seen(doc)
    shown = bytes(doc.pixelData(0, 0, 200, 150))
    order = [node.name() for node in doc.topLevelNodes()]
    save(doc, "plain-again")
    doc.close()
    return {{"ours": ours, "theirs": theirs, "merged": merged, "order": order,
             "far": far(inside, shown), "taken": told["taken"]}}

def rich():
    """Everything that a document may hold beside paint, changed on one side or not at all."""
    # Shapes in a document without a view end Krita 5.1.
    doc = APP.createDocument(128, 128, "rich", "RGBA", "U8", "", 72.0)
    APP.activeWindow().addView(doc)
    doc.setBatchmode(True)
    noise(add(doc, "paintlayer", "Paint"), 1, 0, 0, 128, 128)
    noise(add(doc, "paintlayer", "Other"), 2, 0, 0, 128, 128)
    shape = doc.createVectorLayer("Balloon")
    doc.rootNode().addChildNode(shape, None)
    shape.addShapesFromSvg('<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90">'
                           '<rect x="9" y="9" width="40" height="30" fill="#40a060"/></svg>')
    invert = APP.filter("blur")
    from krita import Selection
    chosen = Selection()
    chosen.select(10, 10, 60, 60, 255)
    doc.rootNode().addChildNode(doc.createFilterLayer("Blur", invert, chosen), None)
    color = InfoObject()
    doc.rootNode().addChildNode(doc.createFillLayer("Fill", "color", color, chosen), None)
    doc.rootNode().addChildNode(doc.createCloneLayer("Clone", doc.nodeByName("Paint")), None)
    mask = doc.createFilterMask("Edge", APP.filter("invert"), chosen)
    doc.nodeByName("Other").addChildNode(mask, None)
    doc.setAnnotation("audobon", "which", QByteArray(b"an asset"))
    save(doc, "rich-base")
    doc.close()
    doc = opened("rich-base")
    noise(doc.nodeByName("Paint"), 11, 10, 10, 50, 50)
    doc.setHorizontalGuides([20.0])
    save(doc, "rich-ours")
    doc.close()
    ours = seen_in("rich-ours")
    doc = opened("rich-base")
    APP.activeWindow().addView(doc)
    doc.nodeByName("Balloon").addShapesFromSvg(
        '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90">'
        '<circle cx="60" cy="60" r="20" fill="#a04060"/></svg>')
    noise(doc.nodeByName("Other"), 12, 10, 10, 50, 50)
    save(doc, "rich-theirs")
    doc.close()
    theirs = seen_in("rich-theirs")
    told = merge("rich")
    assert told["merged"], told
    lost = picture("rich-merged") is None
    doc = opened("rich-merged")
    settle(doc)
    merged = seen(doc)
    rest = [bytes(doc.annotation("audobon")).decode(), list(doc.horizontalGuides())]
    save(doc, "rich-again")
    doc.close()
    return {{"ours": ours, "theirs": theirs, "merged": merged, "rest": rest, "lost": lost,
             "again": picture("rich-again") is not None, "taken": told["taken"]}}

def moving():
    doc = opened("moving-made")
    noise(doc.nodeByName("Still"), 3, 0, 0, 64, 64)
    save(doc, "moving-base")
    doc.close()
    doc = opened("moving-base")
    noise(doc.nodeByName("Still"), 8, 5, 5, 20, 20)
    noise(add(doc, "paintlayer", "Added"), 4, 0, 0, 64, 64)
    save(doc, "moving-ours")
    doc.close()
    doc = opened("moving-base")
    doc.setCurrentTime(8)
    doc.waitForDone()
    noise(doc.nodeByName("Moving"), 99, 3, 3, 40, 40)
    save(doc, "moving-theirs")
    frames = [frame(doc, time) for time in (0, 4, 8)]
    doc.close()
    told = merge("moving")
    assert told["merged"], told
    doc = opened("moving-merged")
    doc.waitForDone()
    found = [frame(doc, time) for time in (0, 4, 8)]
    names = sorted(node.name() for node in doc.topLevelNodes())
    doc.close()
    return {{"frames": frames, "found": found, "names": names, "taken": told["taken"]}}

def frame(doc, time):
    doc.setCurrentTime(time)
    doc.waitForDone()
    return hash(bytes(doc.nodeByName("Moving").pixelDataAtTime(0, 0, 64, 64, time)))

def main():
    return {{"plain": plain(), "rich": rich(), "moving": moving()}}
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("paintings")


def test_krita_opens_what_was_merged(
    krita: Callable[[Path], Any], folder: Path, core_path: str, tmp_path: Path
) -> None:
    words = {
        "folder": str(folder),
        "python": sys.executable,
        "merge": _MERGE.format(paths=core_path.split(":")[:1]),
    }
    (folder / "moving-made.kra").write_bytes(_moving())
    job = tmp_path / "job.py"
    job.write_text(_KRITA.format(**words), "utf-8")
    told = krita(job)
    _both_painted(told["plain"])
    _all_kinds(told["rich"])
    _frames(told["moving"])


def _moving() -> bytes:
    """Three frames; adding them by Krita's scripts ends Krita 5.1 now and then."""
    keys = "".join(
        f'<keyframe time="{time}" color-label="0" frame="layer2{rest}">'
        '<offset type="point" x="0" y="0"/></keyframe>'
        for time, rest in ((0, ""), (4, ".f1"), (8, ".f2"))
    )
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE keyframes>\n'
        '<keyframes xmlns="http://www.calligra.org/DTD/krita">'
        f'<channel name="content">{keys}</channel></keyframes>'
    )
    files = {".keyframes.xml": xml.encode()}
    for number, color in enumerate((b"\xff\0\0\xff", b"\0\xff\0\xff"), 1):
        files[f".f{number}"] = kra_tiles({(0, 0): color * 64 * 64})
        files[f".f{number}.defaultpixel"] = bytes(4)
    values = {"keyframes": "layer2.keyframes.xml", "onionskin": "0", "intimeline": "1"}
    red = {(0, 0): (255, 0, 0, 255)}
    moving = KraLayer(
        "{00000000-0000-4000-8000-000000000001}", "Moving", tiles=red, values=values, files=files
    )
    still = KraLayer("{00000000-0000-4000-8000-000000000002}", "Still", tiles=red)
    return kra_bytes((moving, still), size=(64, 64), session=1)


def _both_painted(told: dict[str, Any]) -> None:
    ours, theirs, merged = told["ours"], told["theirs"], told["merged"]
    names = {ident: values[0] for ident, values in {**ours, **theirs}.items()}
    by_name = {name: ident for ident, name in names.items()}
    for name in ("Ink", "Light", "Notes of ours"):
        assert merged[by_name[name]] == ours[by_name[name]], name
    for name in ("Skin", "Heaven", "Notes of theirs"):
        assert merged[by_name[name]] == theirs[by_name[name]], name
    assert by_name["Gone"] not in merged
    assert len(merged) == 8
    assert told["order"] == ["Background", "Hero", "Heaven", "Notes of ours"]
    assert told["far"] <= 2, "the picture inside is what Krita makes of the layers"


def _all_kinds(told: dict[str, Any]) -> None:
    ours, theirs, merged = told["ours"], told["theirs"], told["merged"]
    assert merged.keys() == ours.keys() == theirs.keys()
    for ident, values in merged.items():
        side = theirs if values[0] in ("Other", "Balloon", "Edge") else ours
        assert values == side[ident], values[0]
    changed = {one["name"] for one in told["taken"] if one["kind"] == "layer"}
    assert changed == {"Other", "Balloon"}
    assert told["rest"] == ["an asset", [20.0]]
    assert told["lost"]
    assert told["again"], "Krita makes the picture when it saves"


def _frames(told: dict[str, Any]) -> None:
    assert told["found"] == told["frames"]
    assert len(set(told["frames"])) == 3
    assert told["names"] == ["Added", "Moving", "Still"]
    assert json.dumps(told["taken"]).count('"layer"') == 1
