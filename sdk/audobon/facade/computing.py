"""Calls about models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.facade.base import Base

if TYPE_CHECKING:
    from audobon.models.registry import Models

__all__ = ["ComputingCalls"]


class ComputingCalls(Base):
    """Components of models."""

    @property
    def models(self) -> Models:
        """The components of this user: list, install, remove, update, verify.

        They are shared by all libraries. Nothing is fetched unless asked for.
        """
        from audobon.models.registry import Models

        return Models(interpreter=self._stores.interpreter)
