"""Models as a shaded picture: OBJ, STL, PLY and glTF, without a graphics card."""

from __future__ import annotations

import importlib

import numpy as np

from audobon.formats.render.encode import encode
from audobon.formats.render.rasterise import rasterise
from audobon.formats.render.rendered import Rendered, unsupported
from audobon.formats.render.triangles import Soup

__all__ = ["draw"]

_READERS = {"obj": "obj", "stl": "stl", "ply": "ply", "glb": "gltf", "gltf": "gltf"}


def draw(path: str, name: str, size: int) -> Rendered:
    """Family function of :func:`audobon.formats.render.render`: ``size`` by ``size`` pixels."""
    reader = importlib.import_module(f"audobon.formats.render.{_READERS[name]}")
    with np.errstate(all="ignore"):  # coordinates of strangers overflow; they are dropped later
        soup: Soup = reader.read(path)
        sound = soup.cleaned()
        if not len(sound.corners):
            raise unsupported(path, "it has no surface")
        return encode(rasterise(sound, size), drawn=True)
