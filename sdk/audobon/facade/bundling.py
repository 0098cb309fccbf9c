"""Calls about files that are one thing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from audobon.facade.base import Base, Ref

if TYPE_CHECKING:
    from audobon.model.bundle import Bundle
    from audobon.model.change import Change

__all__ = ["BundleCalls"]


class BundleCalls(Base):
    """Bundles: found by names, taken apart and put together by people."""

    def bundle(self, ref: Ref) -> Bundle | None:
        """What an asset is one of: a material's maps, one picture in several sizes, versions.

        Told by the names of the files that lie beside it, and by what
        :meth:`take_apart` and :meth:`put_together` say. None for one that is alone.
        """
        from audobon.services.finding.bundles import bundle

        return bundle(self._stores, self.get(ref))

    def bundles(self, after: str | None = None, *, limit: int = 100) -> tuple[Bundle, ...]:
        """All of them, a page at a time; ``after`` is the id of the last one's ``lead``."""
        from audobon.services.finding.bundles import bundles

        return bundles(self._stores, after=after, limit=limit)

    def take_apart(self, ref: Ref, *, alone: bool = False) -> Change:
        """Show every file of an asset's bundle for itself, and so it stays. Undoable.

        With ``alone`` only this asset leaves. Invalid for one that is in no bundle.
        """
        from audobon.services.finding.bundles import take_apart

        return take_apart(self._stores, self.get(ref), alone=alone)

    def put_together(self, refs: Iterable[Ref], name: str | None = None) -> Change:
        """Make assets one bundle of this name, wherever they lie. Undoable.

        Without a name their own names decide again.
        """
        from audobon.services.finding.bundles import put_together

        return put_together(self._stores, [self.get(ref) for ref in refs], name)
