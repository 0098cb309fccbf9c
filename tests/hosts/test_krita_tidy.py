"""Duplicates side by side, merged and undone, and lost files decided on, in a real Krita."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

import audobon

Studio = Callable[[str], Any]

_TIDY = """
import os
def main():
    from audobon_krita.ui.tidy import Tidy
    start(16)
    told = {}
    page = panel().turn_to(Tidy)
    docker().widget().resize(260, 600)
    left = Qt.MouseButton.LeftButton
    def looked():
        tidy = state().tidy
        if tidy.near is not None and not tidy.near.unseen and page._cases:
            return True
        if state().doing is None and page.look.isEnabled():
            QTest.mouseClick(page.look, left)
        return False
    until(looked, "duplicates", 240)
    until(lambda: state().doing is None, "the end of it")
    told["titles"] = []
    for _ in page._cases:
        told["titles"].append(page.title_line.text())
        if "nearly" in page.title_line.text():
            break
        QTest.mouseClick(page.ahead, left)
    told["why"] = page.why.text()
    until(lambda: len(page.pictures._shown) == 2, "two pictures")
    told["colors"] = [
        [one.toImage().pixelColor(x, 5).getRgb()[:3] for x in (5, one.width() - 6)]
        for one in page.pictures._shown
    ]
    grab("tidy.png")
    docker().widget().grab().save(str(Path(OUT) / "docker.png"))
    case = page._cases[page._at]
    kept, other = case.assets
    page.files.setChecked(True)
    until(page.merge.isEnabled, "the button")
    QTest.mouseClick(page.merge, left)
    until(lambda: not state().tidy.near.groups, "the merge")
    told["gone"] = not os.path.exists(other.file)
    told["said"] = said()
    until(lambda: state().doing is None, "the end of it")
    panel()._undo()
    until(lambda: os.path.exists(other.file), "the file again")
    until(lambda: state().doing is None, "the end of it")
    os.rename(kept.file, os.path.join(FOLDER, "lost.png"))
    os.unlink(os.path.join(FOLDER, "lost.png"))
    os.unlink(other.file)
    os.rename(str(Path(FOLDER).parent / "aside" / "tree.png"), os.path.join(FOLDER, "tree.png"))
    until(page.find.isEnabled, "the button")
    QTest.mouseClick(page.find, left)
    until(lambda: len(page._proposals) == 2, "proposals", 240)
    until(lambda: page.accept.isEnabled(), "the button")
    told["lost"] = page.lost.text()
    docker().widget().grab().save(str(Path(OUT) / "lost.png"))
    first = page._proposals[0].asset.id
    QTest.mouseClick(page.refuse, left)
    until(lambda: len(page._proposals) == 1 and page.accept.isEnabled(), "one is left")
    second = page._proposals[0].asset.id
    QTest.mouseClick(page.accept, left)
    until(lambda: state().tidy.proposals == (), "none is left")
    told["ids"] = [first, second]
    until(lambda: "nothing is proposed" in page.lost.text(), "that it is shown")
    told["end"] = page.lost.text()
    return told
"""


def scene(seed: int) -> Image.Image:
    blots = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), np.uint8)
    return Image.fromarray(blots).resize((200, 200), Image.Resampling.BICUBIC)


def test_duplicates_and_lost_files(
    krita_studio: Studio, krita_engine: None, krita_folder: Path, tmp_path: Path
) -> None:
    oak = scene(1)
    oak.save(krita_folder / "oak.png")
    ImageOps.mirror(oak).save(krita_folder / "oak2.png")
    folder = tmp_path / "aside"
    folder.mkdir()
    oak.resize((150, 150)).save(folder / "tree.png")
    told = krita_studio(_TIDY)
    assert "2 pictures nearly the same" in told["titles"][-1]
    assert "one is mirrored" in told["why"]
    one, other = told["colors"]
    for here, there in zip(one, reversed(other), strict=True):
        assert all(abs(a - b) < 40 for a, b in zip(here, there, strict=True)), told["colors"]
    assert one[0] != one[1]
    assert told["gone"]
    assert "signs differ" in told["lost"]
    assert told["end"] == "1 missing, nothing is proposed."
    with audobon.Library.open(krita_folder) as lib:
        assert lib.get(told["ids"][0]).state == "missing"
        assert lib.get(told["ids"][1]).name == "tree.png"
