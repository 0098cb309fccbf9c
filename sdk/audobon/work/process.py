"""One worker process as its starter sees it: messages, deadlines, and why it ended."""

from __future__ import annotations

import contextlib
import io
import os
import queue
import subprocess
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from attrs import frozen

from audobon.errors import AudobonError, Cancelled, LimitExceeded, Unavailable, WorkerDied
from audobon.model.job import Limits
from audobon.system.files import translate_os_error
from audobon.system.processes import (
    clean_environment,
    quiet_options,
    resident_bytes,
    stop_group,
    stop_tree,
)
from audobon.system.sandbox import Sealed
from audobon.system.secrets import without_secret_variables
from audobon.system.winjob import Confinement, confine
from audobon.work.endings import explain, last_words, memory_exceeded
from audobon.work.messages import MAX_MESSAGE, decode, encode, pack_limits, unpack_error

__all__ = ["Ended", "WorkerProcess"]

_START_S = 60.0  # a first start behind a virus scanner has been seen to take 20 s
_TICK_S = 0.05  # how late a deadline may be noticed; costs 0.1 % of a core while a task runs
_DRAIN_S = 1.0  # how long the last words of a dead process are waited for
_TAIL_BYTES = 4096  # of standard error; a Python traceback with its message fits
# The C library reserves 64 MB of address space for each thread's own heap, which would
# count against the memory of a decoder with many threads.
# Matrices here are small; the threads that OpenBLAS starts would only wait, busily at first.
_KEPT = str(8 << 20)
"""Bytes of freed memory that glibc keeps, and of a block that it takes from there: pictures of a
few MB would else be given back and faulted in anew each time, 120 faults for one of 300 KB."""
_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": _KEPT,
    "MALLOC_MMAP_THRESHOLD_": _KEPT,
    "OPENBLAS_NUM_THREADS": "1",
}
_AT_REST = 256 << 20  # committed memory of a Python with numpy and decoders loaded, generously


@frozen(slots=True)
class Ended:
    """The last message: the process is gone. ``begun`` is the task it was at, or None."""

    error: AudobonError
    begun: int | None


