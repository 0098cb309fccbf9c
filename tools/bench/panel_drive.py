"""Runs inside a Blender with a window: uses the add-on, and tells what its calls took.

The driver of the hosts' tests steps ``main`` and writes what it returns.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy

sys.path.append(str(Path(__file__).resolve().parents[1]))

from bench.panel_watch import Watch

_MODULE = "audobon_blender"
_TYPED = ("oak", "rust", "metal 0", "sprite", "moss", "tag:wood", "kind:image", "stone")
"""``sprite`` finds the pictures that can be seen."""
_KEYS = {" ": "SPACE", ":": "SEMI_COLON", "0": "ZERO"}
_OPEN_S, _BEGIN_S, _ANSWER_S = 300.0, 120.0, 120.0
_LETTER_S, _WHEEL_S = 0.08, 0.03
_WHEELS = 25
_TICK_S = 1 / 60
_HANDLERS = ("save_post", "load_post")


class _Late:
    """A timer of 60 Hz of somebody else: how late Blender calls it, in ms."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._due = time.perf_counter() + _TICK_S
        bpy.app.timers.register(self, first_interval=_TICK_S, persistent=True)

    def __call__(self) -> float:
        now = time.perf_counter()
        self.late.append((now - self._due) * 1000)
        self._due = now + _TICK_S
        return _TICK_S

    def take(self) -> list[float]:
        found, self.late = self.late, []
        return found


def main(hands: Any) -> Iterator[Any]:
    """Enable it three times, open the library, and use it alone and beside work."""
    words = json.loads(os.environ["AUDOBON_BENCH"])
    if words["smooth"]:  # Blender's own; the driver takes it away
        bpy.context.preferences.system.viewport_aa = "8"
    told: dict[str, Any] = {"register": [], "calls": {}, "late": {}, "work": {}}
    told["version"] = bpy.app.version_string
    bpy.ops.preferences.addon_install(filepath=words["zip"])
    for number in range(3):
        if number:
            bpy.ops.preferences.addon_disable(module=_MODULE)
        started = time.perf_counter()
        bpy.ops.preferences.addon_enable(module=_MODULE)
        told["register"].append((time.perf_counter() - started) * 1000)
    _say("enabled")
    late = _Late()
    yield from hands.show_sidebar()
    yield 2.0
    told["late"]["Blender alone"] = late.take()
    from audobon_blender.ui import here

    watch = Watch()
    _watch_all(watch)
    yield "the SDK to be loaded", lambda: here.session() is not None, _OPEN_S
    before = _resident_mb()
    bpy.ops.audobon.open_recent(path=words["library"])
    yield "the library to open", lambda: _is_there(here), _OPEN_S
    told["total"] = here.state().found.total
    yield 3.0
    watch.take()
    late.take()
    for name in ("alone", "beside work"):
        _say(name)
        work = _Work(here, words) if name != "alone" else None
        if work is not None:
            yield from work.begin()
        yield from _sidebar(here, words["rounds"], work)
        yield from _large(here, hands, words["rounds"], work)
        told["calls"][name], told["late"][name] = watch.take(), late.take()
        if work is not None:
            told["work"] = work.told()
    _say("memory")
    told["memory"] = yield from _memory(here, hands, before)
    return told


def _watch_all(watch: Watch) -> None:
    """Everything of the add-on that Blender calls."""
    from audobon_blender.host import ghost
    from audobon_blender.ui import grid, here, registering, settings

    for one in registering._CLASSES:
        operator = issubclass(one, bpy.types.Operator)
        drawn = "operators" if operator else "drawing a panel"
        watch.methods("asking whether", one, ("poll", "poll_message"), package=_MODULE)
        watch.methods(drawn, one, ("draw", "draw_header"), package=_MODULE)
        names = ("invoke", "execute", "modal", "cancel", "check", "description")
        watch.methods("operators", one, names if operator else (), package=_MODULE)
    watch.methods("the timer", here.Here, ("step",))
    watch.methods("drawing the large grid", grid.Grids, ("_draw_area",))
    watch.methods("drawing what is placed", ghost.Ghost, ("_draw",))
    settings.search = watch.wrap("typing", settings.search)
    for name in _HANDLERS:
        watch.listed("handlers", getattr(bpy.app.handlers, name), _MODULE)
    drawers = bpy.types.STATUSBAR_HT_header.draw._draw_funcs
    if not watch.listed("drawing the status bar", drawers, _MODULE):
        raise RuntimeError("the add-on draws nothing into the status bar")


