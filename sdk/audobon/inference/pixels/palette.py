"""The colours of a picture: k-means in Oklab over a small copy of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from audobon.inference.pixels.color import from_oklab, to_oklab

__all__ = ["palette"]

Array = np.ndarray[Any, np.dtype[np.float32]]
_ROUNDS = 24  # it stands still after about ten


def palette(unit: Array, weight: Array, count: int) -> list[dict[str, Any]]:
    """Up to ``count`` colours of display values (rows, columns, 3), most frequent first.

    ``weight`` (rows, columns) is how much a pixel is seen. Each is
    ``{color: "#rrggbb", share}``; shares are of what is seen and sum to 1. The
    same picture always gives the same colours. Empty for a picture that is
    not seen at all.
    """
    lab = to_oklab(unit).reshape(-1, 3).astype(np.float64)
    seen = weight.reshape(-1).astype(np.float64)
    lab, seen = lab[seen > 0], seen[seen > 0]
    if not len(lab):
        return []
    centers = _first(lab, seen, count)
    for _ in range(_ROUNDS):
        nearest = _nearest(lab, centers)
        mass = np.bincount(nearest, seen, len(centers))
        sums = [np.bincount(nearest, seen * lab[:, axis], len(centers)) for axis in range(3)]
        moved = np.stack(sums, 1) / np.maximum(mass, 1e-12)[:, None]
        if np.abs(moved - centers).max() < 1e-5:
            break
        centers = moved
    share = np.bincount(_nearest(lab, centers), seen, len(centers)) / seen.sum()
    colors = np.rint(from_oklab(centers.astype(np.float32)) * 255).astype(int)
    rows = sorted(zip(share.tolist(), colors.tolist(), strict=True), key=lambda row: -row[0])
    return [
        {"color": "#{:02x}{:02x}{:02x}".format(*color), "share": round(part, 4)}
        for part, color in rows
        if part > 0
    ]


def _nearest(lab: Any, centers: Any) -> Any:
    return ((lab[:, None, :] - centers[None]) ** 2).sum(-1).argmin(1)


def _first(lab: Any, seen: Any, count: int) -> Any:
    """Starting points without chance: the mean, then whatever is furthest and much seen."""
    centers = [np.average(lab, axis=0, weights=seen)]
    while len(centers) < count:
        far = ((lab[:, None, :] - np.array(centers)[None]) ** 2).sum(-1).min(1)
        if far.max() < 1e-6:  # fewer colours than were asked for
            break
        # Squared once more: a lone bright pixel must not take the place of an area.
        centers.append(lab[int((far * seen).argmax())])
    return np.array(centers)
