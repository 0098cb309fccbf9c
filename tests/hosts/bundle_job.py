"""Bundles, tags as a file and the room of caches by the add-on's operators, in a Blender."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy
import saving_job
from saving_job import enable, notice, wait

saving_job.PATIENCE_S = 120.0


def bundles(folder: str) -> dict[str, Any]:
    """All of it, in a folder with a material in two sizes and a chair in two versions."""
    here = enable()
    wait(here, lambda: here.session() is not None)
    settings = bpy.context.window_manager.audobon
    bpy.ops.audobon.create_library(directory=folder)
    wait(here, lambda: here.state().found.total == 7)
    settings.bundled = True
    wait(here, lambda: here.state().found.total == 3)
    told: dict[str, Any] = {"one": names(here)}
    ident = choose(here, "Rock_2K_Color.png")
    bundle = here.state().chosen.bundle
    told["bundle"] = [bundle.name, bundle.kind, list(bundle.sizes), len(bundle.parts)]
    told["given"] = {size: given(here, settings, size) for size in ("", "1k", "2k")}
    told["by hand"] = material(here, size="1k")
    bpy.ops.audobon.map_size(size="1k")
    bpy.ops.audobon.use_image(use="plane")
    wait(here, lambda: any("Rock_1K_Color" in each.name for each in bpy.data.images))
    nodes = bpy.context.active_object.active_material.node_tree.nodes
    image = next(node.image for node in nodes if node.type == "TEX_IMAGE")
    told["plane"] = os.path.basename(image.filepath)
    settings.bundled = False
    wait(here, lambda: here.state().found.total == 7)
    settings.bundled = True
    wait(here, lambda: here.state().found.total == 3)
    choose(here, "chair_v2.png")
    told["versions"] = [part.asset.name for part in here.state().chosen.bundle.parts]
    bpy.ops.audobon.take_apart()
    wait(here, lambda: here.state().found.total == 4)
    bpy.ops.audobon.undo_library()
    wait(here, lambda: here.state().found.total == 3)
    here.session().selection.everything()
    wait(here, lambda: here.state().selection.count == 3)
    bpy.ops.audobon.put_together(name="All")
    wait(here, lambda: "chair_v1.png" in names(here))
    told["together"] = names(here)
    bpy.ops.audobon.undo_library()
    wait(here, lambda: "chair_v2.png" in names(here))
    told |= carried(here, folder, ident)
    return told


def names(here: Any) -> list[str]:
    return sorted(asset.name for asset in here.state().found.assets)


def choose(here: Any, name: str) -> str:
    asset = next(one for one in here.state().found.assets if one.name == name)
    bpy.ops.audobon.choose(ident=asset.id)

    def there() -> bool:
        chosen = here.state().chosen
        return chosen is not None and chosen.complete and chosen.asset.id == asset.id

    wait(here, there)
    return str(asset.id)


def given(here: Any, settings: Any, size: str) -> list[str]:
    """The files of the material that the cube gets while this size is chosen."""
    settings.map_size = size
    files = material(here)
    settings.map_size = ""
    return files


def material(here: Any, **how: Any) -> list[str]:
    cube = bpy.data.objects["Cube"]
    bpy.context.view_layer.objects.active = cube
    bpy.ops.audobon.give_material(**how)
    nodes = cube.active_material.node_tree.nodes
    return sorted({os.path.basename(n.image.filepath) for n in nodes if n.type == "TEX_IMAGE"})


def carried(here: Any, folder: str, ident: str) -> dict[str, Any]:
    """Tags go out of this library and into it again; a cache gets its room."""
    session = here.session()
    session.edit(ident, add_tags=["stone"], rating=4)
    file = str(Path(folder).with_suffix(".json"))
    wait(here, lambda: here.state().tags)
    bpy.ops.audobon.export_tags(filepath=file)
    written = notice(here, "written")
    session.edit(ident, remove_tags=["stone"], rating=0)
    wait(here, lambda: here.state().chosen and not here.state().tags[0][1])
    bpy.ops.audobon.import_tags(filepath=file)
    taken = notice(here, "marked")
    Path(file).write_text("{")
    bpy.ops.audobon.import_tags(filepath=file)
    problem = wait(here, lambda: (n := here.state().notice) and n.problem)
    bpy.ops.audobon.limit_cache(name="previews", megabytes=500)
    limited = notice(here, "At most", after=here.state().notice)
    rooms = {cache.name: cache.budget for cache in here.state().caches}
    return {
        "written": written,
        "taken": taken,
        "problem": [problem.message, problem.hint],
        "limited": limited,
        "rooms": rooms,
    }