class WorkerProcess:
    """A worker process that has just been started.

    :attr:`messages` gives what it says, in order, and at last one
    :class:`Ended`. Tasks are done in the order of :meth:`send`. A guarding
    thread ends the process when a task overstays its limits. ``command``
    gives the command line for a lifeline's number (see ``die_with``).
    ``background`` is what ``quiet_options`` makes of it.
    """

    def __init__(
        self, command: Callable[[int | None], Sequence[str]], *, background: bool = False
    ) -> None:
        self.messages: queue.SimpleQueue[dict[str, Any] | Ended] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting: OrderedDict[int, Limits] = OrderedDict()
        self._busy = threading.Event()
        self._ended = False
        self._finished = threading.Event()
        self._closing = False
        self._begun: int | None = None
        self._deadline = time.monotonic() + _START_S
        self._cancel_deadline: float | None = None
        self._paused_since: float | None = None
        self._reason: AudobonError | None = None
        self._background = background
        self._sending = threading.Lock()
        self._base = 0
        self.peak = 0
        """The most memory that it was seen to occupy since it was last idle, in bytes."""
        self.sealed = Sealed()
        """What it has given up, known once it is ready."""
        self._last_id = 0
        self._tail: deque[bytes] = deque()
        self._lifeline: int | None = None
        self._process = self._start(command)
        self._confinement = self._confine()
        self._pump = self._thread(self._read_errors, "stderr")
        self._reader = self._thread(self._read_messages, "stdout")
        self._guarding = self._thread(self._guard, "guard")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._ended and self._process.poll() is None

    @property
    def resident(self) -> int:
        """Memory that the process occupies, in bytes; 0 where the platform does not tell."""
        return resident_bytes(self._process.pid)

    @property
    def at_rest(self) -> int:
        """Memory that it occupied when it was ready for its first task, in bytes."""
        return self._base

    def next_id(self) -> int:
        """A number for a task that this process has not had."""
        self._last_id += 1
        return self._last_id

    def send(self, ident: int, name: str, payload: Mapping[str, Any], *, limits: Limits) -> None:
        """Ask for a task. Raises Invalid for a payload that is no JSON data, or too long."""
        packed = pack_limits(limits)
        line = encode({"id": ident, "task": name, "payload": payload, "limits": packed})
        if len(line) > MAX_MESSAGE:
            raise LimitExceeded(
                f"a payload of {len(line):,} bytes is more than the {MAX_MESSAGE:,} allowed"
            )
        with self._lock:
            if not self._waiting:
                self.peak = 0
            if not self._waiting and self._base:
                self._deadline = time.monotonic() + limits.wall_s
            self._waiting[ident] = limits
        if self._confinement is not None:
            self._confinement.set_memory(_AT_REST + limits.memory)
        self._busy.set()
        self._write(line)

    def give(self, keys: Callable[[], Mapping[str, Any]]) -> None:
        """Hand it keys, for every task that it is sent from now on."""
        self._write(encode({"keys": keys()}))

    def pause(self, paused: bool) -> None:
        """Hold the task at its next look, or let it go on; that time does not count for it."""
        with self._lock:
            if paused == (self._paused_since is not None):
                return
            now = time.monotonic()
            if self._paused_since is not None:
                self._deadline += now - self._paused_since
            self._paused_since = now if paused else None
        self._write(encode({"pause": paused}))

    def cancel(self, up_to: int, *, grace_s: float) -> None:
        """Ask every task up to that number to stop; end the process if one has not in time."""
        with self._lock:
            self._cancel_deadline = time.monotonic() + grace_s
        self._write(encode({"cancel": up_to}))

    def kill(self, reason: AudobonError | None = None) -> None:
        """End the process at once. ``reason`` is what :class:`Ended` then carries."""
        with self._lock:
            self._reason = self._reason or reason
        stop_tree(self._process)

    def close(self) -> None:
        """Let an idle process end and take it away; one at work is ended. Safe to call twice."""
        self._closing = True
        if self._waiting:
            self.kill(Cancelled("the worker is closed"))
        with contextlib.suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(_DRAIN_S)
        except subprocess.TimeoutExpired:
            stop_tree(self._process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_DRAIN_S)
        self._reader.join(_DRAIN_S)
        self._busy.set()
        if self._guarding is not threading.current_thread():
            self._guarding.join(_DRAIN_S)

    def _start(self, command: Callable[[int | None], Sequence[str]]) -> subprocess.Popen[bytes]:
        options = quiet_options(background=self._background)
        reading: int | None = None
        if sys.platform != "win32":
            # Held open by this process alone: the worker ends when it closes.
            reading, self._lifeline = os.pipe()
            options["pass_fds"] = (reading,)
        line = list(command(reading))
        try:
            process = subprocess.Popen(
                line,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=without_secret_variables(clean_environment()) | _ENVIRONMENT,
                cwd=os.path.abspath(os.sep),  # keeps no folder of the user's busy
                bufsize=0,
                **options,
            )
        except OSError as error:
            self._drop_lifeline()
            raise translate_os_error(error, line[0]) from error
        finally:
            if reading is not None:
                os.close(reading)
        # Unbuffered pipes are raw files, which the general type of Popen does not tell.
        self._stdin = cast("io.FileIO", process.stdin)
        self._stdout = cast("io.FileIO", process.stdout)
        self._stderr = cast("io.FileIO", process.stderr)
        return process

    def _confine(self) -> Confinement | None:
        try:
            return confine(self._process)
        except OSError:
            return None  # a host inside a job that allows no other: the watches remain

    def _thread(self, run: Callable[[], None], name: str) -> threading.Thread:
        thread = threading.Thread(target=run, name=f"audobon-worker-{name}", daemon=True)
        thread.start()
        return thread

    def _write(self, line: bytes) -> None:
        view = memoryview(line)
        # One line after the other, whichever threads they come from. Of one that is gone or
        # closed Ended tells.
        with (
            self._sending,
            contextlib.suppress(OSError, ValueError),
        ):
            while view:
                view = view[self._stdin.write(view) :]

    def _read_errors(self) -> None:
        size = 0
        while chunk := os.read(self._stderr.fileno(), _TAIL_BYTES):
            self._tail.append(chunk)
            size += len(chunk)
            while size - len(self._tail[0]) >= _TAIL_BYTES:
                size -= len(self._tail.popleft())

    def _read_messages(self) -> None:
        reader = io.BufferedReader(self._stdout, 1 << 16)
        try:
            while line := reader.readline(MAX_MESSAGE + 1):
                if len(line) > MAX_MESSAGE:
                    self.kill(LimitExceeded("the worker sends a message without an end"))
                    break
                message = decode(line)
                self._note(message)
                self.messages.put(message)
        except (ValueError, TypeError, LookupError):
            self.kill(WorkerDied("the worker sends something that is no message"))
        self._finish()

    def _note(self, message: dict[str, Any]) -> None:
        """Follow which task is running and until when."""
        if "progress" in message or "part" in message:
            return
        with self._lock:
            if "begin" in message:
                self._begun = int(message["begin"])
            elif "ready" in message:
                self._base = self.resident or 1
                active, lacking = message.get("sealed", ((), ()))
                self.sealed = Sealed(tuple(map(str, active)), tuple(map(str, lacking)))
            elif "fatal" in message:
                self._reason = self._reason or unpack_error(message["fatal"])
            else:
                ident = int(message["done"] if "done" in message else message["failed"])
                self._waiting.pop(ident, None)
                self._begun = None
            if self._waiting:
                limits = self._waiting.get(self._begun or 0) or next(iter(self._waiting.values()))
                self._deadline = time.monotonic() + limits.wall_s
            else:
                self._cancel_deadline = None
                self._busy.clear()

    def _guard(self) -> None:
        while True:
            self._busy.wait()
            if self._ended or self._closing:
                return
            if self._process.poll() is not None:
                # Its end of the pipe may live on in a process that it started itself.
                if not self._finished.wait(_DRAIN_S):
                    self._finish()
                return
            reason = self._overstayed()
            if reason is not None:
                self.kill(reason)
            time.sleep(self._until_next_look())

    def _until_next_look(self) -> float:
        cancel = self._cancel_deadline
        left = _TICK_S if cancel is None else cancel - time.monotonic()
        return min(max(left, 0.001), _TICK_S)

    def _overstayed(self) -> AudobonError | None:
        now = time.monotonic()
        with self._lock:
            if not self._waiting:
                return None
            limits = self._waiting.get(self._begun or 0) or next(iter(self._waiting.values()))
            if self._cancel_deadline is not None and now >= self._cancel_deadline:
                return Cancelled("the task is cancelled")
            if now >= self._deadline and self._paused_since is None:
                if not self._base:
                    return Unavailable(f"the worker is not ready after {_START_S:g} s")
                return LimitExceeded(f"the task takes longer than the {limits.wall_s:g} s allowed")
            room = self._base + limits.memory
        self.peak = max(self.peak, resident := self.resident)
        if self._base and resident > room:
            return memory_exceeded(limits)
        return None

    def _finish(self) -> None:
        with self._lock:
            if self._ended:
                return
            self._ended = True
        try:
            self._process.wait(_DRAIN_S)
        except subprocess.TimeoutExpired:
            stop_tree(self._process)  # it closed its pipe and goes on
            self._process.wait()
        self._pump.join(_TICK_S)
        if self._pump.is_alive():  # somebody that it started still holds its standard error
            stop_group(self._process.pid)
            self._pump.join(_DRAIN_S)
        self.messages.put(Ended(self._why(), self._begun))
        self._finished.set()
        self._busy.set()
        self._drop_lifeline()
        if self._confinement is not None:
            self._confinement.close()
        for pipe in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        if not self._pump.is_alive():
            self._stderr.close()

    def _drop_lifeline(self) -> None:
        if self._lifeline is not None:
            fd, self._lifeline = self._lifeline, None
            os.close(fd)

    def _why(self) -> AudobonError:
        tail = b"".join(self._tail)
        limits = self._waiting.get(self._begun or 0)
        if self._reason is not None:
            error = self._reason
            error.hint = error.hint or last_words(tail)
            return error
        return explain(self._process.returncode, tail, limits or Limits())
