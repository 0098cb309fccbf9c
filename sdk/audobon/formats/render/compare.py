"""Two pictures side by side: how much of them differs, where, and pictures of it.

The method in words is in ``docs/diffs.md``. Both pictures are read in strips,
so memory does not grow with them, except for formats that are decoded in one
piece (JPEG, WebP, GIF, ...), which have a limit.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from PIL import Image

from audobon.formats.examine import embedded_preview, probe
from audobon.formats.render.delta import VISIBLE, color_delta
from audobon.formats.render.encode import fit
from audobon.formats.render.heat import heated
from audobon.formats.render.picture import family_of, format_of, ours, render
from audobon.formats.render.pixels import Held, Pixels, open_pixels
from audobon.formats.render.reduced import Peaks, Small, reduced
from audobon.formats.render.rendered import Rendered
from audobon.model.asset import Facts
from audobon.model.details import PictureChange

__all__ = ["Compared", "compare"]

_STRIP = 1 << 20
"""Pixels of a strip: some 100 MB of work in the worst case, and few enough calls."""

_NEAR = 2048
"""Longest side at which pictures of different sizes and equal proportions are compared."""

_RGBA = 4
_PAINTINGS = ("kra", "ora")
_PIXELS = ("raster", "deep")

_AGAINST = "The sizes differ: both were compared at {0} x {1}."
_CANVAS = (
    "The canvas differs: both lie in its top left corner, and what one side lacks has changed."
)
_HALVED = "It was measured at {0} x {1}: a JPEG of this size is read at a part of it."
_PREVIEW = "Compared are the previews, since the file has no pixels of its own."
_INSIDE = "Compared are the small pictures inside, since the file holds no other."
_FRAMES = "The first page or frame is compared, no other."


@frozen(slots=True)
class Compared:
    """The figures, and three pictures of equal size that can lie over each other."""

    change: PictureChange
    before: Rendered
    after: Rendered
    difference: Rendered


def compare(
    before: str, after: str, *, size: int = 512, check: Callable[[float], None] | None = None
) -> Compared:
    """What changed from the picture at ``before`` to that at ``after``.

    Pictures have at most ``size`` pixels on their longest side. ``check`` is
    called again and again with the fraction that is done; it may raise. Errors
    as :func:`audobon.formats.render.render`; 500 million pixels are allowed.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(ours(before))
        old = stack.enter_context(_opened(before, size, None))
        stack.enter_context(ours(after))
        new = stack.enter_context(_opened(after, size, old.pixels))
        notes = _notes(old, new)
        tally = _Tally(*_aligned(old.pixels, new.pixels, notes), size)
        tally.run(check)
        change = PictureChange(
            before=old.pixels.size,
            after=new.pixels.size,
            before_mode=_mode(old.facts),
            after_mode=_mode(new.facts),
            measured=(tally.width, tally.height),
            changed=tally.visible / tally.pixels,
            touched=tally.touched / tally.pixels,
            mean=tally.total / tally.pixels,
            most=tally.most,
            box=tally.box,
            basis=_basis(old, new),
            notes=tuple(notes),
        )
        return Compared(change, *tally.pictures())


@frozen(slots=True)
class _Side:
    """A picture that is open, the facts of its file, and what it is of it (see PictureChange)."""

    pixels: Pixels
    facts: Facts
    basis: str


def _basis(old: _Side, new: _Side) -> str:
    return max(old.basis, new.basis, key=("pixels", "merged", "preview").index)


def _notes(old: _Side, new: _Side) -> list[str]:
    notes = [*dict.fromkeys((*old.pixels.notes, *new.pixels.notes))]
    if _has_frames(old.facts) or _has_frames(new.facts):
        notes.append(_FRAMES)
    if _basis(old, new) == "preview":
        painted = {old.facts.format, new.facts.format} <= set(_PAINTINGS)
        notes.append(_INSIDE if painted else _PREVIEW)
    return notes


@contextlib.contextmanager
def _opened(path: str, size: int, like: Pixels | None) -> Iterator[_Side]:
    """One side, until the block ends."""
    facts = probe(path)
    name = format_of(path)
    if family_of(name) in _PIXELS:
        pixels = open_pixels(path, name, facts, like)
        with contextlib.closing(pixels):
            yield _Side(pixels, facts, "pixels")
        return
    found = embedded_preview(path) if name in _PAINTINGS else None
    if found is None:
        with Image.open(io.BytesIO(render(path, size=size, facts=facts).data)) as image:
            shown = np.asarray(image.convert("RGBA"))
        yield _Side(Held(shown), facts, "preview")
        return
    with tempfile.TemporaryDirectory(prefix="audobon-") as folder:
        kind = found.media_type.rpartition("/")[2]
        inside = os.path.join(folder, f"merged.{kind}")
        Path(inside).write_bytes(found.data)
        pixels = open_pixels(inside, kind, probe(inside), like)
        with contextlib.closing(pixels):
            whole = (found.width, found.height) == (facts.width, facts.height)
            yield _Side(pixels, facts, "merged" if whole else "preview")


