"""The open stores of one library, each opened when it is first needed."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from attrs import define, field

from audobon.errors import AudobonError
from audobon.services.core.conditions import Conditions
from audobon.services.core.indexed import index_of
from audobon.services.core.meter import Meter
from audobon.services.core.place import Place
from audobon.services.core.printed import log_for
from audobon.services.core.written import Written
from audobon.storage.catalog import Catalog
from audobon.storage.catalog.jobs import CatalogJobs
from audobon.storage.index import SearchIndex
from audobon.storage.previews import PreviewStore
from audobon.storage.writing import WritingStore
from audobon.system.closing import close_all
from audobon.system.locks import FileLock

if TYPE_CHECKING:
    from audobon.model.asset import Root
    from audobon.storage.chunks import ChunkStore
    from audobon.storage.history import History
    from audobon.storage.links import LinkStore
    from audobon.storage.metrics import MetricStore
    from audobon.storage.vectors import ImprintStore, VectorStore
    from audobon.work.executor import Executor

__all__ = ["Stores"]

_IDLE_S = 20.0  # as long as the library's process lingers

_TAIL_ROWS = 200
# Changes that are found from memory at next to no cost; more are written to
# the index on disk when the library is closed, which takes about 0.1 s.
_CARD_GROWTH = 4 << 30
# Libraries of a card take a gigabyte and more of the worker's own memory with the first
# network; by the usual bound it would begin anew after each picture. Not measured.
_HELD_GROWTH = 4 << 30
# A million vectors of 1,280 numbers are held in 2.7 GB where they may lie on no disk.


Supplier = Callable[["Stores", "ChunkStore"], Callable[[str], bool]]


@define
class Stores(Conditions):
    """What the services work on. ``author`` names who makes changes, as ``Name <mail>``.

    The chunk store, the history and worker processes are opened late: a host
    that only searches never loads them. Usable from several threads.
    """

    place: Place
    catalog: Catalog
    index: SearchIndex
    author: str
    writing: WritingStore
    supplier: Supplier
    """Given these stores and a chunk store, what that one asks for a file that it lacks."""
    read_only: bool = False
    interpreter: Path | None = None
    holder: FileLock | None = None
    """What locks on assets are tied to: held from the first one until this is closed."""
    damaged: Path | None = None
    """The catalog that was found damaged, and set aside, when these were opened."""
    tied: bool = False
    """Whether the worker process that is started from here ends with this process."""
    before_close: list[Callable[[], object]] = field(factory=list)
    """Called first when these are closed: what ends the threads that use them."""
    idle_s: float | None = None
    """After how many seconds without a task the worker process for probing ends; None for never."""
    remembered: dict[str, object] = field(factory=dict)
    """What services keep in memory for the next call: derived, and gone when these are closed."""
    written: Written = field(factory=Written)  # of files put into their places through these
    meter: Meter = field(factory=Meter)
    """What is noted of calls and jobs; kept where ``services.health.metering`` says so."""
    closed: bool = False
    """From when on nothing is opened any more."""
    colors_asked: bool = False
    """Whether unknown colours were asked for since these were opened."""
    _executor: Executor | None = None
    _programs: Executor | None = None
    _networks: Executor | None = None
    _decoding: Executor | None = None
    _looking: Executor | None = None
    _elsewhere: dict[str, Executor] = field(factory=dict)
    _previews: PreviewStore | None = None
    _links: LinkStore | None = None
    _metrics: MetricStore | None = None
    _vectors: dict[str, VectorStore] = field(factory=dict)
    _imprints: ImprintStore | None = None
    _lock: threading.RLock = field(factory=threading.RLock)
    # The chunk store and the history serve one thread at a time, so each
    # thread has its own; all are closed together.
    _own: threading.local = field(factory=threading.local)
    _opened: list[ChunkStore | History] = field(factory=list)

    @classmethod
    def open(cls, place: Place, *, author: str, read_only: bool, supplier: Supplier) -> Stores:
        catalog = Catalog.open(place.catalog, read_only=read_only, key=place.key)
        writing = WritingStore(place.writing, base=place.state, read_only=read_only, key=place.key)
        index = index_of(place, catalog, writing, read_only=read_only)
        return cls(place, catalog, index, author, writing, supplier, read_only)

    @property
    def chunks(self) -> ChunkStore:
        own: ChunkStore | None = getattr(self._own, "chunks", None)
        if own is None:
            own = self.open_chunks()
            self._own.chunks = own
            self._opened.append(own)
        return own

    def open_chunks(self) -> ChunkStore:
        """The chunk store once more, for a thread that ends; whoever asks closes it."""
        from audobon.storage.chunks import ChunkStore

        self.need_open()
        place = self.place
        opened = ChunkStore(
            place.chunks,
            read_only=self.read_only,
            index_key=place.key,
            files=place.packs,
            small=place.files,
        )
        if not self.read_only:
            opened.supply = self.supplier(self, opened)
        return opened

    @property
    def history(self) -> History:
        own: History | None = getattr(self._own, "history", None)
        if own is None:
            own = self._open_history()
            self._own.history = own
            self._opened.append(own)
        return own

    def _open_history(self) -> History:
        from audobon.services.core.audit import anchor
        from audobon.storage.history import History

        with self._lock:
            self.need_open()
            if not self.place.history.exists():
                self.need_writable("start a history")
                history = History.create(self.place.history, key=self.place.key)
            else:
                history = History.open(
                    self.place.history, read_only=self.read_only, key=self.place.key
                )
        history.anchor = lambda: anchor(self)
        return history

    @property
    def executor(self) -> Executor:
        """A worker process for probing files, started at its first task."""
        with self._lock:
            if self._executor is None:
                self._executor = self._worker(idle_s=self.idle_s)
            return self._executor

    @property
    def programs(self) -> Executor:
        """A worker process that may start other programs: a Blender. Ends after its work."""
        with self._lock:
            if self._programs is None:
                self._programs = self._worker(caged={"programs": True})
            return self._programs

    @property
    def decoding(self) -> Executor:
        """A worker process for pictures that somebody looks at: a scan has the other one for long.

        Ends by itself 20 s after the last picture.
        """
        with self._lock:
            if self._decoding is None:
                self._decoding = self._worker()
            return self._decoding

    def elsewhere(self, python: str) -> Executor:
        """A worker process in another environment, started at its first task and kept warm."""
        with self._lock:
            if python not in self._elsewhere:
                self._elsewhere[python] = self._worker(
                    "audobon.models.tasks:TASKS",
                    caged={"local_sockets": True},
                    interpreter=python,
                    max_growth=_CARD_GROWTH,
                )
            return self._elsewhere[python]

    @property
    def networks(self) -> Executor:
        """A worker process for networks whose answer is waited for in this very process.

        Started at its first task; it keeps its networks for 20 s after the last one.
        """
        with self._lock:
            if self._networks is None:
                self._networks = self._worker()
            return self._networks

    @property
    def looking(self) -> Executor:
        """A worker process for tasks that open databases of the library themselves.

        Where those are encrypted it has the keys, knows no other tasks and opens no file of a
        stranger; else it is the one for networks. Ends 20 s after the last task.
        """
        keys = self.place.keys
        if keys is None:
            return self.networks
        with self._lock:
            if self._looking is None:
                tasks = "audobon.services.jobs.keyedtasks:TASKS"
                self._looking = self._worker(tasks, max_growth=_HELD_GROWTH, keys=keys.handed)
            return self._looking

    def end_keyed(self) -> None:
        """End the worker process that was given keys; the next task begins another one."""
        with self._lock:
            old, self._looking = self._looking, None
        if old is not None:
            old.close()

    def _worker(
        self,
        tasks: str = "audobon.services.jobs.tasks:TASKS",
        *,
        caged: Mapping[str, bool] = MappingProxyType({}),
        **options: Any,
    ) -> Executor:
        from audobon.services.core.caging import cage_of
        from audobon.work.executor import Executor

        usual = {"interpreter": self.interpreter, "idle_s": _IDLE_S}
        return Executor(tasks, cage=cage_of(self, **caged), **(usual | options))

    def vectors(self, name: str) -> VectorStore:
        """The vectors of one recipe, by the name of their space."""
        with self._lock:
            if name not in self._vectors:
                from audobon.storage.vectors import VectorStore

                self._vectors[name] = VectorStore(self.place.alike / f"{name}.db", **self._how)
            return self._vectors[name]

    @property
    def _how(self) -> dict[str, Any]:
        """How files of which nothing is truth are opened."""
        return {"base": self.place.state, "read_only": self.read_only, "key": self.place.key}

    @property
    def links(self) -> LinkStore:
        """Which files name which others."""
        with self._lock:
            if self._links is None:
                from audobon.storage.links import LinkStore

                self._links = LinkStore(self.place.links, **self._how)
            return self._links

    @property
    def metrics(self) -> MetricStore:
        """How long things took and how often they failed."""
        with self._lock:
            if self._metrics is None:
                from audobon.storage.metrics import MetricStore

                self._metrics = MetricStore(self.place.metrics, **self._how)
            return self._metrics

    @property
    def imprints(self) -> ImprintStore:
        """What pictures are known by again, and which are near each other."""
        with self._lock:
            if self._imprints is None:
                from audobon.storage.vectors import ImprintStore

                self._imprints = ImprintStore(self.place.imprints, **self._how)
            return self._imprints

    @property
    def previews(self) -> PreviewStore:
        with self._lock:
            if self._previews is None:
                self._previews = PreviewStore(
                    self.place.previews, budget=self._preview_budget, **self._how
                )
            return self._previews

    def _preview_budget(self) -> int:
        from audobon.services.core.cachebudget import budget

        return budget(self.catalog, "previews")

    @property
    def jobs(self) -> CatalogJobs:
        return CatalogJobs(self.catalog.db)

    def start_worker(self) -> None:
        """See that some process runs the queued jobs; returns at once."""
        from audobon.work.background import ensure_worker
        from audobon.work.bootstrap import call_command
        from audobon.work.interpreter import find_interpreter

        self.need_writable("run jobs")

        def command() -> list[str]:
            python = find_interpreter(self.interpreter)
            return call_command(
                *(python.path, "audobon.services.jobs.workers:main", str(self.place.folder)),
                *(() if self.place.keys is None else (True,)),
                path=python.folders,
            )

        keys, log = self.place.keys, log_for(self.place, "worker")
        given = None if keys is None else keys.handed
        ensure_worker(command, locks=self.place.locks, log=log, tied=self.tied, given=given)

    def reopen_index(self) -> None:
        """Begin the search index anew after the catalog was replaced."""
        self.index.close()
        self.index = index_of(self.place, self.catalog, self.writing)

    def commit_lock(self) -> FileLock:
        """Held by whoever makes a version or puts files back."""
        return FileLock(self.place.locks / "commit.lock", timeout_s=60.0)

    def roots(self) -> tuple[Root, ...]:
        return self.catalog.roots()

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    def close(self) -> None:
        """Close everything that was opened, whatever fails of it; safe to call twice.

        The first error is raised when all the rest is closed.
        """
        close_all((self._end_threads, self.meter.close, self._close_stores))

    def _end_threads(self) -> None:
        # Without the lock, which those threads may wait for.
        calls, self.before_close[:] = self.before_close[::-1], []
        close_all(calls)

    def _close_stores(self) -> None:
        with self._lock:
            self.closed = True
            own = (self._executor, self._programs, self._networks, self._decoding, self._looking)
            workers = [one for one in (*own, *self._elsewhere.values()) if one is not None]
            derived = (self._previews, self._links, self._imprints, self._metrics)
            late = (*derived, *self._vectors.values())
            stores = [*self._opened, *(one for one in late if one is not None)]
            self._executor = self._programs = self._networks = None
            self._decoding = self._looking = None
            self._elsewhere.clear()
            self._opened.clear()
            self._vectors.clear()
            self._own = threading.local()
            close_all(
                (
                    self._let_go,
                    *(worker.close for worker in workers),
                    *(store.close for store in stores),
                    self._catch_up,
                    *(self.index.close, self.writing.close, self.catalog.close),
                )
            )

    def _let_go(self) -> None:
        """End the locks on assets that are tied to this."""
        if self.holder is not None:
            holder, self.holder = self.holder, None
            close_all((holder.release, lambda: holder.path.unlink(missing_ok=True)))

    def _catch_up(self) -> None:
        if not self.read_only and self.index.pending > _TAIL_ROWS:
            # The next search will do it; a full disk is no reason not to close.
            with contextlib.suppress(AudobonError):
                self.index.catch_up()
