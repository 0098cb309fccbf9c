"""One library in two programs at once: Blender's half, run inside it, and how the two talk.

Each writes what it has seen, and when, into files of one folder; the clock is that of the machine.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from pathlib import Path
from typing import Any

__all__ = ["blender", "heard", "tell", "told"]

PATIENCE_S = 240.0
RED, BLUE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def _place(folder: str, name: str) -> Path:
    return Path(folder).parent / f"{name}.told"


def tell(folder: str, name: str, **what: Any) -> None:
    """Say that something has happened, now."""
    place = _place(folder, name)
    part = place.with_suffix(".part")
    part.write_text(json.dumps({"at": time.monotonic(), **what}), "utf-8")
    os.replace(part, place)


def told(folder: str, name: str) -> dict[str, Any] | None:
    """What was said of it; None until it has happened."""
    try:
        found: dict[str, Any] = json.loads(_place(folder, name).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return found


def heard(folder: str, name: str) -> bool:
    """Whether it has happened. AssertionError when the other program has failed."""
    failed = told(folder, "failed")
    assert failed is None, failed
    return told(folder, name) is not None


def blender(folder: str) -> dict[str, Any]:
    """Use Krita's painting, see it become another; then paint a picture that Krita uses."""
    try:
        return _blender(folder)
    except BaseException:
        tell(folder, "failed", why=traceback.format_exc())
        raise


def _blender(folder: str) -> dict[str, Any]:
    import bpy
    from saving_job import enable

    here = enable()

    def until(fits: Any, what: str) -> Any:
        end = time.monotonic() + PATIENCE_S
        while not (found := fits()):
            here.pump()
            if time.monotonic() > end:
                raise AssertionError(
                    f"waited in vain: {what}; {here.state().notice} {here.state().chosen}"
                )
            time.sleep(0.01)
        return found

    until(lambda: told(folder, "made"), "Krita's library")
    until(lambda: here.session() is not None, "the session")
    here.session().open(folder)
    until(lambda: here.state().phase == "open", "the library")
    bpy.ops.audobon.choose(ident=_asset(here, until, "Saved/painting.kra").id)
    until(lambda: here.state().chosen and here.state().chosen.versions, "its versions")
    bpy.ops.audobon.use_image(use="plane")  # it comes once it was read
    mine = lambda: [one for one in bpy.data.images if one.get("audobon_painting")]  # noqa: E731
    [image] = until(mine, "the painting in the scene")
    assert _color(image) != RED
    tell(folder, "looking", versions=len(here.state().chosen.versions))

    seen: dict[str, float] = {}

    def both() -> bool:
        chosen = here.state().chosen
        if chosen is not None and [one.message for one in chosen.versions][:1] == ["red"]:
            seen.setdefault("version", time.monotonic())
        if _color(image) == RED:
            seen.setdefault("picture", time.monotonic())
        return len(seen) == 2

    until(both, "what Krita has saved")
    tell(folder, "seen in Blender", **seen)
    until(lambda: told(folder, "layered"), "the file layer")
    _paint(bpy, here, folder)
    until(lambda: told(folder, "seen in Krita"), "Krita")
    return {"versions": [one.message for one in here.state().chosen.versions]}


def _asset(here: Any, until: Any, path: str) -> Any:
    found: list[Any] = []
    here.session().do("find", lambda library, _report: found.append(library.get(path)))
    until(lambda: found, path)
    return found[0]


def _color(image: Any) -> tuple[float, ...]:
    return tuple(round(each, 2) for each in image.pixels[:3])


def _paint(bpy: Any, here: Any, folder: str) -> None:
    from audobon.panel.saving import new_version

    path = Path(folder) / "moss.png"
    image = bpy.data.images.load(str(path))
    width, height = image.size
    image.pixels.foreach_set([*BLUE, 1.0] * (width * height))
    image.save()
    tell(folder, "painted in Blender")
    new_version(here.session(), path, "blue")
