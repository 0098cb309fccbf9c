"""Calls about an export for analysis: switched on, looked at before, sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.facade.base import Base, Opened, never

if TYPE_CHECKING:
    from audobon.model.analytics import AnalyticsReport, AnalyticsState, Preview, Target
    from audobon.services.analytics.sinks import Sink

__all__ = ["Analytics", "AnalyticsCalls"]


class Analytics(Opened):
    """The export of a library's metadata, uses, measures and resources as rows.

    Nothing leaves this machine until :meth:`switch_on` was called. By default nothing in a row
    names a person, a file or a project; ``include`` takes the groups ``names``, ``words``,
    ``people`` and ``times`` in.
    """

    def state(self) -> AnalyticsState:
        """Where to it is switched on, what is taken in, and why rows wait, if they do."""
        from audobon.services.analytics.exporting import state

        return state(self._stores)

    def switch_on(
        self,
        project: str,
        dataset: str,
        *,
        location: str = "",
        include: Iterable[str] = (),
        impersonate_service_account: str = "",
    ) -> AnalyticsState:
        """Allow an export to a dataset of BigQuery. Nothing is sent yet, and nobody is asked.

        ``location`` is where a dataset is made that is not there yet. Invalid for what can be
        no project, dataset or group of columns.
        """
        from audobon.model.analytics import Target
        from audobon.services.analytics.exporting import switch_on

        target = Target(project, dataset, location, impersonate_service_account)
        return switch_on(self._stores, target, include)

    def switch_off(self, *, forget: bool = False) -> AnalyticsState:
        """Allow it no more. What was sent stays where it is.

        What was sent is remembered, so that nothing goes twice when it is switched on again. With
        ``forget`` that goes, and the key of the pseudonyms: nobody can tell any more what they
        stood for, and a later export has others.
        """
        from audobon.services.analytics.exporting import switch_off

        return switch_off(self._stores, forget=forget)

    def preview(
        self,
        to: str | os.PathLike[str] | None = None,
        *,
        include: Iterable[str] | None = None,
        sample: int = 3,
    ) -> Preview:
        """What the next :meth:`export` would send: rows, bytes, columns, ``sample`` rows a table.

        Nobody is asked: where tables were taken away at the place meanwhile, more is sent.
        """
        from audobon.services.analytics.exporting import preview

        return preview(self._stores, _path(to), include=include, sample=sample)

    def export(
        self,
        to: str | os.PathLike[str] | None = None,
        *,
        include: Iterable[str] | None = None,
        cancel: Callable[[], bool] = never,
    ) -> AnalyticsReport:
        """Send what is new: to a SQLite file (``.sqlite``, ``.db``), a folder of JSON lines, or
        without ``to`` to the dataset that it is switched on for.

        Cut off or killed, the next one goes on there, and no row is there twice. Unavailable where
        the place cannot be reached: what is left waits. Busy while another one runs.
        """
        from audobon.services.analytics.exporting import export

        return export(self._stores, _path(to), _bigquery, include=include, cancel=cancel)


def _path(to: str | os.PathLike[str] | None) -> Path | None:
    return None if to is None else Path(to).expanduser()


def _bigquery(target: Target) -> Sink:
    from audobon.cloud.analytics import BigQuerySink

    return BigQuerySink(target)


class AnalyticsCalls(Base):
    """The export for analysis."""

    @property
    def analytics(self) -> Analytics:
        """What can be exported for analysis, when it is asked for."""
        return Analytics(self._stores)
