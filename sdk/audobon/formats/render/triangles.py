"""Triangles as the readers of models hand them on."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

__all__ = ["MAX_TRIANGLES", "Soup", "every", "fan", "indexed"]

MAX_TRIANGLES = 1_000_000
"""Triangles that are drawn: about 150 bytes each on the way, and 2 to 3 seconds. Of more,
every n-th is taken and enlarged about its middle, so that a dense surface stays closed."""

_SHARP = 0.866
"""Cosine of 30 degrees: where a face is further than this from the mean of its neighbours it is
an edge and stays flat, as in the automatic smoothing of modelling programs (30); a cube's
corners are 35 and more."""


@frozen(slots=True)
class Soup:
    """Loose triangles.

    ``corners``: float32 (n, 3 corners, xyz); ``normals``: the same shape or
    None for flat; ``colors``: float32 (n, 3 channels) linear, or None for
    the neutral grey. ``up`` is the axis that points up. ``points`` says that
    every triangle stands for a point (its corners are equal).
    """

    corners: Any
    normals: Any = None
    colors: Any = None
    up: str = "y"
    points: bool = False

    def cleaned(self) -> Soup:
        """Without triangles that are not finite or beyond what float32 can project."""
        sound = np.isfinite(self.corners).all(axis=(1, 2)) & (
            np.abs(self.corners).max(axis=(1, 2), initial=0) < 1e15
        )
        if sound.all():
            return self
        return Soup(
            self.corners[sound],
            None if self.normals is None else self.normals[sound],
            None if self.colors is None else self.colors[sound],
            self.up,
            self.points,
        )


def every(count: int) -> int:
    """Take one of this many triangles."""
    return -(-count // MAX_TRIANGLES) or 1


def indexed(vertices: Any, faces: Any, *, up: str, colors: Any = None, step: int = 1) -> Soup:
    """A soup of shared vertices: float32 (v, 3) and integer (n, 3), out of range is dropped.

    ``colors`` is one a vertex. Corners get the mean normal of the faces around
    them, except at sharp edges. ``step`` is how many times the faces were
    thinned out before.
    """
    within = ((faces >= 0) & (faces < len(vertices))).all(axis=1)
    faces = faces[within]
    thin = every(len(faces))
    faces = faces[::thin]
    corners = vertices[faces]
    normals = _smooth(corners, faces, len(vertices)) if step * thin == 1 else None
    painted = None if colors is None else colors[faces].mean(axis=1)
    return Soup(enlarged(corners, step * thin), normals, painted, up)


def enlarged(corners: Any, step: int) -> Any:
    """Triangles that stand for ``step`` of their kind: four times the area that is missing.

    Where they lie at random, that leaves a hole in two percent of the surface
    (e to the power of -4), and there the far side shows.
    """
    if step == 1:
        return corners
    middle = corners.mean(axis=1, keepdims=True)
    return middle + (corners - middle) * np.float32(2 * step**0.5)


def fan(sizes: Any, flat: Any) -> Any:
    """Polygons as triangles (n, 3): ``sizes`` corners each, their indices one after another."""
    keep = sizes >= 3
    starts = np.cumsum(sizes) - sizes
    starts, sizes = starts[keep], sizes[keep]
    if not len(sizes):
        return np.zeros((0, 3), np.int64)
    per = sizes - 2
    first = np.repeat(starts, per)
    turn = np.arange(int(per.sum())) - np.repeat(np.cumsum(per) - per, per)
    return np.stack([flat[first], flat[first + turn + 1], flat[first + turn + 2]], axis=1)


def _smooth(corners: Any, faces: Any, count: int) -> Any:
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    around = np.empty((count, 3), np.float32)
    for axis in range(3):  # the length of the cross product weights by area
        weights = np.repeat(face[:, axis].astype(np.float64), 3)
        around[:, axis] = np.bincount(faces.ravel(), weights, count)
    around /= np.maximum(np.linalg.norm(around, axis=1, keepdims=True), 1e-30)
    face = face / np.maximum(np.linalg.norm(face, axis=1, keepdims=True), 1e-30)
    soft = around[faces]
    sharp = np.einsum("ncx,nx->nc", soft, face) < _SHARP
    soft[sharp] = np.broadcast_to(face[:, None], soft.shape)[sharp]
    return soft
