"""What the add-on does with real networks, in any Blender: run inside one by the tests beside it.

``main(module, folder)`` makes new images of images of every kind, reviews suggested tags, finds
what looks alike and installs a model, through the add-on's own operators.
"""

from __future__ import annotations

import array
import importlib
import os
import time
from collections.abc import Callable
from typing import Any

import bpy

PATIENCE_S = 240.0


def main(module: str, folder: str) -> dict[str, Any]:
    """Do all of it; what was seen on the way, as plain data."""
    job = _Job(importlib.import_module(f"{module}.ui.here"), folder)
    job.until(lambda: job.here.session() is not None)
    bpy.ops.audobon.create_library(directory=folder)
    job.until(lambda: job.here.state().found.total == 4)
    told: dict[str, Any] = {"version": bpy.app.version_string}
    for part in (job.engine, job.images, job.kept, job.refused, job.review, job.alike, job.install):
        told |= part()
    return told


def without(module: str, folder: str) -> dict[str, Any]:
    """With Blender's own Python as the engine, which has nothing that computes."""
    job = _Job(importlib.import_module(f"{module}.ui.here"), folder)
    job.until(lambda: job.here.session() is not None)
    bpy.ops.audobon.create_library(directory=folder)
    job.until(lambda: job.here.state().found.total == 4)
    job.here.here().results.seen = True
    tools = job.until(lambda: job.here.state().tools)
    told: dict[str, Any] = {
        "lacks": {each.name: each.lacks for each in tools.offers if each.name in ("normal", "tags")}
    }
    image = bpy.data.images.new("painted", 20, 16)
    job.show(image)
    for pipeline in ("normal", "upscale"):
        number = job.number()
        bpy.ops.audobon.transform(pipeline=pipeline)
        problem = job.problem(number)
        told[pipeline] = [problem.message, problem.hint]
    job.choose("cat.png")
    number = job.number()
    bpy.ops.audobon.alike(of="asset")
    problem = job.problem(number)
    told["alike"] = [problem.message, problem.hint]
    return told


