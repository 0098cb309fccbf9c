# SPDX-License-Identifier: GPL-3.0-or-later
"""A texture set as one wired material."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import bpy

from .pictures import image_of

if TYPE_CHECKING:
    from audobon.model.textureset import TextureMap, TextureSet

__all__ = ["BUMP", "DISPLACE", "material_of"]

BUMP, DISPLACE = "BUMP", "DISPLACE"
"""What a map of heights does: changes how light falls, or moves the surface when rendered."""

_COLOURS = ("color", "emission")
_SOCKETS = {  # of the Principled shader, by role: names of Blender 4 and newer, then older ones
    "color": ("Base Color",),
    "gloss": ("Roughness",),
    "roughness": ("Roughness",),
    "metallic": ("Metallic",),
    "opacity": ("Alpha",),
    "emission": ("Emission Color", "Emission"),
    "specular": ("Specular IOR Level", "Specular"),
}
_STEP = 300  # of nodes, in pixels of the editor
_DEPTH = 0.05
# Metres between black and white of a map of heights; a wall of stones has about that.


def material_of(textures: TextureSet, heights: str = BUMP) -> Any:
    """A new material with everything wired. RuntimeError when a picture cannot be read."""
    images = [image_of(one.file, data=one.role not in _COLOURS) for one in textures.maps]
    material = bpy.data.materials.new(textures.name)
    material.use_nodes = True
    _Wiring(material, heights).wire(list(zip(textures.maps, images, strict=True)))
    return material


class _Wiring:
    def __init__(self, material: Any, heights: str) -> None:
        self._material, self._heights = material, heights
        tree = material.node_tree
        self._nodes, self._links = tree.nodes, tree.links
        self._shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
        self._output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
        self._row = 0

    def wire(self, pictures: Sequence[tuple[TextureMap, Any]]) -> None:
        place = self._new("ShaderNodeTexCoord", -5)
        mapping = self._new("ShaderNodeMapping", -4)
        self._links.new(place.outputs["UV"], mapping.inputs["Vector"])
        found: dict[str, Any] = {}
        directx = False
        for each, image in pictures:
            node = self._picture(each, image)
            self._links.new(mapping.outputs["Vector"], node.inputs["Vector"])
            directx = directx or each.directx
            if not each.channels:
                found[each.role] = node.outputs["Color"]
                continue
            parts = self._split(node.outputs["Color"])
            for role, part in zip(each.channels, parts, strict=True):
                if role:
                    found.setdefault(role, part)  # one that has a picture of its own comes first
        self._connect(found, directx=directx)

    def _new(self, kind: str, column: int) -> Any:
        node = self._nodes.new(kind)
        at = self._shader.location
        node.location = (at.x + column * _STEP, at.y - self._row * _STEP)
        return node

    def _picture(self, each: TextureMap, image: Any) -> Any:
        node = self._new("ShaderNodeTexImage", -3)
        self._row += 1
        node.image = image
        node.label = each.role
        return node

    def _split(self, colour: Any) -> list[Any]:
        node = self._new("ShaderNodeSeparateColor", -2)
        self._links.new(colour, node.inputs[0])
        return list(node.outputs)[:3]

    def _connect(self, found: dict[str, Any], *, directx: bool) -> None:
        if "ao" in found and "color" in found:
            found["color"] = self._shaded(found["color"], found["ao"])
        if "gloss" in found:
            found["gloss"] = self._inverted(found["gloss"])
        for role, names in _SOCKETS.items():  # of gloss and roughness the latter stays
            if role in found:
                self._links.new(found[role], self._input(*names))
        if "emission" in found:
            self._input("Emission Strength").default_value = 1.0
        if "opacity" in found and hasattr(self._material, "blend_method"):
            self._material.blend_method = "HASHED"  # for the old EEVEE; the new one needs nothing
        self._shape(found, directx=directx)

    def _input(self, *names: str) -> Any:
        return next(self._shader.inputs[name] for name in names if name in self._shader.inputs)

    def _shaded(self, colour: Any, ao: Any) -> Any:
        """The colour times the ambient occlusion."""
        node = self._new("ShaderNodeMix", -1)
        node.data_type, node.blend_type = "RGBA", "MULTIPLY"
        factor, a, b = (
            next(one for one in node.inputs if one.identifier == name)
            for name in ("Factor_Float", "A_Color", "B_Color")
        )
        factor.default_value = 1.0
        self._links.new(colour, a)
        self._links.new(ao, b)
        return next(one for one in node.outputs if one.identifier == "Result_Color")

    def _inverted(self, value: Any) -> Any:
        node = self._new("ShaderNodeInvert", -1)
        self._links.new(value, node.inputs["Color"])
        return node.outputs["Color"]

    def _shape(self, found: dict[str, Any], *, directx: bool) -> None:
        normal = None
        if "normal" in found:
            colour = self._upward(found["normal"]) if directx else found["normal"]
            node = self._new("ShaderNodeNormalMap", -1)
            self._links.new(colour, node.inputs["Color"])
            normal = node.outputs["Normal"]
        if "height" in found and self._heights == DISPLACE:
            self._displace(found["height"])
        elif "height" in found:
            bump = self._new("ShaderNodeBump", -1)
            bump.inputs["Distance"].default_value = _DEPTH
            self._links.new(found["height"], bump.inputs["Height"])
            if normal is not None:
                self._links.new(normal, bump.inputs["Normal"])
            normal = bump.outputs["Normal"]
        if normal is not None:
            self._links.new(normal, self._shader.inputs["Normal"])

    def _displace(self, height: Any) -> None:
        node = self._new("ShaderNodeDisplacement", -1)
        node.inputs["Scale"].default_value = _DEPTH
        self._links.new(height, node.inputs["Height"])
        self._links.new(node.outputs["Displacement"], self._output.inputs["Displacement"])
        # Where the setting lies: in Cycles' own until 4.0, then in the material.
        for holder in (self._material, getattr(self._material, "cycles", None)):
            if holder is not None and hasattr(holder, "displacement_method"):
                holder.displacement_method = "BOTH"
                return

    def _upward(self, colour: Any) -> Any:
        """A normal map of DirectX as Blender wants it: green turned around."""
        red, green, blue = self._split(colour)
        turned = self._new("ShaderNodeMath", -2)
        turned.operation = "SUBTRACT"
        turned.inputs[0].default_value = 1.0
        self._links.new(green, turned.inputs[1])
        joined = self._new("ShaderNodeCombineColor", -1)
        for part, socket in zip((red, turned.outputs[0], blue), joined.inputs, strict=False):
            self._links.new(part, socket)
        return joined.outputs[0]
