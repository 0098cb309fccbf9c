"""An export: one batch after the other, each noted before it is sent and again when it is there.

So whoever is killed or cut off at any point goes on where that was. What became of the batch that
was under way then is not known: the place is told so, and takes of it what it has not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

from attrs import evolve

from audobon.codec.plain import time_text
from audobon.codec.rows import line
from audobon.errors import Cancelled, Invalid, MissingExtra, ReadOnly, Unavailable
from audobon.model.analytics import (
    GROUPS,
    TABLES,
    AnalyticsReport,
    AnalyticsState,
    Batch,
    Preview,
    Sent,
    Table,
    TablePreview,
    Target,
)
from audobon.services.analytics.book import (
    Book,
    Plan,
    Sending,
    book_lock,
    read_book,
    write_book,
)
from audobon.services.analytics.rows import Maker, Row
from audobon.services.analytics.sinks import LinesSink, Sink, SqliteSink, is_sqlite
from audobon.services.analytics.sources import Source, sources
from audobon.services.core.audit import record
from audobon.services.core.stores import Stores
from audobon.storage.objects.googleauth import check_account

__all__ = ["check_include", "export", "preview", "state", "switch_off", "switch_on"]

PAGE = 10_000
"""Rows of a batch: some 4 MB of JSON, and a second of a slow line's time."""
_NEVER: Callable[[], bool] = lambda: False  # noqa: E731
Open = Callable[[Target], Sink]


def check_include(include: Iterable[str]) -> tuple[str, ...]:
    """The groups of columns, sorted. Invalid for one that there is not."""
    found = sorted(set(include))
    for name in found:
        if name not in GROUPS:
            raise Invalid(
                f"there is no group of columns {name!r}",
                subject=name,
                hint=f"there is {', '.join(GROUPS)}",
            )
    return tuple(found)


def switch_on(stores: Stores, target: Target, include: Iterable[str]) -> AnalyticsState:
    """See ``Analytics.switch_on``."""
    stores.need_writable("switch an export on")
    chosen = check_include(include)
    _check_target(target)
    with book_lock(stores.place):
        book = read_book(stores.place).keyed()
        write_book(stores.place, evolve(book, target=target, include=chosen))
    record(stores, "analytics", f"on: {target.url}", include=", ".join(chosen))
    return state(stores)


def _check_target(target: Target) -> None:
    for what, name, more in (("project", target.project, "-:."), ("dataset", target.dataset, "_")):
        if not name or not all(c.isascii() and (c.isalnum() or c in more) for c in name):
            raise Invalid(f"{name!r} is no {what} of BigQuery", subject=name)
    if target.account:
        check_account(target.account)


def switch_off(stores: Stores, *, forget: bool = False) -> AnalyticsState:
    """See ``Analytics.switch_off``."""
    stores.need_writable("switch an export off")
    with book_lock(stores.place):
        write_book(stores.place, Book() if forget else evolve(read_book(stores.place), target=None))
    record(stores, "analytics", "off")
    return state(stores)


def state(stores: Stores) -> AnalyticsState:
    """See ``Analytics.state``."""
    book = read_book(stores.place)
    known = book.places.get(book.target.url) if book.target else None
    last, problem = (known.last, known.problem) if known else (None, "")
    return AnalyticsState(book.target, book.include, last, problem)


def _place(book: Book, to: Path | None) -> str:
    if to is not None:
        return f"{'sqlite' if is_sqlite(to) else 'lines'}:{to.absolute()}"
    if book.target is None:
        raise Invalid(
            "an export needs a place: nothing leaves this machine until that is switched on",
            hint="name a file, or 'audobon analytics on --project PROJECT --dataset DATASET'",
        )
    return book.target.url


def _tables(
    stores: Stores, book: Book, include: Iterable[str], page: int
) -> list[tuple[Table, Source]]:
    made = stores.catalog.meta("made") or ""
    maker = Maker(book.key, stores.place.id, made, frozenset(include))
    found = sources(stores, maker, page=page)
    return [(table, found[table.name]) for table in TABLES]


def preview(
    stores: Stores,
    to: Path | None,
    *,
    include: Iterable[str] | None = None,
    sample: int = 3,
    page: int = PAGE,
) -> Preview:
    """See ``Analytics.preview``."""
    book = read_book(stores.place)
    if not book.key:
        book = book.keyed()
        if not stores.read_only:  # or what is shown would not be what is sent
            with book_lock(stores.place):
                book = read_book(stores.place).keyed()
                write_book(stores.place, book)
    place = "nowhere yet" if to is None and book.target is None else _place(book, to)
    chosen = book.include if include is None else check_include(include)
    known, now = book.at(place), time_text(stores.now())
    tables = []
    for table, source in _tables(stores, book, chosen, page):
        rows, size, names, first = 0, 0, set[str](), list[Row]()
        for batch, _ in _batches(source, known, table, now):
            rows += len(batch.rows)
            size += _size(batch)
            names.update(chain.from_iterable(batch.rows))
            first += [dict(row) for row in batch.rows[: max(0, sample - len(first))]]
        columns = [column.name for column in table.columns if column.name in names]
        left = [each.name for each in table.columns if each.group and each.group not in chosen]
        tables.append(
            TablePreview(table.name, rows, size, tuple(columns), tuple(left), tuple(first))
        )
    total = sum(each.rows for each in tables), sum(each.bytes for each in tables)
    return Preview(place, tuple(chosen), *total, tuple(tables))


