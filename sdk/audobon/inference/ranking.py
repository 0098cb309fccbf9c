"""Which device is tried first: by what devices say they can do, never by what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from audobon.errors import Invalid
from audobon.inference import door
from audobon.model.component import Tensor

__all__ = ["HOST", "Device", "described", "fixed", "order"]

HOST = "CPU"
"""OpenVINO's address of the processor itself: always there, runs everything, so it comes last."""
_KINDS = {"DISCRETE": 0, "INTEGRATED": 1}  # a card of its own before what shares the memory
_NEEDS = {"f32": "FP32", "f16": "FP16", "bf16": "BF16"}


@frozen(slots=True)
class Device:
    """A device as OpenVINO describes it.

    ``name`` is its address (CPU, GPU.0, NPU), ``kind`` its DEVICE_TYPE and
    ``can`` its OPTIMIZATION_CAPABILITIES; empty where it does not say. ``label``
    is its FULL_DEVICE_NAME, for people only.
    """

    name: str
    kind: str = ""
    can: frozenset[str] = frozenset()
    label: str = ""

    @property
    def narrow(self) -> bool:
        """Whether it is an accelerator without 32-bit floats, as NPUs are.

        Those compile a network for one shape; no property of theirs says that.
        """
        return bool(self.can) and "FP32" not in self.can

    def takes(self, precision: str, *, fixed: bool) -> bool:
        """Whether it can run a network in ``precision``, and with a shape that is not ``fixed``."""
        if self.name == HOST or not self.can:  # what says nothing is tried
            return True
        return _NEEDS.get(precision, "") in {"", *self.can} and (fixed or not self.narrow)


def described() -> tuple[Device, ...]:
    """The devices of this machine."""
    return tuple(
        Device(
            name,
            str(_asked(name, "DEVICE_TYPE") or "").rpartition(".")[2],
            frozenset(str(each) for each in _asked(name, "OPTIMIZATION_CAPABILITIES") or ()),
            label,
        )
        for name, label in door.devices().items()
    )


def _asked(name: str, what: str) -> Any:
    try:
        return door.core().get_property(name, what)
    except RuntimeError:
        return None


def fixed(inputs: Iterable[Tensor], shape: Sequence[int] | None) -> bool:
    """Whether a network is fed with arrays of one shape only."""
    return shape is not None or all(
        length.isdecimal() for tensor in inputs for length in tensor.shape
    )


def order(
    devices: Sequence[Device], wanted: str, precision: str, *, avoid: Sequence[str], fixed: bool
) -> tuple[str, ...]:
    """Addresses to try, best first.

    ``wanted`` is AUTO, an address, or the family of several (GPU for GPU.0 and
    GPU.1). AUTO leaves out what is to be avoided and what cannot run the network
    in this precision or shape; what was asked for is tried in any case.
    Invalid for a device that is not there.
    """
    ranked = sorted(devices, key=_rank)
    if wanted == "AUTO":
        return tuple(
            each.name
            for each in ranked
            if each.name not in avoid and each.takes(precision, fixed=fixed)
        )
    found = [each.name for each in ranked if wanted in (each.name, each.name.partition(".")[0])]
    if not found:
        there = ", ".join(each.name for each in devices)
        raise Invalid(f"there is no device {wanted}; there are AUTO, {there}", subject=wanted)
    return tuple(found)


def _rank(device: Device) -> tuple[bool, int, bool, str]:
    kind = _KINDS.get(device.kind, len(_KINDS))
    return (device.name == HOST, kind, device.narrow, device.name)
