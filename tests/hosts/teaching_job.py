"""A tag taught in the panel of a real Blender's window: marked, learnt, corrected, learnt again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import bpy

TAG = "our stripes"


def teaching(hands: Any, here: Any, folder: str) -> Iterator[Any]:
    """Pictures of stripes and discs lie beside the library; one of the discs is marked wrongly."""
    from audobon.system.folders import cache_folder
    from audobon_blender.host import kit
    from audobon_blender.logic.shown import icon_key

    shutil.move(f"{folder} patterns", f"{folder}/patterns")
    here.session().do("add", lambda library, _: str(len(library.add(folder).added)))
    hands.everything()
    hands.only("teach")
    settings, page = kit.settings(), here.here().teaching
    settings.text, settings.teach_tag = "stripes", TAG
    yield 0.5
    yield from hands.click(*hands.at(60, 12))  # the panel folds out

    def seen() -> Any:
        return here.state().teaching

    def shown(name: str) -> Iterator[Any]:
        yield lambda: page.pictures(here.state())
        yield lambda: all(
            here.here().thumbs.icon(icon_key(one.asset)) for one in page.pictures(here.state())
        )
        yield 0.5
        hands.shot(name)

    def selected(text: str) -> Iterator[Any]:
        settings.text = text
        yield lambda: here.state().found.wanted.text == text and not here.state().searching
        yield lambda: here.state().found.total == 8
        here.session().selection.clear()
        here.session().selection.everything()
        yield lambda: here.state().selection.count == 8

    yield lambda: seen().known and seen().tag == TAG
    yield from selected("stripes")
    bpy.ops.audobon.teach_mark(answer="yes")
    yield from selected("discs")
    bpy.ops.audobon.teach_mark(answer="no")
    yield lambda: (seen().yes_count, seen().no_count) == (8, 8)
    wrong = seen().no[0].asset
    bpy.ops.audobon.teach_mark(answer="yes", ident=wrong.id)
    yield lambda: (seen().yes_count, seen().no_count) == (9, 7)
    yield from shown("blender-teach-marked")
    settings.teach_precision = "60"
    bpy.ops.audobon.teach_learn()
    lives = set()

    def learnt() -> Any:
        view = page.view(here.state())
        if view is not None and view.live:
            lives.add(view.live)
        return seen().heads and here.state().computing is None

    yield learnt
    yield lambda: page.group(here.state()).name == "mistakes"
    mistakes = [one.asset.id for one in page.pictures(here.state())]
    first = list(page.view(here.state()).result)
    yield from shown("blender-teach-learnt")
    bpy.ops.audobon.teach_mark(answer="no", ident=wrong.id)
    yield lambda: seen().fresh == 1
    fresh = page.view(here.state()).fresh
    bpy.ops.audobon.teach_learn()
    yield lambda: len(seen().heads) == 2 and here.state().computing is None
    view = page.view(here.state())
    second = [view.result[0], page.group(here.state()).name, view.review]
    yield from shown("blender-teach-again")
    os.environ["BROWSER"] = "true %s"
    bpy.ops.audobon.teach_page()
    yield lambda: list((cache_folder() / "pages").glob("* taught *.html"))
    bpy.ops.audobon.choose(ident=wrong.id)
    yield lambda: here.state().chosen is not None and here.state().chosen.asset.id == wrong.id
    bpy.ops.audobon.teach_review()
    yield lambda: here.state().chosen.asset.id != wrong.id
    suggested = [each.tag for each in here.state().chosen.suggestions]
    bpy.ops.audobon.teach_use(version=1)
    yield lambda: seen().used is not None and seen().used.version == 1
    bpy.ops.audobon.teach_use(version=0)
    yield lambda: seen().used is None and not seen().waiting
    return {
        "lives": sorted(lives), "wrong": wrong.id in mistakes, "first": first, "fresh": fresh,
        "second": second, "suggested": suggested,
    }  # fmt: skip
