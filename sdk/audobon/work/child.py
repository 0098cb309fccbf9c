"""The life of a worker process: read a request, do the task, tell the result.

Runs in its own process only. Standard output belongs to native libraries
that print, so the messages go through a private copy of it.
"""

from __future__ import annotations

import contextlib
import errno
import faulthandler
import importlib
import importlib.util
import os
import queue
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from audobon.errors import AudobonError, Cancelled, LimitExceeded, Unavailable, Unsupported
from audobon.model.job import Limits
from audobon.system.files import translate_os_error
from audobon.system.processes import die_with, lower_priority
from audobon.system.sandbox import Sealed, seal
from audobon.work import limits as bounds
from audobon.work.messages import (
    EXIT_MEMORY,
    MAX_MESSAGE,
    decode,
    encode,
    pack_error,
    unpack_limits,
)

__all__ = ["Task", "TaskContext", "main", "report"]

_PROGRESS_S = 0.02  # between two reports: faster than any bar is drawn
_ORPHAN_CHECK_S = 1.0  # for systems whose kernel does not tell that the starter is gone


class TaskContext:
    """What a task may ask of the worker process it runs in.

    ``limits`` is what it may use; ``background`` says that nobody waits for it,
    so it leaves a core to others. All methods may be called from any thread,
    and do not return while the worker is paused for more urgent work.
    """

    def __init__(self, limits: Limits, channel: _Channel, ident: int) -> None:
        self.limits = limits
        self.background = channel.background
        self._channel = channel
        self._ident = ident
        self._told = 0.0

    @property
    def keys(self) -> Mapping[str, Any] | None:
        """The keys that this process was handed, None where it was not."""
        return self._channel.keys

    def progress(self, fraction: float) -> None:
        """Tell how much is done, from 0 to 1. Call it as often as you like: few are sent."""
        now, done = time.monotonic(), min(max(float(fraction), 0.0), 1.0)
        if now - self._told < _PROGRESS_S and done < 1.0:
            return
        self._told = now
        self._channel.send({"progress": [self._ident, done]})
        self._channel.hold(self._ident)

    def give(self, part: object) -> None:
        """Hand over a part of the result at once, as plain JSON data.

        What was given is not lost when this process is killed.
        """
        self._channel.send({"part": [self._ident, part]})

    def check(self) -> None:
        """Raise Cancelled when somebody asked to stop. Call it often: it costs nothing."""
        self._channel.hold(self._ident)
        if self._ident <= self._channel.cancelled_to:
            raise Cancelled("the task is cancelled")


Task = Callable[[Mapping[str, Any], TaskContext], Any]


