"""What a session does about health and how long things take, beside the check itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from audobon.session import upkeep

if TYPE_CHECKING:
    from audobon.session.doing import Work

__all__ = ["Metering"]


class Metering:
    """A part of ``Session``."""

    def do(self, name: str, work: Work, then: Callable[[], None] | None = None) -> None:
        """See ``Session.do``."""
        raise NotImplementedError

    def _upkeep(self, name: str, make: Callable[..., Work], **how: Any) -> None:
        raise NotImplementedError

    def health_page(self, then: Callable[[str], Any]) -> None:
        """As ``Library.health_page``; :meth:`Session.pump` calls ``then`` with the path for a
        browser."""
        self.do("Making a page of the health", *upkeep.paging(then))

    def switch_metrics(self, *, on: bool) -> None:
        """Have it kept how long things take and what fails, or not; what was kept stays.
        ``state.metrics`` tells."""
        self._upkeep("Measuring", upkeep.measuring, on=on)
