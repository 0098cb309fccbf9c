"""Damaged model files of every kind: errors, never a crash, never a hang, and the limits hold."""

from __future__ import annotations

import base64
import json
import random
import struct
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from graph_files import graph_files
from model_files import onnx_bytes, torch_bytes
from tflite_files import tflite_bytes

from audobon.codec.plain import to_plain
from audobon.errors import AudobonError, LimitExceeded, WorkerDied
from audobon.inference import door
from audobon.inference.convert import CONVERTERS
from audobon.model.component import Component, Part, Source, Tensor
from audobon.model.job import Limits
from audobon.work.executor import Executor

_COUNT = 104
_LIMITS = Limits(memory=2 << 30, cpu_s=20, wall_s=30)
_CODES = {10, 12, 20, 40, 41, 50, 60}
"""What a file may be told to be: wrong, unknown, in part, damaged, not to be run, too large."""
_WORDS = b'0123456789-=. \n{}[]":,naxIC'


@frozen
class Kind:
    """A sound model of one kind: its files, and the contract that it keeps."""

    converter: str
    files: tuple[bytes, ...]
    tensors: tuple[Tensor, Tensor]
    settings: Mapping[str, Any] = {}


def _pair(*shape: str) -> tuple[Tensor, Tensor]:
    return Tensor("picture", shape, "f32", 0, 1), Tensor("made", shape, "f32", 0, 1)


def ncnn_files(operation: str = "Sigmoid s 1 1 b c") -> tuple[bytes, bytes]:
    """A convolution with weights in 16 bits, and one more layer."""
    lines = ["7767517", "3 3", "Input in 0 1 a"]
    lines += ["Convolution conv 1 1 a b 0=3 1=3 4=1 5=1 6=81", operation]
    kernel = np.linspace(-0.1, 0.1, 81).astype("<f2").tobytes()
    weights = struct.pack("<I", 0x01306B47) + kernel + bytes(-len(kernel) % 4) + bytes(12)
    return "\n".join(lines).encode(), weights


def _ir_files(folder: Path) -> tuple[bytes, bytes]:
    network = door.core().read_model(onnx_bytes())
    door.load().save_model(network, str(folder / "good.xml"))
    return (folder / "good.xml").read_bytes(), (folder / "good.bin").read_bytes()


def _kinds(folder: Path) -> dict[str, Kind]:
    reference = json.loads(Path(__file__).with_name("reference_hdf5.json").read_text("utf-8"))
    keras = zlib.decompress(base64.b64decode(reference["file"]))
    graph = tuple(graph_files())
    outputs = json.loads(graph[0])["signature"]["outputs"]
    relu = next(name for name in outputs if name.endswith("-Relu"))
    last = _pair("n", "h", "w", "3")
    note = b"\x08\x0a" + bytes([14 << 3 | 2, 14]) + b"\x0a\x06letter\x12\x04abcd"
    made = (
        Kind("onnx", (onnx_bytes(),), last, {"network_outputs": "y"}),
        Kind("ir", _ir_files(folder), last, {"network_outputs": "y"}),
        Kind("tflite", (tflite_bytes(1, 16, 16, 3),), _pair("1", "16", "16", "3")),
        Kind("ncnn", ncnn_files(), _pair("n", "3", "h", "w")),
        Kind("tfjs", graph, _pair("1", "6", "8", "4"), {"network_outputs": relu}),
        Kind("efficientnet-lite", (torch_bytes({"a": np.ones(40, "<f4")}),), last),
        Kind("hed", (keras,), last),
        Kind("onnx-note", (note,), last, {"note": "letter"}),
    )
    return {kind.converter: kind for kind in made}


def _payload(folder: Path, name: str, kind: Kind, files: tuple[bytes, ...]) -> dict[str, Any]:
    parts = []
    for number, data in enumerate(files):
        (folder / f"{name}-{number}.bin").write_bytes(data)
        parts.append(Part(f"{name}-{number}.bin"))
    (folder / name).mkdir()
    component = Component(
        "damaged", "1.0.0", "backbone", source=Source("file"), files=tuple(parts),
        converter=kind.converter, inputs=kind.tensors[:1], outputs=kind.tensors[1:],
        settings=kind.settings,
    )  # fmt: skip
    plain = {"component": to_plain(component), "archive": "", "beside": str(folder)}
    return {**plain, "to": str(folder / name)}


