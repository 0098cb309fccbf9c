"""What the rows of each table are made of: a plan of the next batch, and the rows of a plan.

A plan is plain data that can be kept: whoever was cut off makes the same rows of it again, or
fewer where something was changed or forgotten meanwhile. It never makes others; only the figures
of an hour's resources are those of the moment in which they are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from audobon.codec.plain import dumps, parse_time, time_text
from audobon.errors import NotFound
from audobon.model.metrics import MetricRow
from audobon.model.version import Version
from audobon.services.analytics.rows import Maker, Row
from audobon.services.core.stores import Stores
from audobon.services.health.metrics import rows
from audobon.services.health.stats import stats
from audobon.storage.catalog.analyzing import NotedUse

__all__ = ["Planned", "Source", "sources"]

Mark = Mapping[str, Any]
_ALL = 1 << 31
_FAR = 1 << 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATE = timedelta(hours=1)
# A process may write what it measured some minutes after the span has ended.


@frozen(slots=True)
class Planned:
    """What the next batch is ``of``, and the mark of its table when it is there."""

    of: Mapping[str, Any]
    mark: Mark


@frozen(slots=True)
class Source:
    """One table's rows. ``plan`` is None when there is nothing new, ``rows`` where what it is of
    cannot be told any more: the catalog was built anew, or its uses have other numbers."""

    plan: Callable[[Mark], Planned | None]
    rows: Callable[[Mapping[str, Any], str], list[Row] | None]


@frozen(slots=True)
class _Library:
    stores: Stores
    maker: Maker
    page: int

    # assets: by the seq of their last change

    def plan_assets(self, mark: Mark) -> Planned | None:
        after = int(mark.get("seq", 0)) if mark.get("made") == self.maker.made else 0
        found = self.stores.catalog.changed_between(after, _FAR, self.page)
        if not found:
            return None
        upto = found[-1].seq
        return Planned(
            {"made": self.maker.made, "after": after, "upto": upto},
            {"made": self.maker.made, "seq": upto},
        )

    def assets(self, of: Mapping[str, Any], exported: str) -> list[Row] | None:
        if of["made"] != self.maker.made:
            return None
        found = self.stores.catalog.changed_between(of["after"], of["upto"], _ALL)
        return [self.maker.asset(exported, asset) for asset in found]

    # versions: what leads to the heads of now and did not lead to those of before

    def plan_versions(self, mark: Mark) -> Planned | None:
        if not self.stores.place.history.exists():
            return None
        heads = sorted({branch.id for branch in self.stores.history.branches()})
        known = [str(head) for head in mark.get("heads", ())]
        if not self._led(heads).keys() - self._led(known).keys():
            return None
        return Planned({"heads": heads, "known": known}, {"heads": heads})

    def versions(self, of: Mapping[str, Any], exported: str) -> list[Row]:
        known = self._led(of["known"])
        found = [one for ident, one in self._led(of["heads"]).items() if ident not in known]
        found.sort(key=lambda one: (one.time, one.id))
        return [self.maker.version(exported, one) for one in found]

    def _led(self, heads: Iterable[str]) -> dict[str, Version]:
        found: dict[str, Version] = {}
        for head in heads:
            if head in found:
                continue
            try:
                found |= {one.id: one for one in self.stores.history.log(head, limit=_ALL)}
            except NotFound:  # a purge has written other versions in the place of these
                continue
        return found

    # uses: by number, as long as the number of the last one still is that one's

    def plan_uses(self, mark: Mark) -> Planned | None:
        after, since = int(mark.get("number", 0)), int(mark.get("at", 0))
        last = self.stores.catalog.noted_use(after) if after else None
        if last is not None and self._print(last) == mark.get("last"):
            since = 0
        else:  # they were forgotten, or numbered anew: by time
            after = 0
        found = self.stores.catalog.noted_uses(after, since, _FAR, self.page)
        if len(found) == self.page:
            # Not between uses of one moment, which are told apart by their order.
            whole = [use for use in found if use.at != found[-1].at]
            found = tuple(whole) or self.stores.catalog.noted_uses(after, since, _FAR, _ALL)
        if not found:
            return None
        upto, newest = found[-1].number, max(int(mark.get("at", 0)), *(use.at for use in found))
        ending = self._print(found[-1])
        return Planned(
            {"after": after, "since": since, "upto": upto, "last": ending},
            {"number": upto, "last": ending, "at": newest},
        )

    def uses(self, of: Mapping[str, Any], exported: str) -> list[Row] | None:
        last = self.stores.catalog.noted_use(of["upto"])
        if last is None or self._print(last) != of["last"]:
            return None
        found = self.stores.catalog.noted_uses(of["after"], of["since"], of["upto"], _ALL)
        return self.maker.uses(exported, found)

    def _print(self, use: NotedUse) -> str:
        return self.maker.hide("print", *use)

    # jobs: each when it has ended, whenever it was asked for

    def plan_jobs(self, mark: Mark) -> Planned | None:
        same = mark.get("made") == self.maker.made
        low = int(mark.get("low", 0)) if same else 0
        sent = set(mark.get("sent", ())) if same else set()
        known = self.stores.catalog.jobs_after(low)
        new = [ident for ident, ended in known if ended and ident not in sent][: self.page]
        if not new:
            return None
        sent.update(new)
        rest = [ident for ident, _ in known if ident not in sent]
        low = min(rest) - 1 if rest else known[-1][0]
        above = sorted(ident for ident in sent if ident > low)
        return Planned(
            {"made": self.maker.made, "ids": new},
            {"made": self.maker.made, "low": low, "sent": above},
        )

    def jobs(self, of: Mapping[str, Any], exported: str) -> list[Row] | None:
        if of["made"] != self.maker.made:
            return None
        found = self.stores.catalog.ended_jobs(of["ids"])
        return [self.maker.job(exported, job) for job in found]

    # metrics: spans that have ended, and are written

    def plan_metrics(self, mark: Mark) -> Planned | None:
        since = parse_time(str(mark["until"])) if "until" in mark else _EPOCH
        until = self.stores.now() - _LATE
        ends = [_end(each) for each in self._measured(since, until)]
        if not ends:
            return None
        newest = time_text(max(ends))
        return Planned({"since": time_text(since), "until": newest}, {"until": newest})

    def measured(self, of: Mapping[str, Any], exported: str) -> list[Row]:
        since, until = parse_time(of["since"]), parse_time(of["until"])
        return [
            self.maker.row(
                exported,
                self.maker.hide("metric", each.key),
                {
                    "name": each.name,
                    "labels": dumps(dict(sorted(each.labels.items()))),
                    "start": self.maker.time(each.start),
                    "span_s": each.span_s,
                    "count": each.count,
                    "total": each.total,
                    "least": each.least,
                    "most": each.most,
                },
            )
            for each in self._measured(since, until)
        ]

    def _measured(self, since: datetime, until: datetime) -> list[MetricRow]:
        # Hours become days after two weeks: of a day that was told in part no rest is told.
        kept = (rows(self.stores, since=since, span=span, ended=True) for span in ("day", "hour"))
        found = [each for of in kept for each in of]
        return [each for each in found if since <= each.start and _end(each) <= until]

    # resources: as they are, at most once an hour

    def plan_resources(self, mark: Mark) -> Planned | None:
        now = self.stores.now()
        hour = now.strftime("%Y-%m-%dT%H")
        if mark.get("hour") == hour:
            return None
        return Planned({"hour": hour}, {"hour": hour})

    def resources(self, of: Mapping[str, Any], exported: str) -> list[Row]:
        at = datetime.strptime(f"{of['hour']}+0000", "%Y-%m-%dT%H%z")
        counts = stats(self.stores)
        return [
            self.maker.resources(exported, of["hour"], at, counts, str(self.stores.place.state))
        ]


def _end(each: MetricRow) -> datetime:
    return each.start + timedelta(seconds=each.span_s)


def sources(stores: Stores, maker: Maker, *, page: int) -> dict[str, Source]:
    """The sources of all tables by name. A batch has about ``page`` rows."""
    of = _Library(stores, maker, page)
    return {
        "assets": Source(of.plan_assets, of.assets),
        "versions": Source(of.plan_versions, of.versions),
        "usage_events": Source(of.plan_uses, of.uses),
        "jobs": Source(of.plan_jobs, of.jobs),
        "metrics": Source(of.plan_metrics, of.measured),
        "resources": Source(of.plan_resources, of.resources),
    }
