"""Small models made for the purpose: an ONNX file byte by byte, a PyTorch file without PyTorch.

And a look at the workers that run them.
"""

from __future__ import annotations

import io
import os
import pickle
import shutil
import struct
import sys
import types
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

RECIPE = """
name = "halver"
version = "1.0.0"
role = "backbone"
licence = "mine"
converter = "onnx"
files = ["half.onnx"]
inputs = [{ name = "picture", shape = ["n", "h", "w", 3], dtype = "f32", low = 0, high = 1 }]
outputs = [{ name = "picture", shape = ["n", "h", "w", 3], dtype = "f32", low = 0, high = 1 }]
"""


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes((value & 127 | 128,))
        value >>= 7
    return out + bytes((value,))


def _field(number: int, value: int | bytes | str) -> bytes:
    """A field of protobuf: a number, or bytes with their length in front."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _value(name: str, dims: list[str | int]) -> bytes:
    lengths = b"".join(
        _field(1, _field(2, each) if isinstance(each, str) else _field(1, each)) for each in dims
    )
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, lengths)))


def onnx_bytes(factor: float = 0.5) -> bytes:
    """An ONNX model that multiplies a picture (n, h, w, 3) by a number (onnx.proto3, opset 13)."""
    dims: list[str | int] = ["n", "h", "w", 3]
    weight = _field(2, 1) + _field(8, "factor") + _field(9, struct.pack("<f", factor))
    node = _field(1, "x") + _field(1, "factor") + _field(2, "y") + _field(4, "Mul")
    graph = _field(1, node) + _field(2, "half") + _field(5, weight)
    graph += _field(11, _value("x", dims)) + _field(12, _value("y", dims))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))


def write_recipe(folder: Path, text: str = RECIPE, *, factor: float = 0.5) -> Path:
    """An own model: the recipe, with its file beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "half.onnx").write_bytes(onnx_bytes(factor))
    path = folder / "halver.toml"
    path.write_text(text)
    return path


def link_runtime(shared: Path, data: Path) -> Path:
    """A second runtime in a data folder; its environment is the shared one."""
    folder = data / "audobon" / "runtimes" / shared.name
    folder.mkdir(parents=True)
    shutil.copy(shared / "runtime.json", folder)
    (folder / "env").symlink_to(shared / "env")
    return folder


def reference_picture(height: int, width: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """What the reference outputs were computed of: (n, h, w, 3)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    small = height < 50
    channels = [x / 31, y / 23] if small else [x / width, y / height]
    channels.append(0.5 + 0.5 * np.sin(x * y / (40 if small else 400)))
    return np.stack(channels, -1)[None].astype(np.float32)


class _Persistent(pickle.Pickler):
    def persistent_id(self, value: Any) -> Any:
        return getattr(value, "told", None)


def torch_bytes(arrays: dict[str, np.ndarray[Any, Any]]) -> bytes:
    """A file as ``torch.save`` writes a state dict since 1.6, with stand-ins for torch's names."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    storage = type("FloatStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2(*arguments: Any) -> None:
        """Never called: a pickle only names it."""

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    torch.FloatStorage, utils._rebuild_tensor_v2 = storage, _rebuild_tensor_v2  # type: ignore[attr-defined]

    class Numbers:
        def __init__(self, told: Any) -> None:
            self.told = told

    class Tensor:
        def __init__(self, key: str, array: np.ndarray[Any, Any]) -> None:
            self.key, self.array = key, array

        def __reduce__(self) -> Any:
            told = Numbers(("storage", storage, self.key, "cpu", self.array.size))
            steps = tuple(step // 4 for step in self.array.strides)
            return _rebuild_tensor_v2, (told, 0, self.array.shape, steps, False, {})

    written = io.BytesIO()
    sys.modules["torch"], sys.modules["torch._utils"] = torch, utils
    try:
        _Persistent(written, 2).dump(
            {n: Tensor(str(i), a) for i, (n, a) in enumerate(arrays.items())}
        )
    finally:
        del sys.modules["torch"], sys.modules["torch._utils"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", written.getvalue())
        for number, array in enumerate(arrays.values()):
            archive.writestr(f"archive/data/{number}", array.astype("<f4").tobytes())
    return out.getvalue()


def worker_processes() -> list[int]:
    """The worker processes that this very process started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                line = (entry / "cmdline").read_bytes()
            except (OSError, IndexError, ValueError):
                continue
            if parent == os.getpid() and b"audobon.work.child:main" in line:
                found.append(int(entry.name))
    return found
