"""The door of OpenVINO: loaded late, without telemetry, once per process."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from audobon.errors import AudobonError, LimitExceeded, MissingExtra, Unavailable

__all__ = ["core", "devices", "load", "opset", "out_of_memory", "translated", "version"]


def load() -> Any:
    """The module ``openvino``. MissingExtra where it is not installed."""
    # Its import otherwise writes into the home folder, starts a process and looks up a host.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ModuleNotFoundError as error:
        if error.name != "openvino":
            raise
        raise MissingExtra(
            "local models need openvino, which is not installed for workers",
            subject="ai",
            hint="pip install audobon[ai]",
        ) from error
    return openvino


@functools.cache
def core() -> Any:
    """The one Core of this process: making it costs 20 to 50 ms."""
    with translated("OpenVINO cannot start"):
        return load().Core()


def opset() -> Any:
    """The operations that networks are built of, in the set that converters are written for."""
    load()
    from openvino import opset13

    return opset13


def version() -> str:
    """The version of OpenVINO: compiled models of another one are of no use."""
    return str(load().get_version())


def devices() -> dict[str, str]:
    """Each device's name for OpenVINO (CPU, GPU.0, NPU) and its name for people."""
    found = {}
    for name in core().available_devices:
        with translated(f"the device {name} cannot be asked for its name"):
            found[str(name)] = str(core().get_property(name, "FULL_DEVICE_NAME"))
    return found


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn what OpenVINO raises into this package's errors: ``what``, and its first words."""
    try:
        yield
    except (AudobonError, MemoryError):
        raise
    except RuntimeError as error:
        text = " ".join(str(error).split())
        if out_of_memory(text):
            raise LimitExceeded(f"{what}: it needs more memory than it may use") from error
        raise Unavailable(f"{what}: {_said(text)}") from error


def out_of_memory(text: str) -> bool:
    """Whether words of OpenVINO say that there was too little memory."""
    return "alloc" in text.lower()[:200] or "bad_alloc" in text or "ailed to allocate" in text


def _said(text: str) -> str:
    """The sentence that tells something: OpenVINO puts the place in its source code first."""
    for mark in ("Error has occured during", "Check '", "Exception from"):
        text = text.replace(mark, " ") if text.startswith(mark) else text
    return text[-240:] if len(text) > 240 else text
