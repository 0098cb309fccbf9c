"""What the add-on does with real files, in any Blender: run inside one by the tests beside it.

``main(module, folder)`` saves, finds, uses and versions assets through the add-on's own operators.
Where Blender runs no timers, their step is called by hand.
"""

from __future__ import annotations

import importlib
import os
import time
from typing import Any

import bpy
import grid_job

PATIENCE_S = 240.0


def main(module: str, folder: str) -> dict[str, Any]:
    """Do all of it; what was seen on the way, as plain data."""
    here = importlib.import_module(f"{module}.ui.here")
    job = _Job(here, folder)
    job.until(lambda: here.session() is not None)
    bpy.ops.audobon.create_library(directory=folder)
    job.until(lambda: here.state().found.total == 2)
    told = {"version": bpy.app.version_string, "python": here.state().engine.state}
    for part in (job.save, job.use, job.pictures, job.versions, job.trouble, job.foreign):
        told |= part()
    told |= grid_job.many(job)
    told |= job.open()
    told["slowest_ms"] = max(here.here().times) * 1000
    return told


def opened(here: Any, folder: str) -> None:
    """Wait until this library is open."""
    job = _Job(here, folder)
    job.until(lambda: here.session() is not None)
    if here.state().phase == "closed":
        bpy.ops.audobon.open_recent(path=folder)
    job.until(lambda: here.state().phase == "open")


