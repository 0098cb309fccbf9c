"""Calls about what was used where and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from audobon.facade.base import Base, Ref

if TYPE_CHECKING:
    from audobon.storage.catalog import Use, UseCount

__all__ = ["UsageCalls"]


class UsageCalls(Base):
    """Noting and counting uses. They stay in this library's catalog on this machine."""

    def record_use(self, ref: Ref, kind: str = "opened", *, host: str = "") -> None:
        """Note that an asset was used (opened, placed, exported, saved); search ranks by it.

        Nothing is noted where that is switched off. The same asset opened or
        saved again by the same host within ten minutes is the same use.
        """
        self.record_uses([(ref, kind)], host=host)

    def record_uses(self, uses: Iterable[tuple[Ref, str]], *, host: str = "") -> int:
        """Note many uses at once, each an asset and a kind; how many were noted."""
        from audobon.services.health.usage import note

        self._stores.need_writable("record a use")
        return note(self._stores, [(self.get(ref).id, kind) for ref, kind in uses], host)

    def uses(self, ref: Ref, *, limit: int = 100) -> tuple[Use, ...]:
        """The uses of an asset, the newest first."""
        return self._stores.catalog.usage(self.get(ref).id, limit=limit)

    def usage(
        self,
        by: str = "asset",
        *,
        kind: str = "",
        host: str = "",
        since: datetime | None = None,
        limit: int = 20,
    ) -> tuple[UseCount, ...]:
        """Uses counted by ``asset``, ``tag``, ``host``, ``kind`` or ``month`` (UTC).

        The most used first, months from the newest back. Invalid for another ``by``.
        """
        from audobon.services.health.usage import count

        return count(self._stores, by, kind=kind, host=host, since=since, limit=limit)

    @property
    def usage_on(self) -> bool:
        """Whether uses are noted."""
        from audobon.services.files.following import is_on

        return is_on(self._stores, "usage")

    def switch_usage(self, *, on: bool) -> None:
        """Have uses noted, or not, by any program from now on. What was noted stays."""
        from audobon.services.files.following import switch

        switch(self._stores, "usage", on=on)

    def forget_usage(self, before: datetime | None = None) -> int:
        """Remove what was noted, all of it or what came before a moment, for good; how many."""
        self._stores.need_writable("forget uses")
        return self._stores.catalog.forget_uses(before)