def _damaged(folder: Path, kinds: Mapping[str, Kind]) -> Iterator[dict[str, Any]]:
    """Models with bytes changed, cut and doubled, each kind as often as the others."""
    dice = random.Random(4)
    for number in range(_COUNT):
        kind = list(kinds.values())[number % len(kinds)]
        files = [bytearray(each) for each in kind.files]
        data = files[dice.randrange(len(files)) if number % 3 else 0]
        text = data[:1] in (b"{", b"<", b"7")
        for _ in range(dice.choice((1, 2, 4, 16))):
            data[dice.randrange(len(data))] = dice.choice(_WORDS) if text else dice.randrange(256)
        if number % 5 == 0:
            del data[dice.randrange(len(data)) :]
        if number % 7 == 0:
            middle = len(data) // 2
            data[middle:middle] = data[: dice.randrange(64)]
        yield _payload(folder, f"bad-{number}", kind, tuple(map(bytes, files)))


def test_every_converter_is_here_and_its_model_is_sound(tmp_path: Path) -> None:
    kinds = _kinds(tmp_path)
    assert {*CONVERTERS, "onnx-note"} == set(kinds)
    whole = [kind for name, kind in kinds.items() if name not in ("efficientnet-lite", "hed")]
    payloads = [_payload(tmp_path, kind.converter, kind, kind.files) for kind in whole]
    with Executor("audobon.models.tasks:TASKS", _LIMITS) as executor:
        for _, outcome in executor.run_many("model.convert", payloads):
            assert not isinstance(outcome, AudobonError), outcome
            assert outcome["files"]


def test_damaged_models_are_errors_and_never_a_crash(tmp_path: Path) -> None:
    kinds = _kinds(tmp_path)
    began = time.monotonic()
    with Executor("audobon.models.tasks:TASKS", _LIMITS) as executor:
        outcomes = [
            outcome for _, outcome in executor.run_many("model.convert", _damaged(tmp_path, kinds))
        ]
    print(f"{len(outcomes)} files in {time.monotonic() - began:.1f} s")
    assert len(outcomes) == _COUNT
    errors = [outcome for outcome in outcomes if isinstance(outcome, AudobonError)]
    assert len(errors) > _COUNT // 2
    assert not [error for error in errors if isinstance(error, WorkerDied)]
    assert {error.code for error in errors} <= _CODES, {str(error) for error in errors}


def test_models_that_ask_for_everything_are_bounded(tmp_path: Path) -> None:
    """Sound files that would take terabytes: told, and the next one is converted."""
    side = 1 << 15
    tensor = {"dtype": "DT_FLOAT", "floatVal": [1], "tensorShape": {"dim": [{"size": 1 << 40}]}}
    graph = {"modelTopology": {"node": [
        {"name": "y", "op": "Const", "attr": {"value": {"tensor": tensor}}}]}}  # fmt: skip
    files = {
        "ncnn": ncnn_files("Interp i 1 1 b c 0=2 1=100000 2=100000"),
        "tflite": (tflite_bytes(1, side, side, 3),),
        "tfjs": (json.dumps(graph).encode(), b""),
    }
    kinds = _kinds(tmp_path)
    kinds["tflite"] = Kind("tflite", files["tflite"], _pair("1", str(side), str(side), "3"))
    payloads = [_payload(tmp_path, name, kinds[name], data) for name, data in files.items()]
    payloads.append(_payload(tmp_path, "sound", kinds["onnx"], kinds["onnx"].files))
    with Executor("audobon.models.tasks:TASKS", _LIMITS) as executor:
        outcomes = [outcome for _, outcome in executor.run_many("model.convert", payloads)]
    assert [type(outcome) for outcome in outcomes[:3]] == [LimitExceeded] * 3, outcomes
    assert outcomes[3]["files"]
