"""A network run by onnxruntime: the same requests, results and errors as ``session`` has.

The network is the ``.onnx`` file beside OpenVINO's ``.xml``, in the contract's
form (see ``convert.onnx_form``).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np

from audobon.errors import Invalid, Unavailable
from audobon.inference import onnx_door
from audobon.inference.convert.wrapping import TYPES
from audobon.inference.onnx_door import devices
from audobon.inference.session import Array, Choice, check_array, check_result
from audobon.model.component import Tensor

__all__ = ["OnnxSession", "clear", "devices", "open_session"]

_KEPT = 4  # as many as OpenVINO's
_TICK_S = 0.01
_PRECISIONS = ("auto", "f32")
_SIDE = 64  # of the trial, where the network takes any


class OnnxSession:
    """A network on one device. One call at a time."""

    def __init__(
        self, opened: Any, device: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor]
    ) -> None:
        self.device = device
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self._opened = opened
        self._names = [each.name for each in opened.get_inputs()]
        self._thread = ThreadPoolExecutor(1, "audobon-onnx")

    def run(
        self, feed: Mapping[str, Array], check: Callable[[], None] = lambda: None
    ) -> dict[str, Array]:
        """See ``Session.run``. A network is stopped between two of its operations, not within."""
        for tensor in self.inputs:
            if tensor.name not in feed:
                raise Invalid(f"the network takes {tensor}, which is not given")
            check_array(feed[tensor.name], tensor)
        given = [np.ascontiguousarray(feed[tensor.name]) for tensor in self.inputs]
        arrays = dict(zip(self._names, given, strict=True))
        options = onnx_door.run_options()
        with onnx_door.translated(f"the network stops on {self.device}"):
            running = self._thread.submit(self._opened.run, None, arrays, options)
            try:
                while not wait((running,), _TICK_S).done:
                    check()
            except BaseException:
                options.terminate = True
                wait((running,))
                raise
            results = running.result()
        return {
            tensor.name: check_result(np.asarray(result), tensor, self.device)
            for tensor, result in zip(self.outputs, results, strict=True)
        }

    def close(self) -> None:
        """Let go of the network and its thread."""
        self._thread.shutdown()
        self._opened = None


_sessions: OrderedDict[tuple[object, ...], OnnxSession] = OrderedDict()


def clear() -> None:
    """Let go of all sessions of this process, and of their memory."""
    while _sessions:
        _sessions.popitem()[1].close()


def open_session(
    path: Path,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    *,
    choice: Choice | None = None,
    shape: Sequence[int] | None = None,
    cache: Path | None = None,
) -> OnnxSession:
    """The network at ``path`` on the device of ``choice``; warm if it was open.

    As ``session.open_session``, but for one device: there is no other to fall
    back to in this process. ``shape`` and ``cache`` are of no use to it: networks
    take every shape, and nothing is compiled ahead. It computes in the file's
    own numbers, so Invalid for a precision but auto and f32.
    """
    del shape, cache
    choice = choice or Choice("ONNX-CPU")
    if choice.device not in onnx_door.PROVIDERS:
        raise Invalid(
            f"onnxruntime has no device {choice.device}; there are {', '.join(devices())}",
            subject=choice.device,
        )
    if choice.precision not in _PRECISIONS:
        raise Invalid(
            f"{choice.device} computes in the network's own numbers; of precisions "
            f"{' and '.join(_PRECISIONS)} are taken"
        )
    key = (str(path), path.stat().st_mtime_ns if path.is_file() else 0, choice)
    if key not in _sessions:
        _sessions[key] = _opened(path, inputs, outputs, choice)
        while len(_sessions) > _KEPT:
            _sessions.popitem(last=False)[1].close()
    _sessions.move_to_end(key)
    return _sessions[key]


def _opened(
    path: Path, inputs: Sequence[Tensor], outputs: Sequence[Tensor], choice: Choice
) -> OnnxSession:
    if not path.is_file():
        raise Unavailable(
            f"{path.parent.parent.name} has no ONNX form, which {choice.device} needs",
            subject=choice.device,
        )
    exact = choice.precision == "f32"
    opened = onnx_door.opened(path, choice.device, threads=choice.threads, exact=exact)
    session = OnnxSession(opened, choice.device, inputs, outputs)
    if choice.device != "ONNX-CPU":
        _try(session)
    return session


def _try(session: OnnxSession) -> None:
    feed = {}
    for tensor in session.inputs:
        lengths = [int(each) if each.isdecimal() else _SIDE for each in tensor.shape]
        if tensor.shape and not tensor.shape[0].isdecimal():
            lengths[0] = 1
        middle = ((tensor.low or 0.0) + (1.0 if tensor.high is None else tensor.high)) / 2
        feed[tensor.name] = np.full(lengths, middle, TYPES.get(tensor.dtype, np.float32))
    session.run(feed)
