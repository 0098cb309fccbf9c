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
    QTest.mouseClick(page.look, left)
    until(lambda: state().tidy.near is not None, "the first look")
    until(lambda: state().computing is None and page._cases, "duplicates", 240)
    told["unseen"] = state().tidy.near.unseen
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
    tabs = panel().tabs
    names = [tabs.tabText(at) for at in range(tabs.count())]
    icons = [not tabs.tabIcon(at).isNull() for at in range(tabs.count())]
    room = tabs.width() - tabs.cornerWidget().width()
    told["tabs"] = [names, icons, tabs.width(), tabs.tabBar().sizeHint().width() <= room]
    # What is not the same is told no more, until that is taken back.
    QTest.mouseClick(page.apart, left)
    until(lambda: not state().tidy.near.groups, "that they are kept apart")
    until(lambda: state().doing is None, "the end of it")
    panel()._undo()
    until(lambda: said().startswith("taken back"), "the undo")
    until(page.look.isEnabled, "the button")
    QTest.mouseClick(page.look, left)
    until(lambda: state().tidy.near.groups and state().computing is None, "them again")
    until(lambda: page._cases, "that they are shown")
    while "nearly" not in page.title_line.text():
        QTest.mouseClick(page.ahead, left)
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
    """Blots of all sizes, as different as two photographs are."""
    random, total = np.random.default_rng(seed), np.zeros((200, 200, 3))
    for cells in (3, 6, 12, 24):
        blots = Image.fromarray(random.integers(0, 256, (cells, cells, 3), np.uint8))
        total += np.asarray(blots.resize((200, 200), Image.Resampling.BICUBIC)) / cells
    total = (total - total.min()) / (total.max() - total.min())
    return Image.fromarray((total * 255).astype(np.uint8))


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
    assert told["unseen"] == 0
    assert "2 pictures nearly the same" in told["titles"][-1]
    assert "one is mirrored" in told["why"]
    one, other = told["colors"]
    for here, there in zip(one, reversed(other), strict=True):
        assert all(abs(a - b) < 40 for a, b in zip(here, there, strict=True)), told["colors"]
    assert one[0] != one[1]
    names, icons, width, fits = told["tabs"]
    assert width <= 280, "the docker is as narrow as that"
    assert names in (["", "", "", "Tidy", "", ""], [""] * 6), names
    assert all(icons)
    assert fits, "no arrows"
    assert told["gone"]
    assert "signs differ" in told["lost"]
    assert told["end"] == "1 missing, nothing is proposed."
    with audobon.Library.open(krita_folder) as lib:
        assert lib.get(told["ids"][0]).state == "missing"
        assert lib.get(told["ids"][1]).name == "tree.png"
