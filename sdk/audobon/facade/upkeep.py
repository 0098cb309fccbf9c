"""Calls about work and health."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from audobon.facade.base import Base, never
from audobon.facade.measuring import measured

if TYPE_CHECKING:
    from audobon.services.core.queue import Job
    from audobon.services.health.caches import CacheSize, Cleared
    from audobon.services.health.doctor import Health
    from audobon.services.health.stats import Stats
    from audobon.work.runner import Drained

__all__ = ["UpkeepCalls"]


class UpkeepCalls(Base):
    """Jobs, counts and the doctor."""

    def jobs(self, state: str | None = None, *, limit: int = 200) -> tuple[Job, ...]:
        """Jobs of this library, newest first, whoever asked for them."""
        from audobon.services.core.queue import jobs

        return jobs(self._stores, state, limit=limit)

    def job(self, ident: int) -> Job:
        """One job by its number. NotFound."""
        from audobon.services.core.queue import job

        return job(self._stores, ident)

    def start_worker(self) -> None:
        """See that somebody runs the queued jobs: a process of its own, ended when idle.

        Returns at once. Does nothing when one is at work already.
        """
        self._stores.start_worker()

    def printed(self, most: int = 64 << 10) -> str:
        """The end of what the process of :meth:`start_worker` has printed, up to ``most`` bytes."""
        from audobon.services.core.printed import last_printed

        return last_printed(self._stores.place, "worker", most)

    def tie_worker(self) -> None:
        """From now on a process that :meth:`start_worker` begins ends with this one.

        For hosts: when it is released, or this process is killed, what it does
        goes back to the queue, and it is gone within seconds. The rest is done
        when any host opens the library again.
        """
        self._stores.tied = True

    def release_worker(self) -> bool:
        """Have the process that :meth:`start_worker` began end when its queue is empty.

        For hosts that unload this package: it does not linger then. An idle
        one is gone when this returns, after two seconds at most; False when
        it still works, and then it ends by itself. One that is tied gives back
        what it does and is gone.
        """
        from audobon.work.background import release_worker

        return release_worker(self._stores.place.locks)

    def work(self, *, linger_s: float = 0.0, cancel: Callable[[], bool] = never) -> Drained:
        """Run queued jobs in worker processes until none was queued for ``linger_s`` seconds.

        Returns how many were done, failed and so on. Blocks: meant for
        ``audobon worker`` and for scripts, not for a host's main thread.
        """
        from audobon.services.jobs.workers import drain

        return drain(self._stores, linger_s=linger_s, cancel=cancel)

    def stats(self) -> Stats:
        """Counts and sizes: assets, versions, chunk store, caches, jobs."""
        from audobon.services.health.stats import stats

        return stats(self._stores)

    def caches(self) -> tuple[CacheSize, ...]:
        """How much of the library's folder is there only to be quicker, cache by cache."""
        from audobon.services.health.caches import cache_sizes

        return cache_sizes(self._stores)

    def clear_caches(self, names: Iterable[str] = ()) -> Cleared:
        """Empty caches, all of them without ``names``; what was freed.

        Everything in them is made again when it is asked for: previews from
        the files, details of differences and results of pipelines by computing.
        Results of the last minute stay, since somebody may wait for them.
        NotFound for an unknown name.
        """
        from audobon.services.health.caches import clear_caches

        return clear_caches(self._stores, tuple(names))

    def limit_cache(self, name: str, size: int | None) -> CacheSize:
        """Let a cache take ``size`` bytes at most; None for what is usual. How it is then.

        What is over it goes at once, the longest unused first; what somebody
        asked for just now stays. From then on every process keeps to it.
        NotFound for an unknown name, Invalid for less than 16 MiB.
        """
        from audobon.services.health.caches import limit_cache

        return limit_cache(self._stores, name, size)

    @measured("doctor")
    def doctor(self, *, repair: bool = False) -> Health:
        """Check every part of the library and of this machine; with ``repair`` mend what can be."""
        from audobon.services.health.doctor import doctor

        return doctor(self._stores, repair=repair)
