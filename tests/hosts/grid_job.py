"""Many assets at once through the add-on's own operators, in any Blender: a part of ``addon_job``.

Blender has no graphics card here, so what is drawn is tested with a window (``test_blender_grid``).
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import bpy

__all__ = ["many"]

_COUNT = 30


def many(job: Any) -> dict[str, Any]:
    """Notes are added, selected over pages, edited as one step each, removed and taken back."""
    folder = Path(job.folder, "notes")
    folder.mkdir()
    for number in range(_COUNT):
        (folder / f"memo {number:02d}.txt").write_text(f"number {number}")
    bpy.ops.audobon.add_folder(directory=str(folder))
    # Some of them, or all, the watch of this folder may have added before.
    numbers = re.compile(r"(\d+) added(?:, (\d+) already there)?").fullmatch
    found = job.until(lambda: (notice := job.here.state().notice) and numbers(notice.text))
    assert int(found[1]) + int(found[2] or 0) == _COUNT, found[0]
    bpy.ops.audobon.show_query(query="memo", sort="name")
    state = job.here.state
    job.until(lambda: state().found.wanted.sort == "name" and state().found.total == _COUNT)
    told: dict[str, Any] = {"closed": _grid(job), "polls": [_can("rate_selected", rating=1)]}
    bpy.ops.audobon.select_assets(what="page")
    told["page"] = state().selection.count
    bpy.ops.audobon.select_assets(what="everything")
    job.until(lambda: state().selection.count == _COUNT)
    told["polls"].append(_can("rate_selected", rating=1))
    edits = (
        ("rate_selected", {"rating": 4}, "rate 4", "rating:4"),
        ("tag_selected", {"tags": "paper, old"}, "tag paper, old", "tag:paper tag:old"),
        ("untag_selected", {"tags": "old"}, "untag old", "tag:paper -tag:old"),
        ("favour_selected", {}, "favourite", "tag:favourite"),
        ("catalog_selected", {"catalog": "Office/Memos"}, "put in Office/Memos", "in:Office"),
        ("describe_selected", {"note": "from the office"}, "describe", "note:office"),
    )
    told["edits"] = []
    for name, how, words, query in edits:
        getattr(bpy.ops.audobon, name)(**how)
        job.notice(f"{words}: {_COUNT} assets")
        told["edits"].append(_count(job, query))
    for _ in edits:
        bpy.ops.audobon.undo_library()
    job.until(lambda: state().doing is None and state().notice.text == "taken back: rate 4")
    told["undone"] = [_count(job, query) for *_, query in edits]
    bpy.ops.audobon.select_assets(what="clear")
    first, *_, last = state().found.assets
    job.here.session().selection.select(first.id)
    job.here.session().selection.select(last.id, "range")
    bpy.ops.audobon.remove_selected()
    job.notice(f"remove: {len(state().found.assets)} assets")
    told["removed"] = [_count(job, "memo"), len(list(folder.iterdir()))]
    bpy.ops.audobon.undo_library()
    job.notice("taken back: remove")
    bpy.ops.audobon.save_set(name="Memos")
    job.until(lambda: state().sets)
    told["sets"] = [list(each) for each in state().sets]
    bpy.ops.audobon.remove_set(name="Memos")
    job.until(lambda: not state().sets)
    bpy.ops.audobon.show_query(query="")
    job.until(lambda: state().found.wanted.query == "" and not state().searching)
    return {"many": told}


def _can(name: str, **how: Any) -> bool:
    """Whether the operator can be called; one that cannot says so and does nothing."""
    try:
        getattr(bpy.ops.audobon, name)(**how)
    except RuntimeError:
        return False
    return True


def _count(job: Any, query: str) -> int:
    """How many assets a query finds, asked for by the session's own thread."""
    found: list[int] = []
    job.here.session().do("count", lambda library, _: found.append(len(library.find_ids(query))))
    job.until(lambda: found)
    return found[0]


def _grid(job: Any) -> list[Any]:
    """Open the editor in an area and close it, where this Blender has windows in the background."""
    windows = bpy.context.window_manager.windows
    if not windows:
        return ["no window"]
    window = windows[0]
    area = max(window.screen.areas, key=lambda each: each.width * each.height)
    before = area.ui_type
    # Not by operators: those would need an override, of which a Blender with Python 3.11 that has
    # threads crashes now and then. The tests with a window click them.
    editor = importlib.import_module(f"{job.here.here().package}.host.editor")
    outside = editor.is_grid(area)
    editor.open_in(area)
    inside = area.ui_type
    editor.close(window, area)
    return [outside, inside, area.ui_type == before]