class _Job:
    def __init__(self, here: Any, folder: str) -> None:
        self.here = here
        self.folder = folder

    def until(self, fits: Callable[[], Any]) -> Any:
        end = time.monotonic() + PATIENCE_S
        while not (found := fits()):
            self.here.pump()
            if time.monotonic() > end:
                state = self.here.state()
                shown = (state.chosen, state.queue, state.doing, state.found.total, state.like)
                raise AssertionError(f"never: {self.here.here().app.trouble} {shown}")
            time.sleep(0.01)
        return found

    def problem(self, number: int) -> Any:
        """The failure of what was asked for, once there is one."""

        def fits() -> Any:
            notice = self.here.state().notice
            new = notice is not None and notice.number != number
            return new and notice.problem is not None and notice.problem

        return self.until(fits)

    def number(self) -> int:
        notice = self.here.state().notice
        return 0 if notice is None else notice.number

    def engine(self) -> dict[str, Any]:
        """Nothing is looked at before somebody sees the panel."""
        for _ in range(5):
            self.here.pump()
        early = self.here.state().tools
        self.here.here().results.seen = True
        tools = self.until(lambda: self.here.state().tools)
        ready = {each.name for each in tools.offers if each.ready}
        lack = tools.offer("upscale")
        return {
            "early": early is None,
            "openvino": bool(dict(tools.parts)["openvino"]),
            "ready": sorted(ready & {"normal", "seamless", "tags", "embed", "span-x2"}),
            "missing": list(lack.missing),
        }

    def show(self, image: Any) -> None:
        """Make an image the active one: as a texture node, for there are no editors here."""
        material = bpy.data.objects["Cube"].active_material
        bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
        material.use_nodes = True
        nodes = material.node_tree.nodes
        node = nodes.get("shown") or nodes.new("ShaderNodeTexImage")
        node.name, node.image = "shown", image
        nodes.active = node

    def made(self, pipeline: str, image: Any) -> Any:
        """Make a new image of one; the new one."""
        self.show(image)
        known = set(bpy.data.images.keys())
        number = self.number()
        bpy.ops.audobon.transform(pipeline=pipeline)

        def fits() -> Any:
            notice = self.here.state().notice
            if notice is not None and notice.number != number and notice.problem is not None:
                raise AssertionError(notice.problem.details)
            return set(bpy.data.images.keys()) - known

        (name,) = self.until(fits)
        return bpy.data.images[name]

    def images(self) -> dict[str, Any]:
        settings = bpy.context.window_manager.audobon
        settings.ai_factor = "2"
        told = {}
        for name, image in self.sources().items():
            before = _pixels(image)
            was = (image.source, image.is_dirty, image.filepath, image.packed_file is None)
            new = self.made("upscale", image)
            told[name] = {
                "name": new.name,
                "size": list(new.size),
                "alpha": _alpha(new),
                "brightest": max(_pixels(new)),
                "mean": _mean(new) - _mean(image),
                "packed": new.packed_file is not None,
                "float": new.is_float,
                "space": new.colorspace_settings.name == image.colorspace_settings.name,
                "kept": new.use_fake_user,
                "same": before == _pixels(image)
                and was
                == (image.source, image.is_dirty, image.filepath, image.packed_file is None),
            }
        last = self.here.here().results.last
        thumbs = self.here.here().thumbs
        # Pictures are written by a thread and shown by a pump that follows.
        told["shown"] = [
            self.until(lambda key=key: thumbs.has(key)) for key in (last.before, last.after)
        ]
        told["shown"].append(last.label)
        bpy.ops.ed.undo()
        told["undone"] = sorted(set(told) & set(bpy.data.images.keys()))
        told["gone"] = bpy.data.images.get(last.result) is None
        return {"images": told}

    def sources(self) -> dict[str, Any]:
        """An image of each kind. Undo must not take them back, so they are a step of their own."""
        file = bpy.data.images.load(os.path.join(self.folder, "flower.png"))
        packed = bpy.data.images.load(os.path.join(self.folder, "flower.png"))
        packed.name = "packed.png"
        packed.pack()
        packed.filepath_raw = "//nowhere.png"
        painted = bpy.data.images.new("painted", 20, 16, alpha=True)
        painted.pixels.foreach_set(
            array.array("f", [v for i in range(320) for v in (0.2, 0.4, 0.6, (i % 20) / 19)])
        )
        plain = bpy.data.images.new("plain", 20, 16, alpha=False)
        plain.generated_color = (0.5, 0.25, 0.75, 1)
        light = bpy.data.images.new("light", 20, 16, alpha=False, float_buffer=True)
        light.pixels.foreach_set(array.array("f", [4.0, 2.0, 0.5, 1.0] * 320))
        deep = bpy.data.images.load(os.path.join(self.folder, "deep.png"))
        found = (file, packed, painted, plain, light, deep)
        for image in found:
            image.use_fake_user = True
            _pixels(image)
        bpy.ops.ed.undo_push(message="sources")
        return {image.name: image for image in found}

    def kept(self) -> dict[str, Any]:
        """As a file beside an asset it is an asset too; unsaved images lie beside the open file."""
        settings = bpy.context.window_manager.audobon
        settings.ai_keep = "beside"
        image = bpy.data.images.get("flower.png")
        normal = self.made("normal", image)
        self.until(lambda: self.here.state().found.total == 5)
        painted = bpy.data.images.get("painted")
        self.show(painted)
        homeless = _refusal(lambda: bpy.ops.audobon.transform(pipeline="seamless"))
        bpy.ops.wm.save_as_mainfile(filepath=os.path.join(self.folder, "open.blend"))
        tiling = self.made("seamless", bpy.data.images["painted"])
        settings.ai_keep = "packed"
        return {
            "normal": [
                os.path.relpath(bpy.path.abspath(normal.filepath), self.folder),
                normal.packed_file is None,
                normal.colorspace_settings.name,
                normal.name,
            ],
            "homeless": homeless,
            "tiling": os.path.relpath(bpy.path.abspath(tiling.filepath), self.folder),
        }

    def refused(self) -> dict[str, Any]:
        """What cannot be done is a sentence: of the click, or of the work."""
        told = {}
        gone = bpy.data.images.load(os.path.join(self.folder, "flower.png"))
        gone.name, gone.filepath_raw = "gone", os.path.join(self.folder, "gone.png")
        tiles = bpy.data.images.new("tiles", 8, 8, tiled=True)
        data = bpy.data.images.new("data", 8, 8, alpha=True)
        data.alpha_mode = "CHANNEL_PACKED"
        for image in (gone, tiles, data):
            self.show(image)
            told[image.name] = _refusal(lambda: bpy.ops.audobon.transform(pipeline="normal"))
        small = bpy.data.images.new("small", 4, 4)
        for name, pipeline in (("missing", "cutout"), ("tiny", "seamless")):
            number = self.number()
            self.show(small)
            bpy.ops.audobon.transform(pipeline=pipeline)
            problem = self.problem(number)
            told[name] = [problem.message, problem.hint]
        self.show(None)
        told["none"] = _refusal(lambda: bpy.ops.audobon.transform(pipeline="normal"))
        told["view"] = _refusal(lambda: bpy.ops.audobon.alike(of="view"))
        large = bpy.data.images.new("large", 1000, 1000)
        self.show(large)
        number, known = self.number(), len(bpy.data.images)
        bpy.ops.audobon.transform(pipeline="upscale")
        self.until(lambda: self.here.state().computing)
        bpy.ops.audobon.cancel_computing()
        notice = self.until(lambda: self.number() != number and self.here.state().notice)
        assert len(bpy.data.images) == known
        told["cancelled"] = notice.text
        return {"refused": told}

    def choose(self, name: str) -> Any:
        def fits() -> Any:
            chosen = self.here.state().chosen
            return chosen is not None and chosen.complete and chosen.asset.name == name and chosen

        ident = self.here.session().state
        ident = next(each.id for each in ident.found.assets if each.name == name)
        bpy.ops.audobon.choose(ident=ident)
        return self.until(fits)

    def review(self) -> dict[str, Any]:
        """Suggested, shown one after another, decided and taken back."""
        self.choose("cat.png")
        bpy.ops.audobon.suggest_tags(found=False)
        chosen = self.until(
            lambda: self.here.state().chosen.suggestions and self.here.state().chosen
        )
        told: dict[str, Any] = {"suggested": [each.tag for each in chosen.suggestions]}
        bpy.ops.audobon.choose(ident="")
        self.until(lambda: self.here.state().chosen is None)
        bpy.ops.audobon.next_suggestions()
        self.until(lambda: self.here.state().chosen is not None)
        told["next"] = self.here.state().chosen.asset.name
        self.until(lambda: self.here.state().chosen.suggestions)
        tag = chosen.suggestions[0].tag
        for verdict in ("accept", "reject", "always", "never"):
            bpy.ops.audobon.decide(tag=tag, verdict=verdict)
            self.until(lambda: not self.has(tag))
            told[verdict] = list(self.here.state().chosen.asset.tags)
            bpy.ops.audobon.undo_library()
            self.until(lambda: self.has(tag))
        told["after"] = list(self.here.state().chosen.asset.tags)
        bpy.ops.audobon.decide(tag="", verdict="accept")
        self.until(lambda: not self.here.state().chosen.suggestions)
        told["all"] = list(self.here.state().chosen.asset.tags)
        return {"review": told}

    def has(self, tag: str) -> bool:
        chosen = self.here.state().chosen
        return any(each.tag == tag for each in chosen.suggestions)

    def alike(self) -> dict[str, Any]:
        """Like an asset, and like an image that is no asset."""
        self.choose("flower.png")
        bpy.ops.audobon.alike(of="asset")
        self.until(lambda: self.here.state().like)
        number, unseen = self.number(), len(self.here.state().like.unseen)
        bpy.ops.audobon.look_at_unseen()
        self.until(lambda: self.number() != number)
        told: dict[str, Any] = {"unseen": unseen}
        bpy.ops.audobon.alike(of="asset")
        self.until(lambda: self.here.state().like.ids and not self.here.state().searching)
        found = self.here.state().found
        told["asset"] = [asset.name for asset in found.assets][:1]
        bpy.ops.audobon.leave_alike()
        self.until(lambda: self.here.state().like is None)
        self.show(bpy.data.images["packed.png"])
        bpy.ops.audobon.alike(of="image")
        like = self.until(lambda: self.here.state().like)
        self.until(lambda: self.here.state().found.assets[:1] and not self.here.state().searching)
        told["image"] = [like.label, self.here.state().found.assets[0].name, like.scores[0] > 0.98]
        bpy.ops.audobon.leave_alike()
        self.until(lambda: self.here.state().like is None and not self.here.state().searching)
        told["left"] = self.here.state().found.total
        return {"alike": told}

    def install(self) -> dict[str, Any]:
        """Only where online access is allowed. The package was fetched before: nothing goes out."""
        package = self.here.here().package
        preferences = bpy.context.preferences
        switch = bpy.app.online_access if hasattr(bpy.app, "online_access") else None
        told: dict[str, Any] = {"switch": switch}
        if switch is not None:
            preferences.system.use_online_access = False
        told["offline"] = _refusal(lambda: bpy.ops.audobon.install_model(name="denoise"))
        if switch is not None:
            preferences.system.use_online_access = True
        else:
            preferences.addons[package].preferences.online = True
        number = self.number()
        bpy.ops.audobon.install_model(name="denoise")
        notice = self.until(lambda: self.number() != number and self.here.state().notice)
        told["installed"] = notice.text if notice.problem is None else notice.problem.message
        tools = self.until(
            lambda: self.here.state().tools.offer("denoise").ready and self.here.state().tools
        )
        told["there"] = [name for name, _ in tools.installed if name.startswith("waifu")]
        return {"install": told}


def _pixels(image: Any) -> list[float]:
    found = array.array("f", bytes(4 * len(image.pixels)))
    image.pixels.foreach_get(found)
    return list(found)


def _alpha(image: Any) -> list[float]:
    pixels = _pixels(image)[3::4]
    return [min(pixels), max(pixels)]


def _mean(image: Any) -> float:
    pixels = _pixels(image)
    colors = [pixels[place] for place in range(len(pixels)) if place % 4 != 3]
    return sum(colors) / len(colors)


def _refusal(call: Callable[[], Any]) -> str:
    try:
        return str(call())
    except RuntimeError as error:
        return str(error)
