"""Pictures, paintings and materials brought in several at once: a part of ``use_job``."""

from __future__ import annotations

import importlib
from typing import Any

import bpy

__all__ = ["kinds"]


def _found(job: Any, *names: str) -> str:
    """The ids of these assets; none of them is chosen then, and all are read."""
    ids = []
    wanted = importlib.import_module("audobon.session").Wanted
    for name in names:
        job.here.session().search(wanted(f'"{name}"'))
        job.until(
            lambda name=name: (
                not job.here.state().searching
                and [one for one in job.here.state().found.assets if name in one.name]
            )
        )
        ids.append(job.here.state().found.assets[0].id)
    bpy.ops.audobon.choose(ident="")
    job.until(lambda: job.here.state().chosen is None)
    ready = job.here.here().ready.prepare(job.here.session(), ids)
    job.until(ready.is_set)
    return " ".join(ids)


def kinds(job: Any) -> dict[str, Any]:
    """Pictures, paintings and materials at once, beside scenes."""
    import use_job  # which imports this module

    told: dict[str, Any] = {}
    ids = _found(job, "photo", "sign", "crate")
    several = bpy.ops.audobon.place_several
    for kind in ("PLANE", "EMPTY"):
        known = set(bpy.data.objects)
        several(ids=ids, layout_as="ROW", count=2, gap=0.5, pictures_as=kind)
        made = [one for one in bpy.data.objects if one not in known]
        bpy.context.view_layer.update()
        pictures = [one for one in made if one.name.startswith(("photo", "sign"))]
        told[kind] = [
            len(made),
            sorted({one.type for one in pictures}),
            len({one.data.name for one in pictures}),
            sorted(round(one.matrix_world.translation.x, 3) for one in pictures),
            sorted(round(one.matrix_world.to_euler().x, 3) for one in pictures),
        ]
    use_job._empty()
    told["nobody"] = job.refused(lambda: several(ids=_found(job, "gold")))
    boxes = [use_job._object(f"Box {n}", use_job._box(f"Box {n}", (1, 1, 1))) for n in range(3)]
    for one in boxes:
        one.select_set(True)
    several(ids=_found(job, "gold", "photo"), layout_as="ROW", pictures_as="MATERIAL")
    told["turns"] = [one.active_material.name.partition(".")[0] for one in boxes]
    several(ids=_found(job, "wall_albedo", "wall_arm"), layout_as="GRID", pictures_as="MATERIAL")
    told["set"] = sorted({one.active_material.name for one in boxes})
    several(ids=_found(job, "gold", "photo"), layout_as="SCATTER", seed=3,
            pictures_as="MATERIAL")  # fmt: skip
    first = [one.active_material.name.partition(".")[0] for one in boxes]
    several(ids=_found(job, "gold", "photo"), layout_as="SCATTER", seed=3,
            pictures_as="MATERIAL")  # fmt: skip
    told["chance"] = first == [one.active_material.name.partition(".")[0] for one in boxes]
    job.here.session().search(importlib.import_module("audobon.session").Wanted())
    return told