def _is_there(here: Any) -> bool:
    state = here.state()
    if state.phase == "closed" and state.problem is not None:
        raise RuntimeError(f"the library does not open: {state.problem.message}")
    return state.phase == "open" and state.found.total > 0


class _Work:
    """A scan and a network in the background, begun anew whenever one has ended."""

    def __init__(self, here: Any, words: dict[str, Any]) -> None:
        self._here, self._words = here, words
        self._pictures: list[str] = []
        self._scans = self._jobs = 0
        self._begun = self._done = 0

    def begin(self) -> Iterator[Any]:
        """Wait until both are at work."""
        here = self._here

        def find(library: Any, _report: Any) -> None:
            self._pictures = list(library.find_ids("name:sprite kind:image"))

        here.session().do("Looking for pictures", find)
        yield "the pictures to be found", lambda: self._pictures, _ANSWER_S
        self.keep()
        # Not by what the state shows of jobs: a short one is over before the next look at them.
        yield from self._until(self._words["network"], lambda: self._begun)

    def _until(self, what: str, condition: Callable[[], object]) -> Iterator[Any]:
        try:
            yield f"{what} to begin", condition, _BEGIN_S
        except TimeoutError as error:
            raise TimeoutError(f"{error}; {self._how_it_is()}") from None

    def _how_it_is(self) -> str:
        state = self._here.state()
        jobs = [f"{job.id} {job.kind} {job.state} {job.progress}" for job in state.jobs[:8]]
        notices = [each.text for each in (state.notice, *state.failures) if each is not None]
        problems = [
            each.problem.message
            for each in (state.notice, *state.failures)
            if each is not None and each.problem is not None
        ]
        log = Path(self._words["library"], ".audobon", "worker.log")
        tail = log.read_text("utf-8", "replace")[-500:] if log.exists() else "no log"
        return (
            f"doing {state.doing}, computing {state.computing}, jobs {jobs}, said {notices}"
            f" {problems}, engine {state.engine}, the worker's log: {tail}"
        )

    def keep(self) -> None:
        """Begin anew what has ended. A failure ends the measurement."""
        state = self._here.state()
        if state.failures:
            raise RuntimeError(f"a job has failed: {self._how_it_is()}")
        if state.doing is None:
            self._scans += 1
            bpy.ops.audobon.rescan()
        if state.computing is None:
            self._jobs += 1
            session, network, number = self._here.session(), self._words["network"], self._jobs
            ids, how = list(self._pictures), self._words["parameters"]
            values = {name: first + step * number for name, (first, step) in how.items()}

            def compute(library: Any, report: Any) -> None:
                job = library.run(network, ids, **values)
                job.start()
                begun = False
                while (state := job.state) in ("queued", "running"):
                    if state == "running" and not begun:
                        begun = True
                        self._begun += 1
                    report.progress(int((job.progress or 0) * 1000), 1000, network)
                    if report.cancelled():
                        job.cancel()
                    time.sleep(0.05)
                if state == "failed":
                    raise RuntimeError(f"{network} failed: {job.reason}")
                self._begun += not begun
                self._done += state == "done"

            session.compute(network, compute)

    def told(self) -> dict[str, Any]:
        """How much of it was done."""
        return {"scans": self._scans, "jobs": self._jobs, "done": self._done,
                "how": self._how_it_is()[:400]}  # fmt: skip


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _sidebar(here: Any, rounds: int, work: _Work | None) -> Iterator[Any]:
    """Type, turn pages and choose in the sidebar, as quickly as a person does."""
    settings = bpy.context.window_manager.audobon
    for number, word in zip(range(rounds), itertools.cycle(_TYPED), strict=False):
        for end in range(1, len(word) + 1):
            settings.text = word[:end]
            yield _LETTER_S
        yield from _answered(here, work)
        for _ in range(2):
            bpy.ops.audobon.turn(pages=1)
            yield from _answered(here, work)
        if here.state().found.assets:
            assets = here.state().found.assets
            bpy.ops.audobon.choose(ident=assets[number % len(assets)].id)
            yield 0.5
    settings.text = ""
    yield from _answered(here, work)


