"""Which devices are to be used: each tried with every installed network, and remembered."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import AudobonError
from audobon.model.component import Component
from audobon.model.job import Limits
from audobon.models.convert import NETWORK
from audobon.models.installed import Installed
from audobon.system.files import write_atomic
from audobon.work.executor import Executor

__all__ = ["Trial", "avoided", "compare_task", "try_devices"]

_LIMITS = Limits(memory=6 << 30, cpu_s=600.0, wall_s=600.0)
_NOTE = "devices.json"


@frozen(slots=True)
class Trial:
    """One network on one device. ``reason`` says why it is not to be used, empty when it works.

    ``cosine`` compares it with the CPU in f32, ``seconds`` is one inference.
    """

    component: str
    device: str
    cosine: float = 0.0
    seconds: float = 0.0
    reason: str = ""


def try_devices(
    folder: Path, installed: Sequence[Installed], *, interpreter: str | os.PathLike[str] | None
) -> tuple[Trial, ...]:
    """Run every installed network on every device, and write down which devices fail.

    Each network has a worker of its own: a driver that crashes is a reason,
    not a crash.
    """
    trials: list[Trial] = []
    for item in installed:
        if not (item.folder / NETWORK).exists():
            continue
        payload = {"component": to_plain(item.component), "folder": str(item.folder)}
        name = item.component.name
        with Executor("audobon.models.tasks:TASKS", _LIMITS, interpreter=interpreter) as executor:
            try:
                rows = executor.run("model.devices", payload)
            except AudobonError as error:
                trials.append(Trial(name, "all", reason=str(error)))
                continue
        trials += [from_plain({"component": name, **row}, Trial) for row in rows]
    if folder.is_dir():
        bad = {each.device: each.reason for each in trials if each.reason and each.device != "all"}
        write_atomic(folder / _NOTE, json.dumps(bad, indent=1).encode())
    return tuple(trials)


def avoided(folder: Path) -> dict[str, str]:
    """Devices that AUTO does not take, each with the reason; the CPU is always taken."""
    try:
        found = json.loads((folder / _NOTE).read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(name): str(why) for name, why in found.items() if name != "CPU"}


def compare_task(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Task ``{component, folder}``: see ``inference.compare``."""
    from audobon.inference.compare import compare

    component = from_plain(payload["component"], Component)
    return compare(Path(payload["folder"]) / NETWORK, component)
