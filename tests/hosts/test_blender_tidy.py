"""Duplicates and lost files in the panel of a real Blender; and failures that stay until read."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps
from test_blender_addon import folder, in_window, legacy_zip

import audobon

__all__ = ["folder", "in_window", "legacy_zip"]

pytestmark = pytest.mark.hosts

_BODY = """
    import os
    here = install()
    yield from open_library(here, 20)
    from audobon_blender.logic.app import add_files
    from audobon_blender.logic.shown import icon_key
    hands.only("tidy")
    yield from hands.show_sidebar(wider=240)
    yield from hands.click(*hands.at(60, 12))  # the panel alone, at the top, is opened
    ops, page = bpy.ops.audobon, here.here().tidy

    def case():
        return page.case(here.state())

    def turn_to(*names):
        for _ in range(len(page.view(here.state()).cases)):
            if {asset.name for asset in case().assets} == set(names):
                return
            ops.tidy_step(by=1)
        raise LookupError(f"{names} are in no group")

    def settled():
        return here.state().doing is None and here.state().computing is None

    told = {}
    ops.look_for_duplicates()
    yield "the look to begin", lambda: here.state().tidy.near is not None, 120
    yield "all pictures to be looked at", settled, 300
    told["unseen"] = here.state().tidy.near.unseen
    cases = page.view(here.state()).cases
    told["cases"] = [sorted(asset.name for asset in one.assets) for one in cases]
    turn_to("oak.png", "oak mirrored.png")
    told["title"], told["why"] = case().title, case().text
    pictures = lambda: all(here.here().thumbs.icon(icon_key(one)) for one in case().assets)
    yield "both pictures", pictures, 120
    yield 1.0
    hands.shot("blender-tidy")
    # Not the one that is proposed is kept, and the other file goes.
    first, second = case().assets
    told["proposed"] = page.kept(case()) == first.id
    ops.tidy_keep(ident=second.id)
    bpy.context.window_manager.audobon.tidy_files = True
    yield ops.merge_duplicates.poll
    ops.merge_duplicates()
    yield lambda: not os.path.exists(first.file) and settled()
    told["kept"] = os.path.exists(second.file)
    told["merged"] = here.state().notice.text
    ops.undo_library()
    yield lambda: os.path.exists(first.file) and settled()
    # What is not the same is told no more.
    ops.look_for_duplicates()
    yield lambda: settled() and len(page.view(here.state()).cases) == 3
    turn_to("elm.png", "elm dark.png")
    told["pairs"] = len(case().pairs)
    yield ops.keep_apart.poll
    ops.keep_apart()
    yield lambda: settled() and len(page.view(here.state()).cases) == 2
    # Two are gone; one of them has become another file, edited.
    os.unlink(first.file)
    os.unlink(second.file)
    os.rename(FOLDER + "/../aside/tree.png", FOLDER + "/tree.png")
    ops.look_for_lost()
    yield "proposals", lambda: len(here.state().tidy.proposals or ()) == 2 and settled(), 240
    yield ops.decide_lost.poll
    yield 1.0
    hands.shot("blender-lost")
    one, other = here.state().tidy.proposals
    ops.decide_lost(ident=one.asset.id, file=one.file, accept=False)
    yield lambda: len(here.state().tidy.proposals) == 1 and settled()
    told["stale"] = list(ops.decide_lost(ident=one.asset.id, file=one.file, accept=True))
    ops.decide_lost(ident=other.asset.id, file=other.file, accept=True)
    yield lambda: here.state().tidy.proposals == () and settled()
    told["ids"] = [one.asset.id, other.asset.id]
    told["end"] = page.view(here.state()).lost
    # What could not be read stays, while a message that all went well goes by itself.
    add_files(here.session(), [FOLDER + "/readme.txt", FOLDER + "/never there.png"])
    yield lambda: here.state().unread
    failed = here.state().unread[-1]
    here.session().do("Trying", lambda _library, _report: "that went well")
    yield lambda: here.state().notice.text == "that went well"
    well = here.state().notice.number
    hands.everything()
    yield "the message to go", lambda: here.here().notice == well, 120
    told["failed"], told["stays"] = failed.text, failed in here.state().unread
    yield 0.5
    hands.shot("blender-unread")
    ops.dismiss(number=failed.number)
    told["read"] = failed in here.state().unread
    # Text is read in pictures from the panel, which needs models that are not there.
    ops.read_text(found=True)
    yield lambda: here.state().unread and here.state().unread[-1].text == "Reading text"
    told["text"] = here.state().unread[-1].problem.hint
    # One is removed for good: the plan first, then its name is typed, then the proof.
    session, typed = here.session(), lambda: bpy.context.window_manager.audobon.typed_name
    bpy.context.window_manager.audobon.text = 'name:"elm.png"'
    yield "it alone", lambda: [a.name for a in here.state().found.assets] == ["elm.png"], 120
    [gone] = here.state().found.assets
    from audobon_blender.ui import for_good as panel
    drawn, paragraph = [], panel.paragraph
    panel.paragraph = lambda *a, **k: (drawn.append(a[2]), paragraph(*a, **k))
    hands.only("for_good")
    session.selection.select(gone.id, "only")
    yield ops.plan_purge.poll
    ops.plan_purge("EXEC_DEFAULT")
    yield "the plan", lambda: here.state().purging.plan is not None, 120
    yield "the end of looking", lambda: here.state().transfer is None, 60
    for_good = here.here().for_good
    told["planned"] = [line.text for line in for_good.view(here.state()).lines]
    told["may"] = [ops.purge.poll()]
    bpy.context.window_manager.audobon.typed_name = gone.name
    told["may"].append(ops.purge.poll())
    yield "the plan drawn", lambda: any("Type elm.png" in text for text in drawn), 60
    yield 1.0
    hands.shot("blender-for-good")
    ops.purge()
    yield "the end of it", lambda: here.state().purging.done is not None, 300
    yield "the lane", lambda: here.state().transfer is None, 60
    view = for_good.view(here.state())
    told["proof"] = [view.title, *(line.text for line in view.lines)]
    told["there"] = [os.path.exists(gone.file), typed()]
    yield "the proof drawn", lambda: any("nothing of it is found" in one for one in drawn), 60
    yield 1.0
    hands.shot("blender-gone-for-good")
    ops.forget_purge()
    yield "that it is closed", lambda: for_good.view(here.state()).empty, 60
    hands.everything()
    told["slowest"] = max(here.here().times)
    told["trouble"] = here.here().trouble and here.here().trouble.details
    return told
