"""Blender's own browser, rules, health, the log, and a broken SDK: run inside a Blender."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import bpy
from saving_job import enable, notice, wait

CATALOGS = "blender_assets.cats.txt"
NEW = "12345678-0000-4000-8000-000000000001"


def upkeep(folder: str) -> dict[str, Any]:
    """Everything of a sound SDK."""
    here = enable()
    wait(here, lambda: here.session() is not None)
    begun = len(bpy.types.STATUSBAR_HT_header.draw._draw_funcs)
    bpy.ops.audobon.create_library(directory=folder)
    wait(here, lambda: here.state().found.total)
    told = {"begun": begun, **native(here, folder), **checked(here, folder)}
    folder = told["moved"]
    told |= ruled(here, folder)
    told |= gone(here, folder)
    return told


def entries() -> dict[str, str]:
    known = bpy.context.preferences.filepaths.asset_libraries
    return {each.name: os.path.normpath(each.path) for each in known if each.name != "User Library"}


def native(here: Any, folder: str) -> dict[str, Any]:
    cats = Path(folder, CATALOGS)
    session = here.session()
    session.do("file", lambda library, _report: library.catalogs.add("Wood/Oak") and "filed")
    notice(here, "filed")
    untouched = not cats.exists()
    bpy.ops.audobon.list_library()
    wait(here, lambda: cats.exists() and here.state().native)
    first = cats.read_text("utf-8")
    cats.write_text(f"{first}# a remark of Ana's\n{NEW}:Made/In Blender:x\n", "utf-8")
    wait(here, lambda: any(path == "Made/In Blender" for path, _ in here.state().catalogs))
    again = list(bpy.ops.audobon.list_library())
    one = entries()
    # The folder moves, as on another disk; the entry goes along, and the list does not grow.
    bpy.ops.audobon.leave_library()
    moved = f"{folder} moved"
    wait(here, lambda: here.state().phase == "closed")
    Path(folder).rename(moved)
    bpy.ops.audobon.open_recent(path=moved)
    wait(here, lambda: here.state().phase == "open" and moved in entries().values())
    return {
        "untouched": untouched,
        "cats": Path(moved, CATALOGS).read_text("utf-8"),
        "entries": [one, entries()],
        "again": again,
        "moved": moved,
    }


def checked(here: Any, folder: str) -> dict[str, Any]:
    folder = here.state().path
    os.environ["AUDOBON_METRICS"] = "on"
    here.session().do("fail", lambda library, _report: library.search("width:oak") and None)
    bpy.ops.audobon.check()
    wait(here, lambda: here.state().health)
    sound = here.state().health.ok
    measured = shown_health(here)
    index = next(Path(folder, ".audobon", "derived", "index").rglob("meta.json"))
    index.write_text("{")
    last = here.state().notice
    bpy.ops.audobon.mend()
    mended = notice(here, "mended", after=last)
    bpy.ops.audobon.clear_caches()
    freed = notice(here, "freed")
    bpy.ops.audobon.show_log()
    log = here.kit.user_folder(here.here().package) / "audobon-log.txt"
    wait(here, lambda: log.exists() and log.read_text("utf-8"))
    told = {"sound": sound, "mended": mended, "freed": freed, "log": log.read_text("utf-8")}
    return told | measured


def shown_health(here: Any) -> dict[str, Any]:
    """What the panel says of failures and of what takes long, and the page in a browser."""
    from audobon_blender.logic import health

    metrics = here.state().metrics
    folder = Path(here.state().path).parent
    seen, browser = folder / "seen.txt", folder / "browser.sh"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > "{seen}"\n')
    browser.chmod(0o755)
    os.environ["BROWSER"] = f"{browser} %s"
    bpy.ops.audobon.health_page()
    wait(here, lambda: seen.exists() and seen.read_text())
    for on in (False, True):
        bpy.ops.audobon.switch_metrics()
        wait(here, lambda on=on: here.state().metrics.on is on)
    page = Path(seen.read_text().removeprefix("file://").replace("%20", " "))
    return {
        "faults": [[line.text, line.advice] for line in health.fault_lines(metrics)],
        "slow": list(health.slow_lines(metrics)),
        "page": [text in page.read_text("utf-8") for text in ("Response times", "The doctor")],
    }


def ruled(here: Any, folder: str) -> dict[str, Any]:
    """A scene that links one that has a driver, by each rule."""
    Path(folder, "far").mkdir()
    far, scene = os.path.join(folder, "far", "far.blend"), os.path.join(folder, "scene.blend")
    cube = bpy.data.objects["Cube"]
    cube.driver_add("scale", 0).driver.expression = "len(bpy.data.objects)"
    bpy.data.libraries.write(far, {cube})
    cube.driver_remove("scale", 0)
    with bpy.data.libraries.load(far, link=True) as (_, here_):
        here_.objects = ["Cube"]
    holder = bpy.data.collections.new("Linked")
    holder.objects.link(here_.objects[0])
    bpy.data.libraries.write(scene, {holder}, path_remap="RELATIVE_ALL")
    bpy.data.collections.remove(holder)
    session = here.session()
    session.do("add", lambda library, _report: library.add(folder) and "Added both")
    notice(here, "Added both")
    choose(here, "scene")
    lines = here.here().verdict(here.chosen())
    found = [[one.kind, one.file] for one in here.state().inside.check.findings]
    policies, what = here.here().app.policies, []
    for rule in ("refuse", "allow", "same"):
        bpy.ops.audobon.library_policy(rule=rule)
        what.append(here.here().verdict(here.chosen()).what)
    bpy.ops.audobon.trust_folder(directory=os.path.join(folder, "far"))
    what.append(here.here().verdict(here.chosen()).what)
    bpy.ops.audobon.trust_folder(directory=folder)
    what.append(here.here().verdict(here.chosen()).what)
    for each in policies.folders:
        bpy.ops.audobon.distrust_folder(directory=each)
    here.here().accept(here.chosen())
    what.append(here.here().verdict(here.chosen()).what)
    os.utime(far)
    what.append(here.here().verdict(here.chosen()).what)
    return {"found": found, "text": lines.text, "lines": list(lines.lines), "what": what}


def choose(here: Any, name: str) -> None:
    from audobon.session import Wanted

    here.session().search(Wanted(f"name:{name}"))
    wait(
        here,
        lambda: here.state().found.wanted.text == f"name:{name}" and not here.state().searching,
    )
    bpy.ops.audobon.choose(ident=here.state().found.assets[0].id)
    wait(here, lambda: here.state().inside is not None)


def gone(here: Any, folder: str) -> dict[str, Any]:
    """Taken out by hand; and an entry whose folder is no library any more at the next start."""
    package = here.here().package
    bpy.ops.audobon.unlist_library()
    without = entries()
    bpy.ops.audobon.list_library()
    listed = entries()
    import addon_utils

    addon_utils.disable(package, default_set=True)
    left = len(bpy.types.STATUSBAR_HT_header.draw._draw_funcs)
    shutil.rmtree(os.path.join(folder, ".audobon"))
    here = enable()
    wait(here, lambda: here.session() is not None and not entries())
    addon_utils.disable(package, default_set=True)
    return {"without": without, "listed": listed, "left": left}


def broken(folder: str) -> dict[str, Any]:
    """Parts of the SDK that cannot be loaded: Blender goes on, and a sentence says what is off."""
    import addon_utils

    told = {}
    for name, code in (("attr", "raise OSError('libfoo.so.1: wrong ELF class')"), ("apsw", "")):
        break_(folder, name, code or "raise ImportError('no module of this Python')")
        trouble = trouble_of(enable(), os.path.join(folder, "Fresh"))
        told[name] = [trouble.message, trouble.hint, "Traceback" in trouble.details]
        addon_utils.disable("audobon_blender", default_set=True)
        mend(name)
    return told


def trouble_of(here: Any, folder: str) -> Any:
    """Why there is no SDK, or no library of it."""
    wait(here, lambda: here.session() is not None or here.here().app.trouble is not None)
    if here.here().app.trouble is not None:
        return here.here().app.trouble
    bpy.ops.audobon.create_library(directory=folder)
    return wait(here, lambda: here.state().problem)


def half(folder: str) -> dict[str, Any]:
    """Without search and versions: the library is open, and what is chosen is shown."""
    for name in ("tantivy", "pygit2"):
        break_(folder, name, "raise ImportError('no module of this Python')")
    here = enable()
    wait(here, lambda: here.session() is not None)
    bpy.ops.audobon.open_recent(path=os.path.join(folder, "Assets"))
    found = wait(here, lambda: here.state().found.problem)
    ident = {}

    def work(library: Any, _report: Any) -> str:
        asset = library.assets()[0]
        ident["id"] = asset.id
        library.edit(asset, rating=3)
        return "rated"

    here.session().do("rate", work)
    notice(here, "rated")
    bpy.ops.audobon.choose(ident=ident["id"])
    chosen = wait(
        here, lambda: here.state().chosen and here.state().chosen.complete and here.state().chosen
    )
    return {
        "phase": here.state().phase,
        "search": found.message,
        "rating": chosen.asset.rating,
        "versions": chosen.problem.message,
    }


def break_(folder: str, name: str, code: str) -> None:
    """Put a package in front that cannot be loaded."""
    package = Path(folder, name, "broken", name)
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(f"{code}\n")
    sys.path.insert(0, str(package.parent))
    for known in [each for each in sys.modules if each.partition(".")[0] in {name, "attrs"}]:
        del sys.modules[known]
    importlib.invalidate_caches()


def mend(name: str) -> None:
    sys.path[:] = [path for path in sys.path if os.path.basename(path) != "broken"]
    for known in [
        each for each in sys.modules if each.partition(".")[0] in {name, "attrs", "audobon"}
    ]:
        del sys.modules[known]
