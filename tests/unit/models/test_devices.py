"""Which device is tried first, for machines described as OpenVINO describes them."""

from __future__ import annotations

import pytest

from audobon.errors import Invalid
from audobon.inference.ranking import HOST, Device, described, fixed, order
from audobon.model.component import Tensor

# As the sources of OpenVINO's plugins list them; only the CPU's was seen on a real machine.
CPU = Device("CPU", "INTEGRATED", frozenset(("FP32", "BF16", "INT8", "BIN", "EXPORT_IMPORT")))
SHARED = Device("GPU", "INTEGRATED", frozenset(("FP32", "BIN", "FP16", "INT8", "EXPORT_IMPORT")))
CARD = frozenset(("FP32", "BIN", "FP16", "INT8", "GPU_HW_MATMUL", "EXPORT_IMPORT"))
NPU = Device("NPU", "INTEGRATED", frozenset(("FP16", "INT8", "EXPORT_IMPORT")))
LAPTOP = (CPU, SHARED, NPU)
TOWER = (CPU, Device("GPU.0", "INTEGRATED", SHARED.can), Device("GPU.1", "DISCRETE", CARD))


def tried(
    devices: tuple[Device, ...],
    wanted: str = "AUTO",
    precision: str = "auto",
    *,
    avoid: tuple[str, ...] = (),
    fixed: bool = True,
) -> tuple[str, ...]:
    return order(devices, wanted, precision, avoid=avoid, fixed=fixed)


def test_cards_of_their_own_come_first_and_the_processor_last() -> None:
    assert tried(TOWER) == ("GPU.1", "GPU.0", "CPU")
    assert tried(LAPTOP) == ("GPU", "NPU", "CPU")
    assert tried((CPU,)) == ("CPU",)


def test_an_accelerator_without_floats_gets_networks_of_one_shape_only() -> None:
    assert tried(LAPTOP, fixed=False) == ("GPU", "CPU")
    assert tried(LAPTOP, precision="f32") == ("GPU", "CPU")
    assert tried(LAPTOP, precision="f16") == ("GPU", "NPU", "CPU")
    assert tried(LAPTOP, precision="bf16") == ("CPU",)
    # Whoever asks for it gets it, or its own reason why not.
    assert tried(LAPTOP, "NPU", "f32", fixed=False) == ("NPU",)


def test_names_for_people_and_addresses_decide_nothing() -> None:
    odd = Device("TPU.3", "DISCRETE", NPU.can, "NVIDIA GeForce CPU")
    assert tried((CPU, odd)) == ("TPU.3", "CPU")
    assert tried((CPU, odd), fixed=False) == ("CPU",)
    silent = Device("GPU", "", frozenset(), "something new")
    assert tried((CPU, silent), precision="f32", fixed=False) == ("GPU", "CPU")
    assert tried((CPU, silent, NPU)) == ("NPU", "GPU", "CPU")


def test_what_is_avoided_and_what_is_asked_for() -> None:
    assert tried(TOWER, avoid=("GPU.1",)) == ("GPU.0", "CPU")
    assert tried(TOWER, "GPU.1", avoid=("GPU.1",)) == ("GPU.1",)
    assert tried(TOWER, "GPU") == ("GPU.1", "GPU.0")
    with pytest.raises(Invalid, match=r"no device GPU\.7; there are AUTO, CPU, GPU\.0, GPU\.1"):
        tried(TOWER, "GPU.7")


def test_which_networks_have_one_shape() -> None:
    still, moving = Tensor("a", ("1", "3"), "f32"), Tensor("b", ("n", "3"), "f32")
    assert fixed((still,), None)
    assert not fixed((still, moving), None)
    assert fixed((moving,), (1, 3))


def test_this_machine_describes_itself() -> None:
    found = {each.name: each for each in described()}
    assert "FP32" in found[HOST].can
    assert not found[HOST].narrow
    assert found[HOST].label
