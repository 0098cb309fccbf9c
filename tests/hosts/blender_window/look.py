"""Runs inside a newer Blender with a window: installs the extension, uses it by mouse, looks.

Started by ``chroot.sh`` beside this file; what it saw lies in ``told.json``
and in pictures beside it. It is no test: which Blender there is changes.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy

HERE = Path(__file__).parent
MODULE = "bl_ext.ours.audobon_blender"
_PATIENCE = 300  # looks, 0.2 s apart
told: dict[str, Any] = {"blender": bpy.app.version_string}


def _shot(name: str) -> None:
    target = str(HERE / f"{name}.png")
    small = ["-define", "png:compression-level=1", "-define", "png:compression-filter=1"]
    subprocess.run(["import", "-window", "root", *small, target], check=True, timeout=240)


def _event(kind: str, value: str, at: tuple[int, int] | None = None) -> None:
    place = {} if at is None else {"x": at[0], "y": at[1]}
    bpy.context.window_manager.windows[0].event_simulate(type=kind, value=value, **place)


def _until(asked: Callable[[], object]) -> Iterator[float]:
    for _ in range(_PATIENCE):
        if asked():
            return
        yield 0.2
    raise TimeoutError("it did not become so")


def _move(at: tuple[int, int]) -> Iterator[float]:
    for step in (1, 0):  # a button lights up with the second movement on it
        _event("MOUSEMOVE", "NOTHING", (at[0], at[1] + step))
        yield 0.15


def _region(area: Any, kind: str) -> Any:
    return next(region for region in area.regions if region.type == kind)


def _install() -> Iterator[float]:
    for value in ("PRESS", "RELEASE"):  # the splash takes what comes first
        _event("ESC", value)
        yield 0.3
    repos = bpy.context.preferences.extensions.repos
    repos.new(name="Ours", module="ours", custom_directory=str(HERE / "repository"))
    bpy.ops.extensions.package_install_files(
        filepath=str(HERE / "extension.zip"), repo="ours", enable_on_install=True
    )
    yield 1.0


def _press_a_name(here: Any, side: Any) -> Iterator[Any]:
    """Go down the sidebar until a click chooses an asset; the place."""
    for down in range(200, 420, 10):
        at = (side.x + 70, side.y + side.height - down)
        yield from _move(at)
        for value in ("PRESS", "RELEASE"):
            _event("LEFTMOUSE", value, at)
            yield 0.2
        if here.state().chosen is not None:
            told["chosen"] = here.state().chosen.asset.name
            return at
    raise LookupError("no name in the sidebar could be pressed")


def _drag(start: tuple[int, int], end: tuple[int, int]) -> Iterator[float]:
    before = len(bpy.data.objects)
    yield from _move(start)
    _event("LEFTMOUSE", "PRESS", start)
    yield 0.2
    for part in range(1, 11):
        way = (round(a + (b - a) * part / 10) for a, b in zip(start, end, strict=True))
        _event("MOUSEMOVE", "NOTHING", tuple(way))
        yield 0.15
    yield 1.0
    _shot("drag")
    _event("LEFTMOUSE", "RELEASE", end)
    yield 1.5
    told["dragged"] = len(bpy.data.objects) - before


def _main() -> Iterator[float]:
    yield from _install()
    here = importlib.import_module(f"{MODULE}.ui.here")
    yield from _until(here.session)
    bpy.ops.audobon.create_library(directory=str(HERE / "Studio"))
    yield from _until(lambda: here.state().found.total)
    yield 2.0
    told["found"] = here.state().found.total
    screen = bpy.context.window_manager.windows[0].screen
    area = next(area for area in screen.areas if area.type == "VIEW_3D")
    area.spaces.active.show_region_ui = True
    yield 1.0
    _region(area, "UI").active_panel_category = "Audobon"
    yield 1.5
    _shot("panel")
    start = yield from _press_a_name(here, _region(area, "UI"))
    main = _region(area, "WINDOW")
    yield from _drag(start, (main.x + 300, main.y + 200))
    bpy.ops.audobon.list_library()
    area.ui_type = "ASSETS"
    yield 1.0
    area.spaces.active.params.asset_library_reference = "Studio"
    native = importlib.import_module(f"{MODULE}.ui.native")
    native._follower.refreshing.ask("Studio")
    yield from _until(lambda: not native._follower.refreshing.waits(area))
    told["refreshed"] = True
    _shot("browser")
    told["trouble"] = here.here().trouble and here.here().trouble.details


def _step(steps: Iterator[float] = _main()) -> float:  # noqa: B008  # one for the whole run
    try:
        return float(next(steps))
    except StopIteration:
        pass
    except BaseException:
        told["error"] = traceback.format_exc()
        _shot("failed")
    (HERE / "told.json").write_text(json.dumps(told, indent=1), "utf-8")
    os._exit(0)


bpy.app.timers.register(_step, first_interval=3.0, persistent=True)
