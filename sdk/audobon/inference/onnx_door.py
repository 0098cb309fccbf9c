"""The door of onnxruntime, the second runtime: loaded late, without telemetry.

It is in no environment but its own (see ``models.runtimes``), and only worker
processes of that one come here.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audobon.errors import AudobonError, LimitExceeded, Unavailable
from audobon.system.variables import set_variable

__all__ = [
    "PROVIDERS",
    "devices",
    "load",
    "opened",
    "run_options",
    "there",
    "translated",
    "version",
]

PROVIDERS = {"CUDA": "CUDAExecutionProvider", "ONNX-CPU": "CPUExecutionProvider"}
"""Our name of each device, and onnxruntime's of what computes there."""
_OPTIONS: dict[str, dict[str, str]] = {
    # The default tries every algorithm anew for each size of a picture, and doubles its share of
    # the card's memory whenever that is full, beside a host that wants it too. By its
    # documentation: it has not been measured on a card.
    "CUDA": {
        "cudnn_conv_algo_search": "HEURISTIC",
        "arena_extend_strategy": "kSameAsRequested",
    }
}
_ERRORS_ONLY = 3


def there() -> bool:
    """Whether this environment has onnxruntime; it is not loaded for that."""
    return importlib.util.find_spec("onnxruntime") is not None


@functools.cache
def load() -> Any:
    """The module ``onnxruntime``. Unavailable where it is not installed."""
    # Official builds send events to their maker by default, and keep an identifier in the user's
    # cache folder; what happens before an API could be called is stopped by this alone.
    set_variable("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        if error.name != "onnxruntime":
            raise
        raise Unavailable("onnxruntime is not installed in the environment of this worker") from (
            error
        )
    onnxruntime.set_default_logger_severity(_ERRORS_ONLY)
    if PROVIDERS["CUDA"] in onnxruntime.get_available_providers():
        onnxruntime.preload_dlls()  # CUDA's libraries lie in packages of their own beside it
    return onnxruntime


def version() -> str:
    """The version of onnxruntime."""
    return str(load().__version__)


def devices() -> dict[str, str]:
    """Each device that this build was made for, and its name for people; it may not work."""
    built = load().get_available_providers()
    return {name: provider for name, provider in PROVIDERS.items() if provider in built}


def opened(network: Path | bytes, device: str, *, threads: int = 0, exact: bool = False) -> Any:
    """An InferenceSession of a network on ``device``, and on nothing else in its stead.

    ``exact`` asks for true 32-bit floats where the device would shorten them.
    Unavailable when the device does not work.
    """
    runtime = load()
    settings = runtime.SessionOptions()
    settings.intra_op_num_threads = threads
    # Its threads would else wait in a loop, on cores that the host wants.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options = dict(_OPTIONS.get(device, {}))
    if exact and device == "CUDA":
        options["use_tf32"] = "0"  # cards of 2020 and later keep 10 of 23 bits by default
    provider = PROVIDERS[device]
    if provider not in runtime.get_available_providers():
        raise Unavailable(f"this onnxruntime was not made for {device}", subject=device)
    source = network if isinstance(network, bytes) else str(network)
    with translated(f"{device} cannot take the network"):
        session = runtime.InferenceSession(source, settings, providers=[(provider, options)])
    if session.get_providers()[:1] != [provider]:  # it takes the CPU instead without a word
        raise Unavailable(
            f"{device} does not work here: onnxruntime cannot load {provider}", subject=device
        )
    session.disable_fallback()
    return session


def run_options() -> Any:
    """What one run is asked with; setting its ``terminate`` stops that run."""
    return load().RunOptions()


@functools.cache
def _errors() -> tuple[type[Exception], ...]:
    load()
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    found = [each for each in vars(state).values() if isinstance(each, type)]
    own = [each for each in found if issubclass(each, Exception)]
    return (RuntimeError, ValueError, *own)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn what onnxruntime raises into this package's errors: ``what``, and what it says."""
    try:
        yield
    except (AudobonError, MemoryError):
        raise
    except _errors() as error:
        text = " ".join(str(error).split())
        if "bad_alloc" in text or "alloc" in text.lower() or "out of memory" in text.lower():
            raise LimitExceeded(f"{what}: it needs more memory than it may use") from error
        raise Unavailable(f"{what}: {text[-240:]}") from error