def _aligned(old: Pixels, new: Pixels, notes: list[str]) -> tuple[Pixels, Pixels]:
    """Both in a form in which a pixel of one lies over one of the other; told in ``notes``."""
    here, there = (old.width, old.height), (new.width, new.height)
    if here == there:
        if old.size != here:
            notes.append(_HALVED.format(*here))
        return old, new
    longest = min(max(here), max(there), _NEAR)
    target = fit(*min(here, there), longest)
    if all(abs(a - b) <= 1 for a, b in zip(fit(*here, longest), fit(*there, longest), strict=True)):
        notes.append(_AGAINST.format(*target))
        return Held(reduced(old, target), old.size), Held(reduced(new, target), new.size)
    notes.append(_CANVAS)
    return old, new


class _Tally:
    """Goes through two pictures once and gathers the figures and the small pictures."""

    def __init__(self, old: Pixels, new: Pixels, size: int) -> None:
        self._old, self._new = old, new
        self.width, self.height = max(old.width, new.width), max(old.height, new.height)
        self._same_canvas = (old.width, old.height) == (new.width, new.height)
        self.pixels = self.width * self.height
        self.visible = self.touched = 0
        self.total = self.most = 0.0
        self._visible_box = _Box()
        self._touched_box = _Box()
        self._target = fit(self.width, self.height, size)
        self._small = (Small(self.width, self.height, size), Small(self.width, self.height, size))
        self._peaks = Peaks(self.width, self.height, self._target)

    @property
    def box(self) -> tuple[int, int, int, int] | None:
        return self._visible_box.place() or self._touched_box.place()

    def run(self, check: Callable[[float], None] | None) -> None:
        tall = max(1, _STRIP // self.width)
        for top in range(0, self.height, tall):
            if check is not None:
                check(top / self.height)
            self._strip(top, min(top + tall, self.height))

    def _strip(self, top: int, end: int) -> None:
        old_stored, old = self._rows(self._old, top, end)
        new_stored, new = self._rows(self._new, top, end)
        differs = _unequal(old, new)
        if self._same_canvas and self._old.kind == self._new.kind:
            differs |= _unequal(old_stored, new_stored)
        cells = self._small[0].cells(top, old)
        self._small[0].add(*cells)
        if not differs.any():
            self._small[1].add(*cells)
            return
        self._small[1].add(*self._small[1].cells(top, new))
        delta = np.zeros(differs.shape, np.float32)
        delta[differs] = color_delta(old[differs], new[differs])
        seen = delta > VISIBLE
        self.touched += int(differs.sum())
        self.visible += int(seen.sum())
        self.total += float(delta.sum(dtype=np.float64))
        self.most = max(self.most, float(delta.max()))
        self._touched_box.add(differs, top)
        self._visible_box.add(seen, top)
        self._peaks.add(top, delta, differs)

    def _rows(self, pixels: Pixels, top: int, end: int) -> tuple[Any, Any]:
        """Rows of the common canvas; where a picture has none they are clear."""
        if self._same_canvas:
            return pixels.rows(top, end)
        out = np.zeros((end - top, self.width, 4), np.uint8)
        end = min(end, pixels.height)
        if top < end:
            out[: end - top, : pixels.width] = pixels.rows(top, end)[1]
        return out, out

    def pictures(self) -> tuple[Rendered, Rendered, Rendered]:
        before, after = (small.image(self._target) for small in self._small)
        return heated(before, after, self._peaks, self.box, (self.width, self.height))


class _Box:
    """The bounds of all that was marked."""

    def __init__(self) -> None:
        self._left = self._top = 1 << 62
        self._right = self._bottom = -1

    def add(self, marked: Any, top: int) -> None:
        down, across = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
        if down.size:
            self._left = min(self._left, int(across[0]))
            self._right = max(self._right, int(across[-1]))
            self._top = min(self._top, top + int(down[0]))
            self._bottom = max(self._bottom, top + int(down[-1]))

    def place(self) -> tuple[int, int, int, int] | None:
        if self._right < 0:
            return None
        wide, tall = self._right - self._left + 1, self._bottom - self._top + 1
        return self._left, self._top, wide, tall


def _unequal(a: Any, b: Any) -> Any:
    """Where any channel differs, bit by bit: two NaN are equal."""
    if a.dtype.kind == "f":
        bits = {2: np.uint16, 4: np.uint32}[a.dtype.itemsize]
        a, b = np.ascontiguousarray(a).view(bits), np.ascontiguousarray(b).view(bits)
    if a.dtype == np.uint8 and a.shape[-1] == _RGBA and a.ndim == 3:
        words = (np.ascontiguousarray(each).view(np.uint32)[..., 0] for each in (a, b))
        a, b = words
    unequal = a != b
    return unequal if unequal.ndim == 2 else unequal.any(axis=-1)


def _has_frames(facts: Facts) -> bool:
    counts = (facts.attributes.get(name) for name in ("pages", "frames"))
    several = any(isinstance(count, int) and count > 1 for count in counts)
    return several or (facts.attributes.get("animated") is True and facts.kind == "image")


def _mode(facts: Facts) -> str:
    """Colour model, depth and transparency as people say them: ``rgb, 16 bit, alpha``."""
    attributes = facts.attributes
    parts = [str(attributes.get("color_space") or "")]
    if "bit_depth" in attributes and facts.kind in ("image", "document"):
        kind = "bit float" if attributes.get("float_pixels") is True else "bit"
        parts.append(f"{attributes['bit_depth']} {kind}")
    if attributes.get("alpha") is True:
        parts.append("alpha")
    return ", ".join(part for part in parts if part)