class _Channel:
    """The two pipes to the starter."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO, *, background: bool) -> None:
        self.background = background
        self.requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.cancelled_to = 0
        self.keys: Mapping[str, Any] | None = None
        self._paused = False
        self._changed = threading.Condition()
        self._incoming = incoming
        self._outgoing = outgoing
        self._write = threading.Lock()

    def send(self, message: Mapping[str, Any], *, flush: bool = True) -> None:
        line = encode(message)
        if len(line) > MAX_MESSAGE:
            raise LimitExceeded(
                f"a result of {len(line):,} bytes is more than the {MAX_MESSAGE:,} allowed"
            )
        try:
            with self._write:
                self._outgoing.write(line)
                if flush:
                    self._outgoing.flush()
        except BrokenPipeError:
            os._exit(0)  # nobody is left who could want it

    def hold(self, ident: int) -> None:
        """Wait while the worker is paused and the task ``ident`` is not cancelled."""
        if self._paused:
            with self._changed:
                self._changed.wait_for(lambda: not self._paused or ident <= self.cancelled_to)

    def read_for_ever(self) -> None:
        """Take requests in until the starter closes the pipe or is gone, then end the process."""
        try:
            for line in self._incoming:
                message = decode(line)
                if "cancel" in message or "pause" in message:
                    with self._changed:
                        self.cancelled_to = max(self.cancelled_to, int(message.get("cancel", 0)))
                        self._paused = bool(message.get("pause", self._paused))
                        self._changed.notify_all()
                elif "keys" in message:
                    self.keys = message["keys"]
                else:
                    self.requests.put(message)
        except MemoryError:
            os._exit(EXIT_MEMORY)
        finally:
            os._exit(0)


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for ourselves; what anybody prints goes to standard error."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if sys.stdout is not None:
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return os.fdopen(incoming, "rb"), os.fdopen(outgoing, "wb")


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        select.select([], [], [], _ORPHAN_CHECK_S)
    os._exit(0)


def _settle(lifeline: int | None, *, background: bool, starter: int) -> None:
    """Signals, priority and bounds of this process."""
    faulthandler.enable()  # a crash in native code names the Python line on standard error
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_SETMASK, ())  # hosts block signals in their threads
        parent = os.getppid()
        if lifeline is None or not die_with(lifeline):
            threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the starter's to answer
    lower_priority(background=background, starter=starter)
    bounds.set_up()


def _load(target: str) -> Mapping[str, Task]:
    module, _, name = target.partition(":")
    tasks: Mapping[str, Task] = getattr(importlib.import_module(module), name)
    return tasks


def _seal(target: str, cage: Mapping[str, Any] | None) -> Sealed:
    if cage is None:
        return Sealed()
    heavy = getattr(sys.modules[target.partition(":")[0]], "HEAVY", ())
    for name in heavy:
        _compile(name)
    return seal(cage)


def _compile(name: str) -> None:
    """Import a module that Python has not compiled yet: afterwards it could not be kept."""
    with contextlib.suppress(Exception):  # what an import can raise; a task tells of it
        spec = importlib.util.find_spec(name)
        if spec is None or spec.cached is None or os.path.exists(spec.cached):
            return
        place = os.path.dirname(spec.cached)
        while not os.path.isdir(place) and place != os.path.dirname(place):
            place = os.path.dirname(place)
        if os.access(place, os.W_OK):
            importlib.import_module(name)


def _unexpected(name: str, error: BaseException) -> AudobonError:
    traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else "unknown place"
    return AudobonError(
        f"the task {name} stops with {type(error).__name__}: {error}", hint=f"raised at {where}"
    )


def _translate(name: str, error: BaseException, limits: Limits) -> AudobonError:
    if isinstance(error, AudobonError):
        return error
    if isinstance(error, MemoryError):
        return LimitExceeded(
            f"the task {name} needs more than the {limits.memory >> 20} MiB of memory it may use"
        )
    if isinstance(error, OSError):
        if error.errno == errno.EFBIG:
            return LimitExceeded(
                f"the task {name} writes a file of more than the {limits.file:,} bytes allowed"
            )
        return translate_os_error(error, error.filename or f"a file of the task {name}")
    return _unexpected(name, error)


def _do(tasks: Mapping[str, Task], request: Mapping[str, Any], channel: _Channel) -> dict[str, Any]:
    """Run one task; the message that tells how it went."""
    ident, name = int(request["id"]), str(request["task"])
    limits = unpack_limits(request["limits"])
    context = TaskContext(limits, channel, ident)
    try:
        context.check()
        task = tasks.get(name)
        if task is None:
            raise Unsupported(f"there is no task {name}; known are {', '.join(sorted(tasks))}")
        bounds.arm(limits)
        try:
            result = task(request["payload"], context)
        finally:
            bounds.disarm()
        return {"done": ident, "result": result}
    except BaseException as error:  # noqa: BLE001  # SystemExit of a task is no reason to end
        told = _translate(name, error, limits)
        error.__traceback__ = None  # its frames may hold what filled the memory
        return {"failed": ident, "error": pack_error(told)}


def _answer(channel: _Channel, message: dict[str, Any]) -> None:
    # With more requests waiting, their "begin" takes this along in one write.
    flush = channel.requests.empty()
    try:
        channel.send(message, flush=flush)
    except AudobonError as error:  # too long, or not JSON
        channel.send({"failed": message["done"], "error": pack_error(error)}, flush=flush)


def main(
    target: str,
    lifeline: int | None = None,
    lane: str = "",
    starter: int = 0,
    cage: Mapping[str, Any] | None = None,
) -> None:
    """Serve the tasks named by ``target`` (``module:ATTRIBUTE``) until standard input ends.

    The ``lane`` "background" gives way to other workers. ``starter`` is by how
    much the starter has lowered its own priority. ``cage`` says what is left to this process
    (see ``system.sandbox``); None leaves it everything.
    """
    incoming, outgoing = _private_pipes()
    channel = _Channel(incoming, outgoing, background=lane == "background")
    _settle(lifeline, background=channel.background, starter=starter)
    try:
        tasks = _load(target)
    except Exception as error:  # noqa: BLE001  # whatever an import can raise
        traceback.print_exc()
        reason = Unavailable(f"the worker cannot load {target}: {error}")
        channel.send({"fatal": pack_error(reason)})
        return
    # Before there is another thread, and before any file of a stranger is opened.
    sealed = _seal(target, cage)
    threading.Thread(target=channel.read_for_ever, name="audobon-requests", daemon=True).start()
    channel.send({"ready": os.getpid(), "sealed": [sealed.active, sealed.lacking]})
    while True:
        request = channel.requests.get()
        channel.send({"begin": request["id"]})
        _answer(channel, _do(tasks, request, channel))


def report() -> None:
    """Print who this interpreter is, as one line of JSON: the trial of an interpreter."""
    with contextlib.suppress(BrokenPipeError):
        line = encode({"version": list(sys.version_info[:3]), "executable": sys.executable})
        os.write(1, line)
