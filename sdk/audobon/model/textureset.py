"""Pictures that are the maps of one material."""

from __future__ import annotations

from attrs import frozen

__all__ = ["PACKED", "ROLES", "TextureMap", "TextureSet"]

ROLES = (
    *("color", "normal", "roughness", "gloss", "metallic", "ao"),
    *("height", "opacity", "emission", "specular"),
)
"""What a map can say of a surface. Only color and emission are colours; the others are data."""

PACKED = "packed"
"""The role of a picture whose channels are maps of their own."""


@frozen(slots=True)
class TextureMap:
    """One picture of a set. ``role`` is one of :data:`ROLES` or :data:`PACKED`.

    ``channels`` are the roles of red, green and blue of a packed one, empty
    for a channel that is not used. ``directx`` is a normal map whose green
    points down.
    """

    role: str
    file: str
    channels: tuple[str, ...] = ()
    directx: bool = False


@frozen(slots=True)
class TextureSet:
    """The maps of one material, in the order of :data:`ROLES`, packed ones last."""

    name: str
    maps: tuple[TextureMap, ...]
