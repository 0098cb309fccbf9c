"""Calls about what was measured."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.facade.base import Base

if TYPE_CHECKING:
    from audobon.model.health import Health
    from audobon.model.metrics import MetricRow, Metrics

__all__ = ["MetricCalls"]


class MetricCalls(Base):
    """How long things take and what fails. It is kept beside the library and sent nowhere."""

    def metrics(self, since: datetime | None = None) -> Metrics:
        """Latencies, jobs, caches, inference, memory, disk and failures since a moment.

        Without one it is the last seven days. What other processes noted comes
        within half a minute. Whole hours (after two weeks: days) are counted, so
        a little of what came before ``since`` may be in it.
        """
        from audobon.services.health.metrics import metrics

        return metrics(self._stores, since)

    def metric_rows(
        self, since: datetime | None = None, *, span: str = "hour", ended: bool = False
    ) -> tuple[MetricRow, ...]:
        """The rows as they are kept, the oldest first, for programs that draw or export them.

        ``span`` is ``hour`` (of the last two weeks), ``day`` (older ones), or ``ever``, one row
        a series that only grows. With ``ended`` only spans that are over: what is told of those
        does not change any more, but for a process that hands on its last half minute late.
        The schema is in ``docs/monitoring.md``. Invalid for another ``span``.
        """
        from audobon.services.health.metrics import rows

        return rows(self._stores, since=since, span=span, ended=ended)

    def health_page(
        self,
        to: str | os.PathLike[str],
        *,
        since: datetime | None = None,
        check: bool | Health = True,
    ) -> Path:
        """Write metrics, failures, sizes and the doctor's findings as one HTML file; its path.

        It needs nothing else, has plots, and replaces a file at ``to``. Without ``check`` the
        doctor is not asked, which reads much; or ``check`` is what :meth:`doctor` has just found.
        Failed jobs are told in their own words, which name files: look before you send it.
        """
        from audobon.services.health.healthpage import write_health_page

        return write_health_page(self._stores, Path(to), since=since, check=check)

    def prometheus(self) -> str:
        """Totals since the beginning and what there is now, as text for Prometheus.

        For whoever serves or collects it; this package opens no port. No name of anything is
        in it.
        """
        from audobon.services.health.prometheus import exposition

        return exposition(self._stores)

    @property
    def metrics_on(self) -> bool:
        """Whether metrics are kept."""
        from audobon.services.files.following import is_on

        return is_on(self._stores, "metrics")

    def switch_metrics(self, *, on: bool) -> None:
        """Have metrics kept, or not, by any program from now on. What was kept stays."""
        from audobon.services.files.following import switch

        switch(self._stores, "metrics", on=on)

    def forget_metrics(self, before: datetime | None = None) -> int:
        """Remove metrics, all of them or those of spans that ended by then; how many rows.

        Totals since the beginning go with all of them only.
        """
        from audobon.services.health.metrics import forget

        return forget(self._stores, before)
