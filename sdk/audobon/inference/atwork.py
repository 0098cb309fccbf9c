"""Networks at work, whichever runtime has them: what callers count on, and which one is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from audobon.inference import onnx_door, onnx_session, remote, session
from audobon.inference.session import Array, Choice
from audobon.model.component import Tensor

__all__ = ["Running", "Runtime", "open_network", "runtime_of", "take_used", "watched"]

_used: set[str] = set()
_watching: tuple[Path, Callable[[Mapping[str, Array]], object]] | None = None


class Running(Protocol):
    """A network on one device, fed and read by the names of its contract. One call at a time."""

    device: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    def run(self, feed: Mapping[str, Array], check: Callable[[], None] = ...) -> dict[str, Array]:
        """What the network makes of ``feed``.

        Invalid when the feed is not what the contract says, Corrupt when the
        result is not, LimitExceeded and Unavailable when the device cannot.
        ``check`` is called about every 10 ms and may raise to stop; then the
        network has stopped too when that comes out of here, and the next call
        works.
        """


class Runtime(Protocol):
    """What runs networks. OpenVINO's is the module ``session``, onnxruntime's ``onnx_session``,
    Vertex AI's ``remote``."""

    def devices(self) -> Mapping[str, str]:
        """Its devices in this process: each name, and what it is called for people."""

    def open_session(
        self,
        path: Path,
        inputs: Sequence[Tensor],
        outputs: Sequence[Tensor],
        *,
        choice: Choice | None = None,
        shape: Sequence[int] | None = None,
        cache: Path | None = None,
    ) -> Running:
        """A network, warm if it was open; it has run once on any device but a CPU.

        Unavailable, with the reason, when the device cannot take it.
        """

    def clear(self) -> None:
        """Let go of all networks of this process."""


def runtime_of(device: str) -> Runtime:
    """The runtime that has a device of this name, or AUTO; OpenVINO's for names of none."""
    if device == remote.DEVICE:
        return remote
    if device in onnx_door.PROVIDERS and onnx_door.there():
        return onnx_session
    return session


def open_network(
    network: Path,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    *,
    choice: Choice | None = None,
    shape: Sequence[int] | None = None,
    cache: Path | None = None,
) -> Running:
    """The network ``model.xml``, or ``model.onnx`` beside it, as the device of ``choice`` takes it.

    See ``Runtime.open_session``.
    """
    if _watching is not None and _watching[0] == network:
        return _Watched(inputs, outputs, _watching[1])
    runtime = runtime_of(choice.device if choice else "AUTO")
    path = network.with_suffix(".onnx") if runtime is onnx_session else network
    opened = runtime.open_session(path, inputs, outputs, choice=choice, shape=shape, cache=cache)
    _used.add(opened.device)
    return opened


class _Watched:
    """A network that is not computed: whoever watches is shown what it is fed, and gives nothing
    back but an exception of its own."""

    device = ""

    def __init__(
        self,
        inputs: Sequence[Tensor],
        outputs: Sequence[Tensor],
        see: Callable[[Mapping[str, Array]], object],
    ) -> None:
        self.inputs, self.outputs, self._see = tuple(inputs), tuple(outputs), see

    def run(
        self, feed: Mapping[str, Array], check: Callable[[], None] = lambda: None
    ) -> dict[str, Array]:
        check()
        for tensor in self.inputs:
            session.check_array(feed[tensor.name], tensor)
        self._see(feed)
        raise AssertionError("whoever watches a network ends the run")


@contextmanager
def watched(network: Path, see: Callable[[Mapping[str, Array]], object]) -> Iterator[None]:
    """While it lasts :func:`open_network` computes nothing with ``network``: ``see`` is called
    with what it is fed, and raises to end that."""
    global _watching  # noqa: PLW0603
    _watching = (network, see)
    try:
        yield
    finally:
        _watching = None


def take_used() -> str:
    """The devices of the networks that this process has opened since this was asked last."""
    used = ",".join(sorted(_used))
    _used.clear()
    return used