def _answered(here: Any, work: _Work | None) -> Iterator[Any]:
    if work is not None:
        work.keep()
    yield "an answer", lambda: not here.state().searching, _ANSWER_S
    yield 0.3


def _large(here: Any, hands: Any, rounds: int, work: _Work | None) -> Iterator[Any]:
    """Type into the large grid and scroll through it, with real keys and the wheel."""
    settings = bpy.context.window_manager.audobon
    settings.per_page = "96"
    yield from _opened(here, hands)
    for word in itertools.islice(itertools.cycle(_TYPED), rounds):
        yield from hands.key("SLASH", "/")
        yield from hands.key("X", ctrl=True)  # cuts what was typed before
        for letter in word:
            yield from hands.key(_KEYS.get(letter, letter.upper()), letter)
        yield from hands.key("RET")
        yield from _answered(here, work)
        yield from _scrolled(hands)
    settings.text = ""
    yield from _answered(here, work)
    bpy.context.window_manager.audobon.per_page = "12"
    from audobon_blender.host import editor

    editor.close(hands.window, hands.area)
    yield 0.5


def _opened(_here: Any, hands: Any) -> Iterator[Any]:
    from audobon_blender.host import editor

    editor.open_in(hands.area)
    yield 1.0
    region = editor.region_of(hands.area)
    yield from hands.move(region.x + region.width // 3, region.y + region.height // 2)
    yield 0.5


def _scrolled(hands: Any) -> Iterator[Any]:
    x, y = hands._mouse
    for _ in range(_WHEELS):
        hands.window.event_simulate(type="WHEELDOWNMOUSE", value="PRESS", x=x, y=y)
        yield _WHEEL_S
    yield 0.3


def _memory(here: Any, hands: Any, before: float) -> Iterator[Any]:
    """What pictures take, and whether that grows with the pages that were seen."""
    from audobon_blender.ui import grid

    session, settings = here.session(), bpy.context.window_manager.audobon
    session.cancel()
    session.cancel_computing()
    yield "the work to stop", lambda: here.state().doing is here.state().computing is None, _BEGIN_S
    settings.per_page = "96"
    settings.text = "sprite"
    yield from _answered(here, None)
    yield from _opened(here, hands)
    grown = []
    seen = 0
    for _ in range(2):
        for _ in range(6):
            shown = here.state().found.assets
            seen += len(shown)
            yield "the pictures of a page", lambda: _has_all(grid, here), _ANSWER_S
            bpy.ops.audobon.turn(pages=1 if here.state().found.more else -1)
            yield from _answered(here, None)
        grown.append(_resident_mb() - before)
    return {
        "grown_mb": grown[1],
        "later_mb": grown[1] - grown[0],
        "seen": seen,
        "pictures_mb": session._now.pictures.size / 1e6,
        "icons": len(list(here.here().thumbs.folder.glob("*.*"))),
        "textures": len(grid.grids().textures),
    }


def _has_all(grid: Any, here: Any) -> bool:
    from audobon_blender.logic.shown import icon_key

    grids, assets = grid.grids(), here.state().found.assets
    return all(grids._has(icon_key(asset)) for asset in assets)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
