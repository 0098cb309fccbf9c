"""Runs inside a Blender with a window: has the add-on work, and tells what its calls took.

The driver of the hosts' tests steps ``main`` and writes what it returns.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

_MODULE = "audobon_blender"
_WORDS = ("oak", "rust", "metal 0", "tag:wood", "moss", "kind:image", "rating:>=3", "stone")


def main(hands: Any) -> Iterator[Any]:
    """Enable it three times, open the library, and use it alone and beside work."""
    words = json.loads(os.environ["AUDOBON_BENCH"])
    told: dict[str, Any] = {"register": [], "times": {}, "version": bpy.app.version_string}
    bpy.ops.preferences.addon_install(filepath=words["zip"])
    for number in range(3):
        if number:
            bpy.ops.preferences.addon_disable(module=_MODULE)
        started = time.perf_counter()
        bpy.ops.preferences.addon_enable(module=_MODULE)
        told["register"].append((time.perf_counter() - started) * 1000)
    from audobon_blender.ui import here

    yield from hands.show_sidebar()
    yield lambda: here.session() is not None
    before = _resident_mb()
    bpy.ops.audobon.open_recent(path=words["library"])
    yield lambda: here.state().phase == "open" and here.state().found.total
    told["total"] = here.state().found.total
    yield 2.0
    yield from _used(here, words["rounds"], told["times"], "alone")
    job = yield from _begin_work(here, words)
    name = f"beside a scan and {words['network']}"
    yield from _used(here, words["rounds"], told["times"], name)
    told["progress"] = job["job"].progress
    job["job"].cancel()
    told["scanned"] = job["added"] or here.state().found.total - told["total"]
    told["pictures_mb"] = here.session()._now.pictures.size / 1e6
    told["icons"] = len(list(here.here().thumbs.folder.glob("*.*")))
    told["grown_mb"] = _resident_mb() - before
    return told


def _begin_work(here: Any, words: dict[str, Any]) -> Iterator[Any]:
    """Have files looked for and a network run over the pictures; a table with its job."""
    told: dict[str, Any] = {"job": None, "added": 0}

    def ask(library: Any, _report: Any) -> None:
        root = Path(words["library"], "real pictures")
        pictures = [library.get(path) for path in sorted(root.iterdir())]
        more = {} if words["network"] == "embed" else {"count": 17}
        told["job"] = library.run(words["network"], pictures, **more)
        told["job"].start()

    def scan(library: Any, report: Any) -> str:
        done = library.add(words["notes"], progress=report.progress, cancel=report.cancelled)
        told["added"] = len(done.added)
        return f"{len(done.added)} added"

    here.session().do("run", ask)
    for _ in range(10):  # the driver waits a minute for each; the machine may be busy
        try:
            yield lambda: told["job"] is not None and told["job"].state != "queued"
        except TimeoutError:
            continue
        break
    if told["job"].state != "running":
        raise RuntimeError(f"the job is {told['job'].state}: {told['job'].reason}")
    here.session().do("scan", scan)
    yield lambda: here.state().doing is not None
    return told


def _used(here: Any, rounds: int, times: dict[str, list[float]], name: str) -> Iterator[Any]:
    """Type, turn pages and choose, as quickly as a person; what our calls took meanwhile, in ms."""
    settings = bpy.context.window_manager.audobon
    here.here().times.clear()
    for _, word in zip(range(rounds), itertools.cycle(_WORDS), strict=False):
        for end in range(1, len(word) + 1, 2):
            settings.text = word[:end]
            yield 0.08
        settings.text = word
        yield lambda: not here.state().searching
        yield 0.15
        bpy.ops.audobon.turn(pages=1)
        yield lambda: not here.state().searching
        yield 0.15
        if here.state().found.assets:
            bpy.ops.audobon.choose(ident=here.state().found.assets[0].id)
            yield 0.2
    times[name] = [taken * 1000 for taken in here.here().times]


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
