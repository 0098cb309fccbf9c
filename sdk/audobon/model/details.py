"""Details of a difference: what changed inside an asset, in figures, parts and pictures."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from audobon.model.parts import PartChange
from audobon.model.version import DiffEntry

__all__ = ["AssetDetails", "PictureChange", "Pictures"]


@frozen(slots=True)
class PictureChange:
    """How two pictures differ, in figures; ``docs/diffs.md`` tells the method and its sources.

    ``before`` and ``after`` are ``(width, height)`` in pixels; the modes say
    colour model and depth. ``measured`` is the size at which was compared.
    ``changed`` is the share (0 to 1) of its pixels that differ visibly,
    ``touched`` of those that differ at all. ``mean`` and ``most`` are colour
    differences (CIE 1976 delta E: 2.3 is just noticeable, black to white is
    100), the mean over all pixels. ``box`` is ``(left, top, width, height)``
    around what differs visibly, else around what differs at all; None where
    nothing does. ``basis`` says what was compared: ``pixels`` of the file,
    the ``merged`` picture of a painting, or the ``preview`` of what has no
    pixels of its own. ``notes`` are sentences on what that leaves out.
    """

    before: tuple[int, int]
    after: tuple[int, int]
    before_mode: str
    after_mode: str
    measured: tuple[int, int]
    changed: float
    touched: float
    mean: float
    most: float
    box: tuple[int, int, int, int] | None = None
    basis: str = "pixels"
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether every pixel is the same, however it is stored."""
        return self.before == self.after and not self.touched


@frozen(slots=True)
class Pictures:
    """Encoded pictures (PNG or JPEG, sRGB) of one asset; None where a side has none.

    All have the same size and show the same place, so they can lie over each
    other. ``difference`` is the dimmed picture after, with heat where it changed.
    """

    before: bytes | None = None
    after: bytes | None = None
    difference: bytes | None = None


@frozen(slots=True)
class AssetDetails:
    """What changed in one asset of a diff.

    ``picture`` is None where two pictures could not be compared. ``parts``
    are in the order of the file; ``part_counts`` has for each kind of part
    that was compared how many there are now, and ``more_parts`` is how many
    changed parts are left out. ``problems`` are sentences on what could not
    be looked at, and why.
    """

    entry: DiffEntry
    picture: PictureChange | None = None
    parts: tuple[PartChange, ...] = ()
    part_counts: Mapping[str, int] = field(factory=dict)
    more_parts: int = 0
    problems: tuple[str, ...] = ()
    pictures: Pictures = Pictures()
