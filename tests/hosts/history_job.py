"""What the add-on does with history on real files, in any Blender: run inside one by tests.

``main(module, folder)`` compares, opens, restores, branches, merges, locks and updates through
the add-on's own operators, on a library with a real git repository.
"""

from __future__ import annotations

import importlib
import os
import stat
import time
from pathlib import Path
from typing import Any

import bpy
import branch_job

PATIENCE_S = 240.0
PARTS = (
    *("compare", "beside", "restore", "old", "branches", "merge", "locks", "saving", "other"),
    "links",
)


def main(module: str, folder: str) -> dict[str, Any]:
    """Do all of it; what was seen on the way, as plain data."""
    here = importlib.import_module(f"{module}.ui.here")
    job = Job(here, Path(folder))
    told: dict[str, Any] = {"version": bpy.app.version_string}
    job.begin()
    for part in PARTS:
        told[part] = getattr(job, part)()
    # A bpy of PyPI hangs at its end while a driver that it has evaluated is in memory.
    bpy.ops.wm.read_homefile(use_empty=True)
    told["slowest_ms"] = max(here.here().times) * 1000
    return told


class Job:
    def __init__(self, here: Any, folder: Path) -> None:
        self.here = here
        self.folder = folder
        self.scene = str(folder / "scene.blend")

    # Hands

    @property
    def past(self) -> Any:
        return self.here.state().past

    @property
    def preferences(self) -> Any:
        return bpy.context.preferences.addons[self.here.here().package].preferences

    def until(self, fits: Any) -> Any:
        end = time.monotonic() + PATIENCE_S
        while not (found := fits()):
            self.here.here().guard.look()
            self.here.pump()
            if time.monotonic() > end:
                state = self.here.state()
                raise AssertionError(f"it never came: {state.notice} {state.doing} {state.past}")
            time.sleep(0.01)
        return found

    def version(self, note: str) -> str:
        """New Version, by its button; the id."""
        bpy.context.window_manager.audobon.note = note
        bpy.ops.audobon.new_version()
        newest = lambda: self.here.state().document and self.here.state().document.versions  # noqa: E731
        found = self.until(lambda: (got := newest()) and got[0].message == note and got)
        return str(found[0].id)

    def quiet(self) -> None:
        """Wait until nothing is being done any more."""
        done: list[int] = []
        self.here.session().do("wait", lambda _library, _report: None, lambda: done.append(1))
        self.until(lambda: done)

    def refused(self, call: Any, **how: Any) -> str:
        try:
            call(**how)
        except RuntimeError as error:
            return str(error)
        return "it was done"

    @property
    def cube(self) -> Any:
        return bpy.data.objects["Cube"]

    # What is tried

    def begin(self) -> None:
        image = bpy.data.images.new("wood", 8, 8)
        image.filepath_raw, image.file_format = str(self.folder / "wood.png"), "PNG"
        image.save()
        self.until(lambda: self.here.session() is not None)
        bpy.ops.audobon.create_library(directory=str(self.folder))
        self.until(lambda: self.here.state().found.total >= 2)
        bpy.ops.wm.save_as_mainfile(filepath=self.scene)
        image.filepath = "//wood.png"
        material = self.cube.active_material
        node = material.node_tree.nodes.new("ShaderNodeTexImage")
        node.image = image
        self.ident = ""
        self.first = self.version("as it was")
        self.cube.location.x = 7
        bpy.data.objects.new("Ball", None)
        bpy.context.scene.collection.objects.link(bpy.data.objects["Ball"])
        self.second = self.version("moved")
        self.until(lambda: len(self.here.state().document.contents) == 2)
        self.ident = self.here.state().document.asset.id

    def compare(self) -> dict[str, Any]:
        which = {"ident": self.ident, "a": self.first, "b": self.second}
        bpy.ops.audobon.compare_versions(**which)
        changes = self.until(lambda: self.past.changes and self.past.changes.ready)
        changes = self.past.changes
        parts = [[one.kind, one.name, one.status] for one in changes.details.parts]
        bpy.ops.audobon.forget_changes()
        seen, browser = self.folder.parent / "seen.txt", self.folder.parent / "browser.sh"
        browser.write_text(f'#!/bin/sh\nprintf %s "$1" > "{seen}"\n')
        browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
        os.environ["BROWSER"] = f"{browser} %s"
        bpy.ops.audobon.show_changes(**which)
        url = self.until(lambda: seen.exists() and seen.read_text())
        page = Path(url.removeprefix("file://").replace("%20", " "))
        return {
            "parts": parts,
            "url": url[:8],
            "page": "Ball" in page.read_text("utf-8"),
            "closed": self.past.changes is None,
        }

    def beside(self) -> dict[str, Any]:
        which = {"ident": self.ident, "revision": self.first}
        wanted = f"scene {self.first[:8]}.blend"
        self.dirty()
        bpy.ops.audobon.open_version(**which)
        self.until(lambda: self.here.here().guard.taken)
        stayed = bpy.data.filepath == self.scene
        bpy.ops.audobon.open_taken()
        was, name = self.cube.location.x, os.path.basename(bpy.data.filepath)
        bpy.ops.wm.open_mainfile(filepath=self.scene)
        self.until(lambda: self.here.state().document)
        alone = ""
        if not bpy.app.binary_path:
            alone = self.refused(bpy.ops.audobon.open_version, **which, own=True)
        return {"was": was, "stayed": stayed, "opened": name == wanted, "alone": alone}

    def dirty(self) -> None:
        """A change that Blender knows is not saved: headless it notices only steps of undo."""
        self.cube.location.y = 3
        if not bpy.data.is_dirty:
            bpy.ops.ed.undo_push(message="moved")

    def restore(self) -> dict[str, Any]:
        which = {"ident": self.ident, "revision": self.first}
        self.dirty()
        before = Path(self.scene).read_bytes()
        refused = self.refused(bpy.ops.audobon.restore_version, **which)
        same = Path(self.scene).read_bytes() == before
        bpy.ops.audobon.restore_version(**which, unsaved="save")
        self.until(lambda: self.cube.location.x == 0)
        points = [one.reason for one in self.until(lambda: self.past.points)]
        bpy.ops.audobon.go_back(point=self.past.points[0].id, unsaved="discard")
        self.until(lambda: self.cube.location.x == 7)
        back = list(self.cube.location)
        self.quiet()
        return {
            "dirty": "has changes that are not saved" in refused,
            "same": same,
            "points": points,
            "back": back,
        }

    def old(self) -> dict[str, Any]:
        bpy.ops.audobon.look_at_version(ident=self.ident, revision=self.first)
        self.until(lambda: self.past.old and self.past.old.ready)
        old = self.past.old
        guard = self.here.here().guard
        offers = guard.picks(self.here.state())
        known = set(bpy.data.objects)
        bpy.context.scene.cursor.location = (1, 2, 3)
        for image in list(bpy.data.images):
            bpy.data.images.remove(image)
        bpy.ops.audobon.use_old_part(kind="objects", name="Cube")
        [made] = [each for each in bpy.data.objects if each not in known]
        place = list(made.location)
        [image] = [each for each in bpy.data.images if each.name.startswith("wood")]
        path = os.path.normpath(bpy.path.abspath(image.filepath))
        nothing = self.refused(bpy.ops.audobon.use_old_part, kind="objects", name="No such")
        self.preferences.scripts = "refuse"
        out = self.folder not in Path(old.path).parents
        bpy.ops.audobon.forget_version()
        self.until(lambda: not Path(old.path).exists())
        # A version that would run Python is asked about, as any foreign scene.
        driver = self.cube.driver_add("scale", 0).driver
        driver.expression = "len(bpy.data.objects)"
        scripted = self.version("with a driver")
        self.cube.driver_remove("scale", 0)
        bpy.ops.audobon.look_at_version(ident=self.ident, revision=scripted)
        self.until(lambda: self.past.old and self.past.old.ready)
        known = set(bpy.data.objects)
        refused = self.refused(bpy.ops.audobon.use_old_part, kind="objects", name="Cube")
        same = known == set(bpy.data.objects)
        self.preferences.scripts = "ask"
        bpy.ops.audobon.confirm_old_part(kind="objects", name="Cube")
        came = len(bpy.data.objects) - len(known)
        bpy.ops.wm.open_mainfile(filepath=self.scene)
        return {
            "out": out,
            "offers": ["objects", "Cube"] in [list(one) for one in offers],
            "made": place,
            "image": path == str(self.folder / "wood.png"),
            "nothing": "holds no No such" in nothing,
            "refused": "1 driver with Python" in refused and same,
            "came": came,
        }

    def branches(self) -> dict[str, Any]:
        bpy.context.window_manager.audobon.branch = "night"
        bpy.ops.audobon.add_branch()
        current = lambda: [one.name for one in self.past.branches if one.current]  # noqa: E731
        self.until(lambda: current() == ["night"])
        self.cube.location.x = 20
        self.version("night")
        unplanned = self.refused(bpy.ops.audobon.switch_branch, name="main")
        bpy.ops.audobon.plan_branch(what="switch", name="main")
        plan = self.until(lambda: self.past.plan and self.past.plan.ready and self.past.plan)
        self.dirty()
        refused = self.refused(bpy.ops.audobon.switch_branch, name="main")
        bpy.ops.audobon.switch_branch(name="main", unsaved="discard")
        self.until(lambda: current() == ["main"] and self.cube.location.x == 7)
        text = {one.name: (one.ahead, one.behind) for one in self.past.branches}
        return {
            "unplanned": "shown first" in unplanned,
            "plan": [plan.document, list(plan.written)],
            "refused": "not saved" in refused,
            "text": text,
            "y": self.cube.location.y,
        }

    def merge(self) -> dict[str, Any]:
        self.cube.location.x = 30
        self.version("day")
        asked = []
        for take in ("abort", "theirs"):
            bpy.ops.audobon.plan_branch(what="merge", name="night")
            self.until(lambda: self.past.plan and self.past.plan.ready)
            bpy.ops.audobon.merge_branch(name="night", unsaved="discard")
            merge = self.until(lambda: self.past.merge)
            asked.append([[one.what, one.parts[0].name, *one.takes] for one in merge.conflicts])
            if take == "abort":
                bpy.ops.audobon.abort_merge()
                self.until(lambda: self.past.merge is None)
            else:
                bpy.ops.audobon.resolve(
                    conflict=merge.conflicts[0].id, take=take, unsaved="discard"
                )
        self.until(lambda: self.past.merge is None and self.cube.location.x == 20)
        reasons = [one.reason for one in self.past.points]
        self.quiet()
        bpy.ops.audobon.undo_library()
        self.until(lambda: self.here.session().history and self.past.linked)
        # The library's own undo has written the open file: the panel says so and asks.
        news = [one.why for one in self.past.linked if one.path == self.scene]
        bpy.ops.audobon.reload_file(unsaved="discard")
        undone = self.cube.location.x
        self.until(lambda: not self.past.linked)
        return {"asked": asked, "reasons": reasons[:1], "news": news, "undone": undone}

    def locks(self) -> dict[str, Any]:
        import audobon

        with audobon.Library.open(self.folder, author="Ada <a@b>") as other:
            self.until(lambda: self.ident in self.past.holding)
            [ours] = other.locks()
            bpy.ops.wm.read_homefile(use_factory_startup=False)
            self.until(lambda: not other.locks())
            other.lock(self.ident, program="Krita")
            bpy.ops.wm.open_mainfile(filepath=self.scene)
            self.until(lambda: self.here.state().document)
            held = self.until(lambda: next((one for one in self.past.locks if not one.mine), None))
            told = [held.mine, held.text.startswith("open on"), held.text.endswith("(Ada, Krita)")]
            holding = sorted(self.past.holding)
        self.preferences.lock_open = False
        self.until(lambda: not self.past.locks)
        return {"ours": [ours.program, ours.path], "told": told, "holding": holding}

    def saving(self) -> dict[str, Any]:
        self.preferences.version_on_save = True
        self.cube.location.z = 4
        bpy.ops.wm.save_mainfile()
        text = self.until(lambda: self.here.state().notice.text.startswith("New version: Saved"))
        newest = lambda: self.here.state().document.versions[0].message  # noqa: E731
        self.until(lambda: newest() == "Saved scene.blend")
        self.cube.location.z = 5
        self.version("with a note")  # saves too, and makes one version, not two
        self.quiet()
        messages = [one.message for one in self.here.state().document.versions[:2]]
        bpy.ops.audobon.plan_branch(what="merge", name="night")
        self.until(lambda: self.past.plan and self.past.plan.ready)
        bpy.ops.audobon.merge_branch(name="night")
        self.until(lambda: self.past.merge)
        self.cube.location.z = 6
        bpy.ops.wm.save_mainfile()
        problem = self.until(lambda: self.here.state().notice.problem)
        bpy.ops.audobon.abort_merge()
        self.until(lambda: self.past.merge is None)
        self.preferences.version_on_save = False
        return {"text": text, "messages": messages, "problem": problem.message}

    def other(self) -> dict[str, Any]:
        return branch_job.other(self)

    def links(self) -> dict[str, Any]:
        lamp = self.folder / "lamp.blend"
        bpy.ops.wm.read_homefile(use_factory_startup=False)
        self.lamp(lamp, 1.0)
        first = self.version("lamp one")
        ident = self.here.state().document.asset.id
        copy = lamp.with_name(f"lamp {first[:8]}.blend")
        made: list[str] = []
        self.here.session().history.take_out(ident, first, then=made.append)
        self.until(lambda: made)
        bpy.ops.wm.open_mainfile(filepath=self.scene)
        for path in (lamp, copy):
            with bpy.data.libraries.load(str(path), link=True, relative=True) as (_, wanted):
                wanted.objects = ["Lamp"]
        bpy.ops.wm.save_mainfile()
        self.until(lambda: self.here.state().document)
        historian = self.here.session()._now.historian
        self.until(lambda: {str(lamp), str(copy)} <= set(historian._stamps))
        before = sorted(each.location.x for each in bpy.data.objects if each.library)
        self.write(lamp, 5.0, "lamp two")
        linked = self.until(lambda: len(self.past.linked) == 2 and self.past.linked)
        why = sorted(one.why for one in linked)
        bpy.ops.audobon.update_linked(path=str(lamp))
        self.until(lambda: len(self.past.linked) == 1)
        one = sorted(each.location.x for each in bpy.data.objects if each.library)
        bpy.ops.audobon.update_linked()
        self.until(lambda: not self.past.linked)
        both = sorted(each.location.x for each in bpy.data.objects if each.library)
        names = {os.path.basename(each.filepath) for each in bpy.data.libraries}
        paths = {each.filepath[:2] for each in bpy.data.libraries}
        nothing = bpy.ops.audobon.update_linked()
        return {
            "before": before,
            "why": why,
            "one": one,
            "both": both,
            "names": sorted(names),
            "relative": sorted(paths),
            "nothing": sorted(nothing),
        }

    def lamp(self, path: Path, x: float) -> None:
        """Open a file with a lamp at this place."""
        for each in list(bpy.data.objects):
            bpy.data.objects.remove(each)
        made = bpy.data.objects.new("Lamp", None)
        made.location.x = x
        bpy.context.scene.collection.objects.link(made)
        bpy.ops.wm.save_as_mainfile(filepath=str(path))

    def write(self, path: Path, x: float, note: str) -> None:
        """Another Blender saves the lamp elsewhere, and another program makes a version of it."""
        import audobon

        made = bpy.data.objects.new("Lamp", None)
        made.name, made.location.x = "Lamp", x
        bpy.data.libraries.write(str(path), {made}, fake_user=True)
        bpy.data.objects.remove(made)
        with audobon.Library.open(self.folder) as other:
            other.commit(note)
