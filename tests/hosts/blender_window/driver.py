"""Runs inside a Blender with a window: steps a test's ``main(hands)`` by Blender's timers.

``main`` is a generator. It yields a number of seconds to wait, or a function
that is asked until it says yes, alone or with what is waited for and for how
long: ``yield "the scan to end", is_over, 300``. What it returns is the result
of the test.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy

_PATIENCE_S = 240.0
_DO_KEY = "F19"  # nobody else has it
_BETWEEN_S = 0.15  # between press and release, or Blender takes a click for something else


class Hands:
    """Mouse, keyboard and camera of the test."""

    def __init__(self, pictures: Path) -> None:
        self._pictures = pictures
        self._mouse = (0, 0)
        self._gone: list[type] = []
        self.find_view()

    def find_view(self) -> None:
        """Take hold of the first window and its 3D view; again after another file was opened."""
        self.window = bpy.context.window_manager.windows[0]
        self.area = next(area for area in self.window.screen.areas if area.type == "VIEW_3D")

    @property
    def region(self) -> Any:
        """The sidebar of the 3D view."""
        return next(region for region in self.area.regions if region.type == "UI")

    def do(self, call: Callable[..., Any], *words: Any, **how: Any) -> Iterator[Any]:
        """Call something as a key would with the mouse in the 3D view; what it gives.

        For operators and whatever else asks the context. Not in a
        ``temp_override``: up to Python 3.11 Blender then reads the override
        without Python's lock while threads work, and crashes now and then.
        """
        return (yield from self.do_in(self.area, call, *words, **how))

    def do_in(self, area: Any, call: Callable[..., Any], *words: Any, **how: Any) -> Iterator[Any]:
        """As :meth:`do`, in the main region of another area, in whichever window it is."""
        main = next(region for region in area.regions if region.type == "WINDOW")
        windows = bpy.context.window_manager.windows
        mine, self.window = self.window, next(w for w in windows if area in w.screen.areas[:])
        asked = _Asked(call, words, how)
        _asked.append(asked)
        yield from self.move(main.x + main.width // 2, main.y + main.height // 2)
        there, (x, y) = self.window, self._mouse
        there.event_simulate(type=_DO_KEY, value="PRESS", x=x, y=y)
        self.window = mine
        yield f"{call} to be called", lambda: asked.done, _PATIENCE_S
        yield _BETWEEN_S / 3
        # What was called may have closed the window: an event for one that is gone crashes Blender.
        if there in bpy.context.window_manager.windows[:]:
            there.event_simulate(type=_DO_KEY, value="RELEASE", x=x, y=y)
            yield _BETWEEN_S / 3
        if asked.error is not None:
            raise asked.error
        return asked.value

    def only(self, *kept: str) -> None:
        """Take every panel of ours away but these and what is in them: clicks count no others."""
        ours = [name for name in dir(bpy.types) if name.startswith("AUDOBON_PT_")]
        panels = {name: getattr(bpy.types, name) for name in ours}

        def root(name: str) -> str:
            parent = getattr(panels[name], "bl_parent_id", "")
            return root(parent) if parent in panels else name

        wanted = {f"AUDOBON_PT_{name}" for name in kept}
        gone = [name for name in ours if root(name) not in wanted]
        for name in sorted(gone, key=lambda name: root(name) == name):  # children first
            bpy.utils.unregister_class(panels[name])
            self._gone.append(panels[name])

    def everything(self) -> None:
        """Bring back what :meth:`only` took away: the add-on itself takes it away in the end."""
        while self._gone:
            bpy.utils.register_class(self._gone.pop())

    def show_sidebar(self, *, wider: int = 180) -> Iterator[Any]:
        """Open the sidebar, drag it wider, and bring our tab to the front with a click."""
        bpy.context.preferences.view.show_splash = False
        self.area.spaces.active.show_region_ui = True
        yield 0.5
        region = self.region
        edge, middle = region.x + 1, region.y + region.height // 3
        yield from self.drag((edge, middle), (edge - wider, middle))
        region = self.region
        # The fourth tab, behind those that a fresh Blender has.
        yield from self.click(region.x + region.width - 10, region.y + region.height - 165)
        yield 0.3

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> Iterator[Any]:
        """Press at one place and let go at another."""
        self.window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=start[0], y=start[1])
        yield _BETWEEN_S
        self.window.event_simulate(type="LEFTMOUSE", value="PRESS", x=start[0], y=start[1])
        yield _BETWEEN_S
        for part in (0.3, 0.7, 1.0):
            x, y = (round(a + (b - a) * part) for a, b in zip(start, end, strict=True))
            self.window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
            yield _BETWEEN_S
        self.window.event_simulate(type="LEFTMOUSE", value="RELEASE", x=end[0], y=end[1])
        yield _BETWEEN_S

    def click(self, x: int, y: int, **keys: bool) -> Iterator[Any]:
        """A click at a place of the window, counted from its lower left corner.

        ``keys`` are those held meanwhile: ``ctrl=True``, ``shift=True``.
        """
        yield from self.move(x, y)
        for value in ("PRESS", "RELEASE"):
            self.window.event_simulate(type="LEFTMOUSE", value=value, x=x, y=y, **keys)
            yield _BETWEEN_S

    def move(self, x: int, y: int) -> Iterator[Any]:
        """Put the mouse somewhere; keys of :meth:`key` go there."""
        self._mouse = (x, y)
        self.window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
        yield _BETWEEN_S

    def key(self, key: str, letter: str | None = None, **keys: bool) -> Iterator[Any]:
        """A key for the region under the mouse, which an event without a place is not."""
        x, y = self._mouse
        self.window.event_simulate(type=key, value="PRESS", x=x, y=y, unicode=letter, **keys)
        yield _BETWEEN_S / 3
        self.window.event_simulate(type=key, value="RELEASE", x=x, y=y, **keys)
        yield _BETWEEN_S / 3

    def at(self, right: int, down: int) -> tuple[int, int]:
        """A place of the sidebar, counted from its upper left corner, in the window."""
        region = self.region
        return region.x + right, region.y + region.height - down

    def press(self, key: str) -> Iterator[Any]:
        for value in ("PRESS", "RELEASE"):
            self.window.event_simulate(type=key, value=value)
            yield _BETWEEN_S / 3

    def type(self, text: str) -> Iterator[Any]:
        """Type letters, one after another, as a quick person does."""
        for letter in text:
            key = "SPACE" if letter == " " else letter.upper()
            self.window.event_simulate(type=key, value="PRESS", unicode=letter)
            yield 0.03
            self.window.event_simulate(type=key, value="RELEASE")
            yield 0.03

    def shot(self, name: str) -> None:
        """A picture of the whole display."""
        self._pictures.mkdir(parents=True, exist_ok=True)
        target = str(self._pictures / f"{name}.png")
        # Packed as little as PNG can be: as small as it gets, a picture takes six times as long.
        small = ["-define", "png:compression-level=1", "-define", "png:compression-filter=1"]
        subprocess.run(["import", "-window", "root", *small, target], check=True, timeout=240)


def _steps(hands: Hands, script: str) -> Iterator[Any]:
    result: dict[str, Any] = {}
    try:
        value = yield from runpy.run_path(script)["main"](hands)
        result = {"value": value}
    except BaseException:
        result = {"error": traceback.format_exc()}
        hands.shot("failed")
    finally:
        Path(os.environ["AUDOBON_RESULT"]).write_text(json.dumps(result), "utf-8")


class _Asked:
    """A call that waits for its key."""

    def __init__(self, call: Callable[..., Any], words: tuple[Any, ...], how: dict[str, Any]):
        self._call = call
        self._words, self._how = words, how
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None

    def __call__(self) -> None:
        try:
            self.value = self._call(*self._words, **self._how)
        except BaseException as error:  # raised where it was asked for
            self.error = error
        self.done = True


_asked: list[_Asked] = []


class HOSTTEST_OT_do(bpy.types.Operator):  # noqa: N801  # as Blender wants it
    """Call what the test asks for, in the context of a key"""

    bl_idname = "hosttest.do"
    bl_label = "Do"
    bl_options = {"INTERNAL"}  # noqa: RUF012  # Blender reads it from the class

    def invoke(self, _context: Any, _event: Any) -> set[str]:
        while _asked:
            _asked.pop(0)()
        return {"FINISHED"}


class _Stepper:
    def __init__(self, steps: Iterator[Any]) -> None:
        self._steps = steps
        self._until: Callable[[], object] | None = None
        self._deadline = 0.0
        self._late = ""

    def __call__(self) -> float | None:
        if self._until is not None and not self._until():
            if time.monotonic() < self._deadline:
                return 0.02
            self._until = None
            return self._go(lambda: self._steps.throw(TimeoutError(self._late)))
        self._until = None
        return self._go(lambda: next(self._steps))

    def _go(self, step: Callable[[], Any]) -> float | None:
        try:
            wanted = step()
        except StopIteration:
            os._exit(0)  # no question about unsaved changes
        if callable(wanted):
            wanted = ("it to become so", wanted, _PATIENCE_S)
        if isinstance(wanted, tuple):
            what, self._until, patience_s = wanted
            self._deadline = time.monotonic() + patience_s
            self._late = f"waited {patience_s:.0f} s for {what} (load {os.getloadavg()[0]:.1f})"
            return 0.02
        return float(wanted)


def begin() -> None:
    bpy.utils.register_class(HOSTTEST_OT_do)
    keys = bpy.context.window_manager.keyconfigs.addon.keymaps
    window = keys.new(name="Window", space_type="EMPTY", region_type="WINDOW")
    window.keymap_items.new(HOSTTEST_OT_do.bl_idname, _DO_KEY, "PRESS", any=True)
    steps = _steps(Hands(Path(os.environ["AUDOBON_PICTURES"])), os.environ["AUDOBON_SCRIPT"])
    # A picture of the 3D view is drawn eight times over to be smooth, after each move of the mouse:
    # where a processor draws, that is most of what a test costs, and no test is about it.
    bpy.context.preferences.system.viewport_aa = "OFF"
    bpy.app.timers.register(_Stepper(steps), first_interval=1.0, persistent=True)


begin()