"""


def scene(seed: int) -> Image.Image:
    """Blots of all sizes, as different as two photographs are."""
    random, total = np.random.default_rng(seed), np.zeros((256, 256, 3))
    for cells in (3, 6, 12, 24):
        blots = Image.fromarray(random.integers(0, 256, (cells, cells, 3), np.uint8))
        total += np.asarray(blots.resize((256, 256), Image.Resampling.BICUBIC)) / cells
    total = (total - total.min()) / (total.max() - total.min())
    return Image.fromarray((total * 255).astype(np.uint8))


def test_duplicates_and_lost_files(
    in_window: Callable[[str], Any], folder: Path, tmp_path: Path
) -> None:
    data = tmp_path / "blender-home" / ".local" / "share" / "audobon"
    data.mkdir(parents=True)
    (data / "worker-environment.json").write_text(json.dumps({"python": sys.executable}), "utf-8")
    oak, elm = scene(1), scene(2)
    oak.save(folder / "oak.png")
    ImageOps.mirror(oak).save(folder / "oak mirrored.png")
    elm.save(folder / "elm.png")
    ImageEnhance.Brightness(elm).enhance(0.8).save(folder / "elm dark.png")
    shutil.copy(folder / "textures" / "rusty metal.png", folder / "rusty copy.png")
    (tmp_path / "aside").mkdir()
    oak.resize((150, 150)).save(tmp_path / "aside" / "tree.png")
    told = in_window(_BODY)
    assert not told["trouble"], told["trouble"]
    assert told["unseen"] == 0, "what nobody had looked at was waited for"
    assert sorted(told["cases"]) == [
        ["elm dark.png", "elm.png"],
        ["oak mirrored.png", "oak.png"],
        ["rusty copy.png", "rusty metal.png"],
    ]
    assert told["title"] == "2 pictures nearly the same"
    assert "one is mirrored" in told["why"]
    assert told["proposed"]
    assert told["kept"]
    assert told["merged"] == "Merge 1 duplicate"
    assert told["pairs"] == 1
    assert told["stale"] == ["CANCELLED"]
    assert told["end"] == "1 missing, nothing is proposed."
    assert told["failed"].startswith("0 added, 1 already there, 1 could not be read: ")
    assert told["stays"]
    assert not told["read"]
    assert "audobon models install ocr" in told["text"]
    assert told["planned"][0] == "Studio/elm.png"
    assert any(text.startswith("Not reached: backups") for text in told["planned"])
    assert told["may"] == [False, True]
    assert told["proof"][0] == "All of it is gone."
    assert "nothing of it is found" in told["proof"][1]
    assert told["there"] == [False, ""]
    with audobon.Library.open(folder) as library:
        assert library.get(told["ids"][0]).state == "missing"
        assert library.get(told["ids"][1]).name == "tree.png"
