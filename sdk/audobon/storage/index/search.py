"""SearchIndex: the one public class of this package."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Invalid

if TYPE_CHECKING:
    from audobon.model.query import Node
    from audobon.storage.index.engine import Engine
    from audobon.storage.index.feed import Feed, Found

__all__ = ["MAX_LIMIT", "SearchIndex"]

MAX_LIMIT = 10_000
"""Hits on one page; more is what paging is for."""


class SearchIndex:
    """A library's search, derived from a feed and kept in ``folder``, or in memory without one.

    The folder may be deleted or damaged at any time: the index is built
    again from the feed, even in the middle of a search. Every search sees
    everything that the feed held when it began, indexed on disk or not.
    Several processes may use one folder; several threads may use one object.
    With ``read_only`` nothing is written, and what is missing on disk is
    searched from memory. In memory it is built at the first search of this object, and what
    comes later is taken in as on a disk. While ``languages`` says so, words are also found by
    those of other languages for the same, and these rank behind. Nothing is opened, and Tantivy
    is not loaded, before the first use.
    """

    def __init__(
        self,
        folder: Path | None,
        feed: Feed,
        *,
        read_only: bool = False,
        languages: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folder = folder
        self._feed = feed
        self._read_only = read_only
        self._languages = languages
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    def _open(self) -> Engine:
        with self._lock:
            if self._engine is None:
                from audobon.storage.index.engine import Engine

                self._engine = Engine(
                    *(self._folder, self._feed),
                    read_only=self._read_only,
                    languages=self._languages,
                )
            return self._engine

    def catch_up(self, *, wait: bool = False) -> bool:
        """Bring the index on disk up to the feed's clock; True when this call did.

        The writer's lock is held only inside this call. False when another
        process holds it (with ``wait``: for a minute), or read-only. Kill -9
        at any instant leaves the last commit. Raises DiskFull, Unavailable.
        False in memory before the first search, too: it would be work that nobody may ask for.
        """
        if self._folder is None and self._engine is None:
            return False
        return self._open().catch_up(wait=wait)

    def search(
        self,
        node: Node,
        *,
        limit: int = 50,
        after: str | None = None,
        sort: str | None = None,
        facets: Sequence[str] = (),
        loosely: bool = False,
        strictly: bool = False,
        now: datetime,
        meanwhile: Callable[[list[int]], None] | None = None,
    ) -> Found:
        """The page of at most ``limit`` hits behind ``after``.

        Assets whose state is not ``present`` are left out unless ``node``
        asks for a state. ``total`` and ``facets`` are over all matches.
        ``now`` (with a time zone) is what ages count from; later pages keep
        the moment of the first. Paging over an unchanged library meets every
        match once. When nothing matches, misspelt words are corrected, with
        ``loosely`` any of the words is enough, and ``notes`` say so; with
        ``strictly`` words are taken as they stand. ``meanwhile`` is called with the keys of the
        page while what matches may still be counted; again where a damaged index was mended
        meanwhile, and what it raises counts as the index's failure. Raises
        Invalid for an unknown sort or facet or a foreign ``after``,
        Unsupported for the signals like and meaning.
        """
        from audobon.model.query import FACETS
        from audobon.storage.index.ask import Question, View, ask
        from audobon.storage.index.feed import Found
        from audobon.storage.index.paging import order_of, query_mark, read_border

        if not 0 <= limit <= MAX_LIMIT:
            raise Invalid(f"a page has 0 to {MAX_LIMIT} hits, not {limit}", subject=str(limit))
        for name in facets:
            if name not in FACETS:
                raise Invalid(
                    f"{name!r} cannot be counted; allowed are {', '.join(FACETS)}", subject=name
                )
        order = order_of(sort, node)
        border = read_border(after, query_mark(node, order), order) if after else None
        moment = border.moment if border else now
        question = Question(
            *(node, limit, order, border, tuple(facets), moment, loosely), meanwhile=meanwhile
        )
        engine = self._open()

        def answered(view: View) -> Found:
            found = ask(view, question)
            if found is None and strictly:
                return Found((), 0)
            if found is None:
                found = ask(view, question, engine.known_words(view))
            assert found is not None  # with known words there is always an answer
            return found

        return engine.answer(answered)

    def complete(self, prefix: str, *, field: str = "name", limit: int = 10) -> tuple[str, ...]:
        """What ``prefix`` may become, the most used first.

        For ``name`` these are words (folded) that begin with the last word of
        ``prefix``; for tag, in, kind, ext and format whole values as they are
        written. Raises Invalid for another field.
        """
        from audobon.storage.index.ask import complete

        return self._open().answer(lambda view: complete(view, prefix, field=field, limit=limit))

    def rebuild(self) -> None:
        """Build the index anew from the feed. Raises Busy, DiskFull, Unavailable."""
        self._open().rebuild()

    def check(self) -> tuple[str, ...]:
        """What is wrong with the index on disk, one sentence each; reads every byte."""
        return self._open().check()

    def stats(self) -> dict[str, int | str]:
        """documents, segments, mark, clock, tail_rows, size_bytes, schema."""
        return self._open().stats()

    @property
    def pending(self) -> int:
        """How many changes this object held in memory only at its last search; never raises."""
        engine = self._engine
        return 0 if engine is None else engine.pending

    def close(self) -> None:
        """Let go of files and memory. The next use opens again."""
        with self._lock:
            self._engine = None
