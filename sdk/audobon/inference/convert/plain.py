"""Files that OpenVINO reads itself: ONNX, its own IR, TFLite."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audobon.errors import BadFile, LimitExceeded
from audobon.inference import door

__all__ = ["ir", "onnx", "tflite"]


def _read(what: str, *arguments: object) -> Any:
    try:
        return door.core().read_model(*arguments)
    except RuntimeError as error:
        said = " ".join(str(error).split())[-200:]
        if door.out_of_memory(said):
            raise LimitExceeded(f"the {what} file needs more memory than it may use") from error
        raise BadFile(f"the {what} file is not a network that can be read: {said}") from error


def onnx(files: Sequence[bytes], options: Mapping[str, Any]) -> Any:
    """One ONNX file with its weights inside: one that points to other files is refused."""
    del options
    return _read("ONNX", files[0])


def tflite(files: Sequence[bytes], options: Mapping[str, Any]) -> Any:
    """One TFLite file."""
    del options
    if files[0][4:8] != b"TFL3":
        raise BadFile("the TFLite file is not one: its mark TFL3 is missing")
    # OpenVINO reads these from a path only; nothing of the file is needed afterwards.
    with tempfile.TemporaryDirectory(prefix="audobon-") as name:
        path = Path(name) / "model.tflite"
        path.write_bytes(files[0])
        return _read("TFLite", str(path))


def ir(files: Sequence[bytes], options: Mapping[str, Any]) -> Any:
    """OpenVINO's own form: the ``.xml`` and the ``.bin``."""
    del options
    openvino = door.load()
    weights = np.frombuffer(files[1], np.uint8) if len(files) > 1 else np.zeros(0, np.uint8)
    return _read("IR", files[0], openvino.Tensor(weights.copy()))
