"""Calls about which asset uses which, and taking them out with that in view."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from audobon.facade.base import Base, Ref
from audobon.facade.measuring import measured
from audobon.model.asset import Relationship
from audobon.model.change import Change
from audobon.services.core import lookup

if TYPE_CHECKING:
    from audobon.model.links import Links

__all__ = ["RelatingCalls"]


class RelatingCalls(Base):
    """Relationships that stand in files, and those that people recorded, as one."""

    @measured("related")
    def related(
        self,
        ref: Ref,
        *,
        kind: str | None = None,
        transitive: bool = False,
        recorded: bool = False,
    ) -> tuple[Relationship, ...]:
        """Relationships of an asset in both directions; ``transitive`` follows them further.

        Those with ``found`` stand in the files themselves. A few files that
        changed are read for it, by a worker; of many more a job does, and
        :meth:`links` tells how many are not read yet. With ``recorded`` only
        what people and pipelines recorded, for which nothing is read.
        """
        from audobon.services.finding.relating import related

        return related(
            *(self._stores, self.get(ref)), kind=kind, transitive=transitive, recorded=recorded
        )

    def links(self, ref: Ref) -> Links:
        """What an asset uses, whether that is there and up to date, and who uses it.

        As :meth:`related`, for people: with the files that are missing, those
        outside of the library, and who uses it at an older version.
        ``docs/relations.md`` tells what is found in which format.
        """
        from audobon.services.finding.relating import links_of

        return links_of(self._stores, self.get(ref))

    def remove(self, refs: Ref | Iterable[Ref], *, force: bool = False) -> Change:
        """Take assets out of the library, as one undoable change. Their files stay.

        Conflict, with their names, when assets that stay use them; ``force``
        takes them out all the same.
        """
        from audobon.services.finding.removing import remove

        return remove(self._stores, lookup.ids_of(self._stores, refs), force=force)
