"""One worker process for a library, started when there is work and gone when there is none."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from audobon.errors import AudobonError, Busy, Unavailable
from audobon.system.files import translate_os_error
from audobon.system.locks import FileLock, is_held
from audobon.system.processes import clean_environment, quiet_options, stop_tree
from audobon.work.messages import decode, encode
from audobon.work.queue import JobStore
from audobon.work.runner import Drained, Runner

__all__ = ["ensure_worker", "orphaned", "release_worker", "serve", "take_given", "worker_present"]

_PRESENCE = "worker.lock"
_PROBE_S = 0.5  # asking whether the lock is held takes it for microseconds; outlast that
_AGAIN_S = 0.002
_PARENT_S = 1.0  # between two looks whether the host that started us is still there

_REAP_S = 1.0  # for how long an ended process may stay a zombie
_FAREWELL_S = 2.0  # an idle worker is gone after 0.3 s; one at work is not waited for
_TIED_S = 4.0  # one that is tied to its host gives its job back in 0.5 s; then it is ended
_TIE = b"t"  # sent through the lifeline first, so that a host that is killed has said it


@define
class _Started:
    """The worker that this process has started last for a library."""

    released: threading.Event = field(factory=threading.Event)
    finding: bool = True
    process: subprocess.Popen[bytes] | None = None
    lifeline: int | None = None  # closed when nobody here needs the worker any more
    thread: threading.Thread | None = None
    tied: bool = False

    def there(self) -> bool:
        return self.finding or (self.process is not None and self.process.poll() is None)

    def watch(self) -> None:
        """Take the ended process away, which nobody else would; let go when released."""
        if (process := self.process) is None:
            return
        while process.poll() is None:
            if self.released.wait(_REAP_S):
                self._let_go()
                try:
                    process.wait(_TIED_S if self.tied else _FAREWELL_S)
                except subprocess.TimeoutExpired:
                    if self.tied:  # what it has begun is queued again by whoever comes next
                        stop_tree(process)
                        process.wait()
                return
        self._let_go()

    def _let_go(self) -> None:
        if self.lifeline is not None:
            fd, self.lifeline = self.lifeline, None
            os.close(fd)


_started: dict[Path, _Started] = {}
_starting = threading.Lock()


def worker_present(locks: Path, presence: str = _PRESENCE) -> bool:
    """Whether a process that holds ``presence`` serves the library with these ``locks``."""
    path = locks / presence
    if not is_held(path):
        return False
    time.sleep(_AGAIN_S)  # it may have been somebody else's question that held it
    return is_held(path)


def ensure_worker(
    command: Sequence[str] | Callable[[], Sequence[str]],
    *,
    locks: Path,
    log: Path | None = None,
    tied: bool = False,
    presence: str = _PRESENCE,
    given: Callable[[], Mapping[str, Any]] | None = None,
) -> bool:
    """Start ``command`` unless a worker is there; whether it is being started. Never waits.

    Call it after submitting a job: then a worker that is just about to end
    either sees the job or is seen here as gone. The command is to call
    :func:`serve` with the same ``locks``; its environment is clean (see
    ``clean_environment``), it outlives this process and this terminal, and
    what it prints goes to the end of ``log``, or nowhere.

    A function is called for the command in another thread, because finding an
    interpreter takes a while; why that failed is written into ``log``.

    One that is ``tied`` leaves its queue to others when it is released or this
    process ends: the jobs at hand go back, and it is gone within a second.

    ``presence`` is the lock that such a process holds; each has one process.

    What is ``given``, JSON data, goes through the pipe that is its standard input and nowhere
    else: the command begins with :func:`take_given` then.
    """
    locks = Path(os.path.abspath(locks))
    with _starting:
        last = _started.get(locks / presence)
        if (last is not None and last.there()) or worker_present(locks, presence):
            return False
        started = _Started(tied=tied)
        run: Callable[[], None]
        if callable(command):
            run = functools.partial(_find_and_run, command, log, started, given)
        else:
            _start(command, log, started, given)
            started.finding = False
            run = started.watch
        started.thread = threading.Thread(target=run, name="audobon-starter", daemon=True)
        _started[locks / presence] = started
        started.thread.start()
    return True


def release_worker(locks: Path, presence: str = _PRESENCE) -> bool:
    """Have the worker that this process started for ``locks`` end once its queue is empty.

    It does not linger then, and this process keeps no thread for it. An idle
    one is gone when this returns, which takes two seconds at most; False when
    one goes on, because it still works. A tied one is gone whatever it does.
    """
    with _starting:
        last = _started.get(Path(os.path.abspath(locks)) / presence)
    if last is None or last.thread is None:
        return True
    last.released.set()
    last.thread.join((_TIED_S if last.tied else _FAREWELL_S) + _REAP_S)
    return not last.there()


def _find_and_run(
    command: Callable[[], Sequence[str]],
    log: Path | None,
    started: _Started,
    given: Callable[[], Mapping[str, Any]] | None,
) -> None:
    try:
        _start(command(), log, started, given)
    except AudobonError as error:
        if log is not None:
            with contextlib.suppress(OSError), log.open("a", encoding="utf-8") as stream:
                stream.write(f"no worker was started: {error} {error.hint}\n")
    finally:
        started.finding = False
    started.watch()


def _start(
    command: Sequence[str],
    log: Path | None,
    started: _Started,
    given: Callable[[], Mapping[str, Any]] | None,
) -> None:
    reading, started.lifeline = os.pipe()
    try:
        output = os.open(
            os.devnull if log is None else log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
        )
        try:
            started.process = subprocess.Popen(
                list(command),
                stdin=reading,
                stdout=output,
                stderr=output,
                env=clean_environment(),
                cwd=os.path.abspath(os.sep),
                **quiet_options(session=True),
            )
            if given is not None:
                _give(started.lifeline, given)
            if started.tied:
                os.write(started.lifeline, _TIE)
        finally:
            os.close(output)
    except OSError as error:
        os.close(started.lifeline)
        raise translate_os_error(error, error.filename or command[0]) from error
    finally:
        os.close(reading)


def _give(lifeline: int, given: Callable[[], Mapping[str, Any]]) -> None:
    with os.fdopen(os.dup(lifeline), "wb") as pipe:
        pipe.write(encode(given()))


def take_given(lifeline: int) -> Mapping[str, Any]:
    """What :func:`ensure_worker` was to give this process; before anything else reads the pipe.

    Unavailable where the process that started this one has ended before.
    """
    line = bytearray()
    # Byte by byte: what follows on the pipe is for others.
    while not line.endswith(b"\n"):
        more = os.read(lifeline, 1)
        if not more:
            raise Unavailable("the process that started this one was gone before it gave the keys")
        line += more
    return decode(bytes(line))


def serve(
    runner: Runner,
    store: JobStore,
    *,
    locks: Path,
    linger_s: float = 20.0,
    stop: threading.Event | None = None,
    lifeline: int | None = None,
) -> Drained | None:
    """Be the worker process of a library until its queue is empty and nobody needs it.

    None at once when another process is that already. Waits ``linger_s``
    seconds for more jobs, but not when the process that started this one has
    ended, or has closed the other end of the pipe ``lifeline``. Every queued
    job is done by somebody: this one ends only after it has seen an empty
    queue without holding the lock. One that is tied to its host stops with it
    and gives back what it has begun; whoever waits for a job starts another.
    """
    stop = stop or threading.Event()
    locks.mkdir(parents=True, exist_ok=True)
    presence = FileLock(locks / _PRESENCE)
    gone = orphaned(lifeline, stop)
    total = Drained()
    begun = False
    while True:
        try:
            presence.acquire(timeout_s=_PROBE_S)
        except Busy:
            return total if begun else None
        begun = True
        try:
            total = total + runner.drain(linger_s=linger_s, stop=stop, hurry=gone)
        finally:
            presence.release()
        if stop.is_set() or not store.waiting():
            return total


def orphaned(lifeline: int | None, stop: threading.Event) -> threading.Event:
    """An event that is set when the process that started this one ends or lets go of it.

    ``stop`` is set too where that process has tied this one to itself.

    Windows tells of neither without a lifeline.
    """
    event = threading.Event()
    if sys.platform != "win32":
        parent = os.getppid()

        def watch() -> None:
            while os.getppid() == parent:
                time.sleep(_PARENT_S)
            event.set()

        threading.Thread(target=watch, name="audobon-parent", daemon=True).start()
    if lifeline is not None:

        def listen() -> None:
            tied = False
            with contextlib.suppress(OSError):
                while word := os.read(lifeline, 1):
                    tied = tied or word == _TIE
            event.set()
            if tied:
                stop.set()

        threading.Thread(target=listen, name="audobon-lifeline", daemon=True).start()
    return event
