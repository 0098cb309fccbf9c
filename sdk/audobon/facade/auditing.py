"""The audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.facade.base import Base

if TYPE_CHECKING:
    from audobon.services.core.audit import Audit

__all__ = ["AuditCalls"]


class AuditCalls(Base):
    """Who did what when to which asset."""

    @property
    def audit(self) -> Audit:
        """The log: ``list``, ``verify``, ``export``, ``head``. ``docs/audit.md``."""
        from audobon.services.core.audit import Audit

        return Audit(self._stores)
