"""One worker process for a library, started when there is work and gone when there is none."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from audobon.errors import AudobonError, Busy
from audobon.system.files import translate_os_error
from audobon.system.locks import FileLock, is_held
from audobon.system.processes import clean_environment, quiet_options
from audobon.work.queue import JobStore
from audobon.work.runner import Drained, Runner

__all__ = ["ensure_worker", "serve", "worker_present"]

_PRESENCE = "worker.lock"
_PROBE_S = 0.5  # asking whether the lock is held takes it for microseconds; outlast that
_AGAIN_S = 0.002
_PARENT_S = 1.0  # between two looks whether the host that started us is still there

# For each folder of locks the thread that waits for the worker started last to end.
_started: dict[Path, threading.Thread] = {}
_starting = threading.Lock()


def worker_present(locks: Path) -> bool:
    """Whether a worker process serves the library whose locks lie in ``locks``."""
    path = locks / _PRESENCE
    if not is_held(path):
        return False
    time.sleep(_AGAIN_S)  # it may have been somebody else's question that held it
    return is_held(path)


def ensure_worker(
    command: Sequence[str] | Callable[[], Sequence[str]], *, locks: Path, log: Path | None = None
) -> bool:
    """Start ``command`` unless a worker is there; whether it is being started. Never waits.

    Call it after submitting a job: then a worker that is just about to end
    either sees the job or is seen here as gone. The command is to call
    :func:`serve` with the same ``locks``; its environment is clean (see
    ``clean_environment``), it outlives this process and this terminal, and
    what it prints goes to the end of ``log``, or nowhere.

    A function is called for the command in another thread, because finding an
    interpreter takes a while; why that failed is written into ``log``.
    """
    locks = Path(os.path.abspath(locks))
    with _starting:
        last = _started.get(locks)
        if (last is not None and last.is_alive()) or worker_present(locks):
            return False
        if callable(command):
            run = functools.partial(_find_and_run, command, log)
        else:
            run = functools.partial(_reap, _start(command, log))
        _started[locks] = thread = threading.Thread(target=run, name="audobon-starter", daemon=True)
        thread.start()
    return True


def _find_and_run(command: Callable[[], Sequence[str]], log: Path | None) -> None:
    try:
        process = _start(command(), log)
    except AudobonError as error:
        if log is not None:
            with contextlib.suppress(OSError), log.open("a", encoding="utf-8") as stream:
                stream.write(f"no worker was started: {error} {error.hint}\n")
        return
    _reap(process)


def _reap(process: subprocess.Popen[bytes]) -> None:
    process.wait()  # takes the ended process away; nobody else would


def _start(command: Sequence[str], log: Path | None) -> subprocess.Popen[bytes]:
    try:
        output = os.open(
            os.devnull if log is None else log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
        )
        try:
            return subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=clean_environment(),
                cwd=os.path.abspath(os.sep),
                **quiet_options(session=True),
            )
        finally:
            os.close(output)
    except OSError as error:
        raise translate_os_error(error, error.filename or command[0]) from error


def serve(
    runner: Runner,
    store: JobStore,
    *,
    locks: Path,
    linger_s: float = 20.0,
    stop: threading.Event | None = None,
) -> Drained | None:
    """Be the worker process of a library until its queue is empty and nobody needs it.

    None at once when another process is that already. Waits ``linger_s``
    seconds for more jobs, but not when the process that started this one has
    ended. Every queued job is done by somebody: this one ends only after it
    has seen an empty queue without holding the lock.
    """
    locks.mkdir(parents=True, exist_ok=True)
    presence = FileLock(locks / _PRESENCE)
    orphaned = _orphaned()
    total = Drained()
    begun = False
    while True:
        try:
            presence.acquire(timeout_s=_PROBE_S)
        except Busy:
            return total if begun else None
        begun = True
        try:
            total = total + runner.drain(linger_s=linger_s, stop=stop, hurry=orphaned)
        finally:
            presence.release()
        if (stop is not None and stop.is_set()) or not store.counts()["queued"]:
            return total


def _orphaned() -> threading.Event:
    """An event that is set when the process that started this one ends (never on Windows)."""
    event = threading.Event()
    if sys.platform != "win32":
        parent = os.getppid()

        def watch() -> None:
            while os.getppid() == parent:
                time.sleep(_PARENT_S)
            event.set()

        threading.Thread(target=watch, name="audobon-parent", daemon=True).start()
    return event