class _Job:
    def __init__(self, here: Any, folder: str) -> None:
        self.here = here
        self.folder = folder

    def until(self, fits: Any) -> Any:
        end = time.monotonic() + PATIENCE_S
        while not (found := fits()):
            self.here.pump()
            if time.monotonic() > end:
                raise AssertionError(f"it never came: {str(self.here.state())[:1500]}")
            time.sleep(0.01)
        return found

    def notice(self, words: str) -> str:
        """Wait for the message that begins so."""

        def fits() -> Any:
            notice = self.here.state().notice
            if notice is not None and notice.problem is not None:
                raise AssertionError(f"{notice.text}: {notice.problem.details}")
            return notice is not None and notice.text.startswith(words) and notice.text

        return str(self.until(fits))

    def choose(self, name: str) -> Any:
        self.here.session().search(_wanted(self.here, f"name:{name}"))
        self.until(lambda: not self.here.state().searching and self.here.state().found.total)
        asset = self.here.state().found.assets[0]
        bpy.ops.audobon.choose(ident=asset.id)

        def fits() -> Any:
            chosen = self.here.state().chosen
            if chosen is None or not chosen.complete or chosen.asset.id != asset.id:
                return False
            inside = self.here.state().inside
            return asset.kind != "blend" or (inside is not None and inside.ident == asset.id)

        self.until(fits)
        return self.here.state().chosen.asset

    def save(self) -> dict[str, Any]:
        settings = bpy.context.window_manager.audobon
        cube = bpy.data.objects["Cube"]
        bpy.context.view_layer.objects.active = cube
        cube.select_set(True)
        settings.name, settings.new_tags = "Crate", "wood, prop"
        before = (len(bpy.data.collections), len(bpy.data.objects))
        bpy.ops.audobon.save_objects()
        text = self.notice("Crate.blend")
        # The page may know it from before it got its tags; the closer look does not.
        chosen = self.until(lambda: (one := self.here.state().chosen) and one.complete and one)
        asset = chosen.asset
        same = before == (len(bpy.data.collections), len(bpy.data.objects))
        bpy.ops.audobon.save_material()
        material = self.notice("Material.blend")
        return {"saved": text, "tags": list(asset.tags), "same": same, "material": material}

    def use(self) -> dict[str, Any]:
        self.choose("crate")
        bpy.context.scene.cursor.location = (3, 2, 1)
        known = set(bpy.data.objects)
        bpy.ops.audobon.use_scene(how="APPEND")
        made = [each for each in bpy.data.objects if each not in known]
        appended = [list(each.location) for each in made]
        marked = [each.name for each in bpy.data.collections if each.asset_data]
        bpy.ops.audobon.use_scene(how="LINK")
        linked = bpy.context.active_object
        self.choose("material")
        bpy.context.view_layer.objects.active = made[0]
        bpy.ops.audobon.use_scene(how="APPEND")
        return {
            "appended": appended,
            "marked": marked,
            "instance": linked.instance_type == "COLLECTION" and list(linked.location),
            "library": [os.path.basename(each.filepath) for each in bpy.data.libraries],
            "given": made[0].active_material.name.startswith("Material"),
        }

    def pictures(self) -> dict[str, Any]:
        self.choose("rusty")
        bpy.ops.audobon.use_image(use="plane")
        plane = bpy.context.active_object
        size = [round(value, 3) for value in plane.dimensions]
        wired = plane.active_material.node_tree.nodes
        bpy.ops.audobon.use_image(use="empty")
        empty = bpy.context.active_object
        bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
        bpy.ops.audobon.use_image(use="texture")
        tree = bpy.data.objects["Cube"].active_material.node_tree
        bpy.ops.audobon.use_image(use="world")
        world = bpy.context.scene.world.node_tree
        return {
            "plane": size,
            "plane_image": any(node.type == "TEX_IMAGE" for node in wired),
            "empty": [empty.empty_display_type, empty.data.name],
            "texture": any(link.from_node.type == "TEX_IMAGE" for link in tree.links),
            "world": any(link.from_node.type == "TEX_ENVIRONMENT" for link in world.links),
        }

    def versions(self) -> dict[str, Any]:
        settings = bpy.context.window_manager.audobon
        scene = os.path.join(self.folder, "scene.blend")
        bpy.ops.wm.save_as_mainfile(filepath=scene)
        settings.note = "as it was"
        bpy.ops.audobon.new_version()
        self.notice("New version: as it was")
        bpy.data.objects["Cube"].location.x = 7
        settings.note = "moved"
        bpy.ops.audobon.new_version()
        self.notice("New version: moved")
        self.until(lambda: len(self.here.state().document.versions) == 2)
        newest, oldest = self.here.state().document.versions
        document = self.here.state().document.asset
        bpy.ops.audobon.restore_copy(ident=document.id, revision=oldest.id)
        name = self.notice("Restored as").removeprefix("Restored as ")
        bpy.ops.wm.open_mainfile(filepath=os.path.join(self.folder, name))
        was = bpy.data.objects["Cube"].location.x
        bpy.ops.wm.open_mainfile(filepath=scene)
        now = bpy.data.objects["Cube"].location.x
        alive = self.here.session().state.phase
        return {
            "messages": [newest.message, oldest.message],
            "was": was,
            "now": now,
            "alive": alive,
        }

    def trouble(self) -> dict[str, Any]:
        """A library that is none is a sentence, and Blender goes on."""
        bpy.ops.audobon.open_recent(path=os.path.dirname(self.folder))
        problem = self.until(lambda: self.here.state().problem)
        bpy.ops.audobon.open_recent(path=self.folder)
        self.until(lambda: self.here.state().phase == "open" and self.here.state().found.total)
        return {"problem": problem.message, "code": problem.code}

    def foreign(self) -> dict[str, Any]:
        """A scene with a script comes in only after a yes, and never where that is refused."""
        path = os.path.join(self.folder, "foreign.blend")
        driver = bpy.data.objects["Cube"].driver_add("scale", 0).driver
        driver.expression = "len(bpy.data.objects)"
        bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
        bpy.data.objects["Cube"].driver_remove("scale", 0)
        self.here.session().do("add", lambda library, _report: library.add(path) and "Added it")
        self.notice("Added it")
        self.choose("foreign")
        names = self.names()
        told = [one.code for one in self.here.state().inside.check.findings if one.runs]
        preferences = bpy.context.preferences.addons[self.here.here().package].preferences
        refused = [self.refusal()]
        preferences.scripts = "refuse"
        refused.append(self.refusal())
        preferences.scripts = "ask"
        known = len(bpy.data.objects)
        bpy.ops.audobon.confirm_scripts(then="use_scene")
        came = len(bpy.data.objects) > known
        os.utime(path)
        bpy.ops.audobon.use_scene(how="APPEND")  # has it read again, and does nothing else
        self.until(lambda: self.here.state().inside)
        refused.append(self.refusal())
        return {"scripts": told, "refused": refused, "came": came, "names": names}

    def names(self) -> list[Any]:
        """What the session and Blender itself read in the chosen scene."""
        package = self.here.__name__.rpartition(".ui.")[0]
        using, scenes = (
            importlib.import_module(f"{package}.{name}") for name in ("logic.using", "host.scenes")
        )
        asset, inside = self.here.chosen(), self.here.state().inside
        both = (
            using.contents_of(inside, asset.id, inside.stamp),
            scenes.contents(asset.file),
        )
        return [
            {kind: [sorted(found.names[kind]), sorted(found.marked[kind])] for kind in using.KINDS}
            for found in both
        ]

    def refusal(self) -> str:
        known = len(bpy.data.objects)
        try:
            bpy.ops.audobon.use_scene(how="APPEND")
        except RuntimeError as error:
            assert len(bpy.data.objects) == known
            return str(error)
        return "it came in"

    def open(self) -> dict[str, Any]:
        """The asset's file itself, in place of the present one."""
        self.choose("crate")
        bpy.ops.audobon.open_asset()
        return {"opened": os.path.relpath(bpy.data.filepath, self.folder)}


def _wanted(here: Any, text: str) -> Any:
    from audobon.session import Wanted

    return Wanted(text)
