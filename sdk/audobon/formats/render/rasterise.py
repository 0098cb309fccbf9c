"""A software renderer: orthographic three-quarter view, depth buffer, three soft lights."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from audobon.formats.render.tone import srgb_encoded
from audobon.formats.render.triangles import Soup

__all__ = ["rasterise"]

_YAW, _PITCH = np.radians(35.0), np.radians(24.0)
"""The three-quarter view of product pictures: front, one side and a little of the top."""

_FILL = 0.94
"""Share of the picture that the model spans on its longer side."""

_BATCH = 2_000_000
"""Pixels of triangles worked on at once: about 150 MB of temporary arrays."""

_MOST = 60_000_000
"""Pixels of triangles that are looked at in one picture, about 8 s; more is a file made to cost."""

_FINE = 16_000_000
"""Up to this many at double size, edges are drawn smooth."""

_GRAY = np.array([0.55, 0.55, 0.56], np.float32)
"""Linear light of the neutral material: clay, lighter than most backgrounds."""

_LIGHTS = (
    # Direction towards the light in view space (x right, y up, z to the eye), strength.
    ((-0.45, 0.65, 0.62), 0.95),
    ((0.80, 0.10, 0.45), 0.20),
    ((0.10, -0.60, 0.30), 0.06),
)
_AMBIENT = 0.03


def rasterise(soup: Soup, size: int) -> Image.Image:
    """RGBA of ``size`` by ``size`` pixels on a transparent ground; both sides of faces show."""
    view = _view(soup.up)
    corners = (soup.corners.astype(np.float32) - _middle(soup.corners)) @ view.T
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    span = max(float((high - low)[:2].max()), 1e-30)
    corners = (corners - (low + high) / 2) * np.float32(_FILL / span)
    normals = None if soup.normals is None else soup.normals @ view.T
    if soup.points:
        corners = _dots(corners, size)
    scale = 2 if _pixels(corners, size * 2).sum() <= _FINE else 1
    canvas = _Canvas(size * scale)
    canvas.paint(corners, normals, soup.colors)
    image = Image.fromarray(canvas.rgba())
    return image if scale == 1 else image.resize((size, size), Image.Resampling.BOX)


def _middle(corners: Any) -> Any:
    return ((corners.min(axis=(0, 1)) + corners.max(axis=(0, 1))) / 2).astype(np.float32)


def _view(up: str) -> Any:
    """Model to view: x right, y up, z towards the eye."""
    axes = np.eye(3) if up == "y" else np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    cos, sin = np.cos(_YAW), np.sin(_YAW)
    turn = np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
    cos, sin = np.cos(_PITCH), np.sin(_PITCH)
    tilt = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    return (tilt @ turn @ axes).astype(np.float32)


def _dots(corners: Any, size: int) -> Any:
    """Points as triangles of about two pixels."""
    shape = np.array([[-1.2, -0.8, 0], [1.2, -0.8, 0], [0, 1.4, 0]], np.float32)
    return corners + shape / size


def _pixels(corners: Any, side: int) -> Any:
    """Pixels of the box around every triangle."""
    low, high = _boxes(corners, side)
    return np.prod(np.maximum(high - low, 0), axis=1)


def _boxes(corners: Any, side: int) -> tuple[Any, Any]:
    """First pixel and the one after the last, (n, 2) each; every triangle has at least one."""
    at = (corners[..., :2] * (1, -1) + 0.5) * side
    low = np.floor(at.min(axis=1)).astype(np.int64).clip(0, side - 1)
    high = np.ceil(at.max(axis=1)).astype(np.int64).clip(1, side)
    return low, np.maximum(high, low + 1)


class _Canvas:
    """Colour and depth of every pixel."""

    def __init__(self, side: int) -> None:
        self._side = side
        self._depth = np.full(side * side, -np.inf, np.float32)
        self._color = np.zeros((side * side, 3), np.float32)

    def paint(self, corners: Any, normals: Any, colors: Any) -> None:
        counts = _pixels(corners, self._side)
        ends = np.cumsum(counts)
        start = done = 0
        while start < len(corners) and done < _MOST:
            stop = max(start + 1, int(np.searchsorted(ends, done + _BATCH, side="right")))
            piece = slice(start, stop)
            self._batch(
                corners[piece],
                None if normals is None else normals[piece],
                None if colors is None else colors[piece],
                counts[piece],
            )
            done, start = int(ends[stop - 1]), stop

    def _batch(self, corners: Any, normals: Any, colors: Any, counts: Any) -> None:
        which = np.repeat(np.arange(len(corners)), counts)
        x, y = self._places(corners, counts, which)
        weights, inside = _barycentric(corners, which, x, y, self._side)
        inside |= counts[which] == 1  # smaller than a pixel: it still counts as one
        which, x, y, weights = which[inside], x[inside], y[inside], weights[inside]
        weights = weights.clip(0, 1)
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-20)
        depth = np.einsum("nc,nc->n", weights, corners[which, :, 2])
        spot = y * self._side + x
        before = self._depth[spot].copy()
        np.maximum.at(self._depth, spot, depth)
        won = (depth >= self._depth[spot]) & (depth > before)
        which, spot, weights = which[won], spot[won], weights[won]
        face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        # Both sides show: which one the eye sees is the face's matter, not the mean's.
        away = np.where(face[:, 2:] < 0, np.float32(-1), np.float32(1))
        if normals is None:
            normal = (face * away)[which]
        else:
            normal = np.einsum("nc,ncx->nx", weights, normals[which]) * away[which]
        base = _GRAY if colors is None else colors[which]
        self._color[spot] = _shade(normal) * base

    def _places(self, corners: Any, counts: Any, which: Any) -> tuple[Any, Any]:
        """Column and row of every pixel of every box."""
        low, high = _boxes(corners, self._side)
        number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        wide = (high - low)[which, 0]
        return low[which, 0] + number % wide, low[which, 1] + number // wide

    def rgba(self) -> Any:
        side = self._side
        out = np.zeros((side * side, 4), np.uint8)
        out[:, :3] = srgb_encoded(self._color.clip(0, 1)) * 255 + 0.5
        out[:, 3] = np.isfinite(self._depth) * np.uint8(255)
        return out.reshape(side, side, 4)


def _barycentric(corners: Any, which: Any, x: Any, y: Any, side: int) -> tuple[Any, Any]:
    """Weights of the three corners at every pixel's middle, and whether it lies inside."""
    a, b, c = (corners[:, i, :2][which] for i in range(3))
    p = np.stack([(x + 0.5) / side - 0.5, 0.5 - (y + 0.5) / side], axis=1).astype(np.float32)
    area = _cross(b - a, c - a)
    flat = np.abs(area) < 1e-20
    safe = np.where(flat, 1, area)
    first, second = _cross(b - p, c - p) / safe, _cross(c - p, a - p) / safe
    weights = np.stack([first, second, 1 - first - second], axis=1)
    weights[flat] = 1 / 3
    # A hair of tolerance closes the seams between neighbours.
    return weights, (weights >= -1e-4).all(axis=1) & ~flat


def _cross(u: Any, v: Any) -> Any:
    return u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]


def _shade(normal: Any) -> Any:
    """Light on surfaces with these normals, which look towards the eye; (n, 1)."""
    normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    light = np.full(len(normal), _AMBIENT, np.float32)
    for direction, strength in _LIGHTS:
        towards = np.array(direction, np.float32)
        towards /= np.linalg.norm(towards)
        # The squared half cosine (Valve, "Half-Life 2 shading", 2006): no hard edge of shadow.
        light += np.float32(strength) * ((normal @ towards + 1) / 2) ** 2
    return light[:, None]
