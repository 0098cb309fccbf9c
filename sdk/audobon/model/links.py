"""Which files name which, as people see it."""

from __future__ import annotations

from attrs import frozen

from audobon.model.asset import Asset

__all__ = ["Link", "Links", "UsedBy"]


@frozen(slots=True)
class Link:
    """A file that an asset's file names.

    ``path`` is as it stands there, ``file`` where that is on this machine
    (empty for a path of another system). ``state`` is ``asset``; ``outside``
    for a file that is there and in no library; ``missing`` for one that is not
    there; or ``moved`` for one that is not there and was an ``asset`` that lies
    elsewhere now. ``newer`` is set where the file named is an old version: the
    asset to use instead. ``found`` as of a ``Relationship``.
    """

    path: str
    file: str
    state: str
    asset: Asset | None = None
    newer: Asset | None = None
    found: bool = True


@frozen(slots=True)
class UsedBy:
    """An asset that uses another one.

    ``older`` says which old version of that one it uses, as the path of the
    file; empty for the present one. ``found`` as of a ``Relationship``.
    """

    asset: Asset
    older: str = ""
    found: bool = True


@frozen(slots=True)
class Links:
    """All that is known of what an asset uses and who uses it.

    ``problem`` says why its file could not be read. ``unread`` counts files of
    the library that nobody has looked into yet: they are being read, and may
    name it too.
    """

    uses: tuple[Link, ...] = ()
    used_by: tuple[UsedBy, ...] = ()
    unread: int = 0
    problem: str = ""

    @property
    def missing(self) -> tuple[Link, ...]:
        """What the file names and is not there."""
        return tuple(each for each in self.uses if each.state in ("missing", "moved"))

    @property
    def outdated(self) -> tuple[Link, ...]:
        """What the file names and is an old version."""
        return tuple(each for each in self.uses if each.newer is not None)

    @property
    def behind(self) -> tuple[UsedBy, ...]:
        """Who uses it at an older version."""
        return tuple(each for each in self.used_by if each.older)
