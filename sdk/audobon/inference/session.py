"""A compiled network: kept warm, fed by its contract, checked, stopped when asked.

Sessions are kept in the worker process that made them, and their compiled
form on disk, so that only the first use of a model on a device is slow.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from audobon.errors import AudobonError, Corrupt, Invalid, Unavailable
from audobon.inference import door, ranking
from audobon.inference.convert.wrapping import TYPES
from audobon.inference.door import devices
from audobon.model.component import Tensor
from audobon.system.folders import make_own

__all__ = [
    "PRECISIONS",
    "Choice",
    "Session",
    "check_array",
    "check_result",
    "clear",
    "collected",
    "device_order",
    "devices",
    "open_session",
]

PRECISIONS = ("auto", "f32", "f16", "bf16")
"""``auto`` is what the device is quickest with: bf16 on many CPUs, f16 on GPUs."""

_KEPT = 4
"""Sessions kept warm in a process; the largest default network takes some 500 MB."""
_TICK_MS = 10
# Between two looks whether to stop: a cancel is noticed in this time, and OpenVINO's own
# cancel returns within 0.12 s.
_FAR = 1e4
"""How far beyond its range a network may give values, in widths of the range: SPAN overshoots by
0.05 in photographs, by 5 beside a lone black pixel and by 400 in white noise, and is cut off."""
Array = np.ndarray[Any, Any]


@frozen(slots=True)
class Choice:
    """Where and how a network is to run.

    ``device`` is AUTO or a device's name; ``avoid`` are devices that AUTO does
    not take; ``threads`` 0 lets OpenVINO choose. ``streams`` is for many pictures
    at a time: so many are computed at once, each by one thread. With 0 the
    next picture has all threads, which is for somebody who waits for one.
    """

    device: str = "AUTO"
    precision: str = "auto"
    threads: int = 0
    avoid: tuple[str, ...] = ()
    streams: int = 0


class Session:
    """A network on one device. One call at a time. ``ring`` is what ``inference.ring`` keeps."""

    def __init__(
        self, compiled: Any, device: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor]
    ) -> None:
        self.device = device
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self.compiled: Any = compiled
        self.ring: Any = None
        self._request = compiled.create_infer_request()

    def run(
        self, feed: Mapping[str, Array], check: Callable[[], None] = lambda: None
    ) -> dict[str, Array]:
        """What the network makes of ``feed``: arrays by the names of the contract.

        Invalid when the feed is not what the contract says, Corrupt when the
        result is not. ``check`` is called about every 10 ms and may raise to
        stop: then the network is stopped too.
        """
        for tensor in self.inputs:
            if tensor.name not in feed:
                raise Invalid(f"the network takes {tensor}, which is not given")
            check_array(feed[tensor.name], tensor)
        arrays = [np.ascontiguousarray(feed[tensor.name]) for tensor in self.inputs]
        with door.translated(f"the network stops on {self.device}"):
            self._request.start_async(dict(enumerate(arrays)))
        return collected(self._request, self.outputs, self.device, check)


def collected(
    request: Any, outputs: Sequence[Tensor], device: str, check: Callable[[], None]
) -> dict[str, Array]:
    """What a request that was started gives, waited for, checked and by the contract's names.

    Corrupt when it is not what the contract says. When ``check``, which is
    called about every 10 ms, raises, the request is stopped.
    """
    with door.translated(f"the network stops on {device}"):
        try:
            while not request.wait_for(_TICK_MS):
                check()
        except BaseException:
            request.cancel()
            with contextlib.suppress(RuntimeError):  # it was cancelled
                request.wait()
            raise
        results = request.results
        # Copies: the request writes into the same memory the next time.
        given = {tensor.name: np.array(results[number]) for number, tensor in enumerate(outputs)}
    for tensor in outputs:
        given[tensor.name] = check_result(given[tensor.name], tensor, device)
    return given


def check_array(array: Array, tensor: Tensor) -> None:
    """Raise Invalid when an array is not what a contract takes."""
    wanted = TYPES.get(tensor.dtype)
    if wanted is not None and array.dtype != wanted:
        raise Invalid(f"{array.dtype} numbers are given; the network takes {tensor}")
    fits = len(array.shape) == len(tensor.shape) and all(
        not length.isdecimal() or int(length) == given
        for given, length in zip(array.shape, tensor.shape, strict=True)
    )
    if not fits or 0 in array.shape:
        raise Invalid(f"an array of {array.shape} is given; the network takes {tensor}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise Invalid("numbers are given that are not finite; the network takes only finite ones")


def check_result(array: Array, tensor: Tensor, device: str) -> Array:
    """What a network gave for ``tensor``, cut off at its range where it overshoots.

    Corrupt for values that are no numbers, or further out than any sound
    network goes. For every runtime.
    """
    hint = "'audobon doctor --devices' tries the device; another one is chosen with --device"
    if not np.isfinite(array).all():
        raise Corrupt(f"the network gives {tensor.name} that is no number on {device}", hint=hint)
    if tensor.low is None or tensor.high is None:
        return array
    room = (tensor.high - tensor.low) * _FAR
    low, high = float(array.min(initial=tensor.low)), float(array.max(initial=tensor.high))
    if low < tensor.low - room or high > tensor.high + room:
        raise Corrupt(
            f"the network gives {low:g} to {high:g} on {device}; its contract says {tensor}",
            hint=hint,
        )
    return array.clip(tensor.low, tensor.high)


_sessions: OrderedDict[tuple[object, ...], Session] = OrderedDict()


def clear() -> None:
    """Let go of all sessions of this process, and of their memory."""
    _sessions.clear()


def open_session(
    path: Path,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    *,
    choice: Choice | None = None,
    shape: Sequence[int] | None = None,
    cache: Path | None = None,
) -> Session:
    """The network at ``path``, compiled for the best device that runs it; warm if it was open.

    ``shape`` fixes the shape of its one input. ``cache`` is a folder for
    compiled forms. A device is taken after it has run the network once on
    grey; with AUTO the next one is tried when it cannot, and Unavailable tells
    of each why.
    """
    choice = choice or Choice()
    if choice.precision not in PRECISIONS:
        raise Invalid(f"the precision {choice.precision!r} is none of {', '.join(PRECISIONS)}")
    # What lies there may have been replaced by a newer version.
    stamp = path.stat().st_mtime_ns
    key = (str(path), stamp, choice, tuple(shape or ()))
    if key not in _sessions:
        _sessions[key] = _first_that_works(path, inputs, outputs, choice, shape, cache)
        while len(_sessions) > _KEPT:
            _sessions.popitem(last=False)
    _sessions.move_to_end(key)
    return _sessions[key]


def _first_that_works(
    path: Path,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    choice: Choice,
    shape: Sequence[int] | None,
    cache: Path | None,
) -> Session:
    refused = []
    for device in device_order(choice, fixed=ranking.fixed(inputs, shape)):
        try:
            compiled = _compile(path, device, choice, shape, cache)
            session = Session(compiled, device, inputs, outputs)
            if device != "CPU":  # it is what the others are compared with
                _try(session, compiled)
            return session
        except AudobonError as error:
            refused.append(f"{device}: {error}")
    raise Unavailable(
        f"no device runs {path.parent.parent.name}: {'; '.join(refused)}",
        hint="'audobon doctor --devices' tries all of them",
    )


def _compile(
    path: Path, device: str, choice: Choice, shape: Sequence[int] | None, cache: Path | None
) -> Any:
    settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
    if choice.streams:
        settings["PERFORMANCE_HINT"] = "THROUGHPUT"
    if choice.precision != "auto":
        settings["INFERENCE_PRECISION_HINT"] = choice.precision
    if device == "CPU":
        settings["ENABLE_CPU_PINNING"] = False  # pinned threads would fight with the host's
        if choice.streams:
            settings["NUM_STREAMS"] = settings["INFERENCE_NUM_THREADS"] = choice.streams
        elif choice.threads:
            settings["INFERENCE_NUM_THREADS"] = choice.threads
    if cache is not None:
        folder = cache / door.version().replace("/", "_")
        make_own(folder)
        settings["CACHE_DIR"] = str(folder)
    with door.translated(f"{device} cannot take the network"):
        network = door.core().read_model(str(path))
        if shape is not None:
            network.reshape(list(shape))
        try:
            return door.core().compile_model(network, device, settings)
        except RuntimeError:
            if device != "CPU" or choice.precision != "auto":
                raise
            # Where a processor computes in fewer bits (bf16, f16), the plugin takes that by itself,
            # and lacks it for a few layouts: seen with OpenVINO 2026 on a Xeon with AMX.
            settings["INFERENCE_PRECISION_HINT"] = "f32"
            return door.core().compile_model(network, device, settings)


def _try(session: Session, compiled: Any) -> None:
    feed = {}
    for port, tensor in zip(compiled.inputs, session.inputs, strict=True):
        lengths = [each.get_length() if each.is_static else 64 for each in port.partial_shape]
        middle = ((tensor.low or 0.0) + (1.0 if tensor.high is None else tensor.high)) / 2
        feed[tensor.name] = np.full(lengths, middle, TYPES.get(tensor.dtype, np.float32))
    session.run(feed)


def device_order(choice: Choice, *, fixed: bool = True) -> tuple[str, ...]:
    """Devices to try: the one that was asked for, or all by what they say of themselves, CPU last.

    ``fixed`` says that the network has one shape. Invalid for a device that is not there.
    """
    return ranking.order(
        ranking.described(), choice.device, choice.precision, avoid=choice.avoid, fixed=fixed
    )