def _batches(
    source: Source, known: Sending, table: Table, now: str
) -> Iterable[tuple[Batch, Plan]]:
    """What would be sent of a table, one batch after the other, each with its plan.

    The first is the one that was under way when the last export ended, if there is one.
    """
    mark: Mapping[str, Any] = known.marks.get(table.name, {})
    plan, doubtful = known.plans.get(table.name), False
    while True:
        if plan is None:
            planned = source.plan(mark)
            if planned is None:
                return
            name = _name(known.stream, table, planned.of, now)
            plan = Plan(name, planned.of, planned.mark, now)
        rows = source.rows(plan.of, plan.exported)
        if rows is None:  # what it was of is not to be had any more: planned anew, by what is left
            now = plan.exported
            plan, doubtful = None, True
            continue
        yield Batch(plan.name, tuple(rows), plan.exported, plan.tried or doubtful), plan
        mark, plan, doubtful = plan.mark, None, False


def _name(stream: str, table: Table, of: Mapping[str, Any], now: str) -> str:
    told = f"{stream}\0{now}\0{json.dumps(dict(of), sort_keys=True)}"
    digest = hashlib.blake2b(told.encode(), digest_size=10).hexdigest()
    return f"{table.name}-{''.join(c for c in now[:19] if c.isdigit())}-{digest}"


def _size(batch: Batch) -> int:
    return sum(len(line(row)) for row in batch.rows)


def export(
    stores: Stores,
    to: Path | None,
    open_target: Open,
    *,
    include: Iterable[str] | None = None,
    page: int = PAGE,
    cancel: Callable[[], bool] = _NEVER,
) -> AnalyticsReport:
    """See ``Analytics.export``."""
    stores.need_writable("note what an export sends")
    with book_lock(stores.place):
        book = read_book(stores.place).keyed()
        place = _place(book, to)
        chosen = book.include if include is None else check_include(include)
        known = evolve(book.at(place), include=chosen)
        book = book.noting(place, known)
        write_book(stores.place, book)  # the key and the stream, before anything has them
        run = _Run(stores, book, place, cancel)
        try:
            with closing(_opened(book, to, open_target)) as sink:
                return run.all(sink, _tables(stores, book, chosen, page))
        except (MissingExtra, ReadOnly):
            raise
        except Unavailable as error:
            run.note(evolve(run.known, problem=str(error)))
            raise type(error)(
                f"{error}; what is left waits, and the next export goes on there",
                subject=error.subject,
                hint=error.hint,
            ) from error


def _opened(book: Book, to: Path | None, open_target: Open) -> Sink:
    if to is not None:
        return SqliteSink(to) if is_sqlite(to) else LinesSink(to)
    assert book.target is not None  # _place has looked
    return open_target(book.target)


class _Run:
    """One export, and the book as it is written along with it."""

    def __init__(self, stores: Stores, book: Book, place: str, cancel: Callable[[], bool]) -> None:
        self._stores, self._book, self._place, self._cancel = stores, book, place, cancel

    @property
    def known(self) -> Sending:
        return self._book.places[self._place]

    def note(self, known: Sending) -> None:
        """Durable on return."""
        self._book = self._book.noting(self._place, known)
        write_book(self._stores.place, self._book)

    def all(self, sink: Sink, tables: Iterable[tuple[Table, Source]]) -> AnalyticsReport:
        missing = sink.missing()
        if missing & (self.known.marks.keys() | self.known.plans.keys()):
            # Somebody took tables away there: they begin anew, under other names of batches.
            fresh = Book().at(self._place).stream
            kept = {name: at for name, at in self.known.marks.items() if name not in missing}
            plans = {name: at for name, at in self.known.plans.items() if name not in missing}
            self.note(evolve(self.known, stream=fresh, marks=kept, plans=plans))
        if self._book.target is not None and self._place == self._book.target.url:
            record(self._stores, "analytics", f"export: {self._place}", before=True)
        sink.make()
        sent = tuple([self._table(sink, table, source) for table, source in tables])
        self.note(evolve(self.known, last=self._stores.now(), problem=""))
        rows, size = sum(each.rows for each in sent), sum(each.bytes for each in sent)
        return AnalyticsReport(self._place, rows, size, sent)

    def _table(self, sink: Sink, table: Table, source: Source) -> Sent:
        rows = batches = size = 0
        now = time_text(self._stores.now())
        for batch, plan in _batches(source, self.known, table, now):
            if self._cancel():
                raise Cancelled("the export is stopped; the next one goes on there")
            tried = {**self.known.plans, table.name: evolve(plan, tried=True)}
            self.note(evolve(self.known, plans=tried))
            if batch.rows:
                rows += sink.send(table, batch)
                batches, size = batches + 1, size + _size(batch)
            marks = {**self.known.marks, table.name: plan.mark}
            plans = {name: at for name, at in self.known.plans.items() if name != table.name}
            self.note(evolve(self.known, marks=marks, plans=plans))
        return Sent(table.name, rows, batches, size)
