"""Which devices are to be used: each tried with every installed network, and remembered."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import AudobonError
from audobon.model.component import Component
from audobon.model.job import Limits
from audobon.models.caging import model_cage
from audobon.models.convert import NETWORK
from audobon.models.installed import Installed
from audobon.models.runtimes import Runtime
from audobon.system.files import write_atomic
from audobon.system.folders import work_folder
from audobon.work.executor import Executor

__all__ = [
    "Trial",
    "avoided",
    "compare_task",
    "compare_with_task",
    "measure_task",
    "try_devices",
    "try_runtime",
]

_LIMITS = Limits(memory=6 << 30, cpu_s=600.0, wall_s=600.0)
_NOTE = "devices.json"


@frozen(slots=True)
class Trial:
    """One network on one device. ``reason`` says why it is not to be used, empty when it works.

    ``cosine`` compares it with the CPU in f32, ``seconds`` is one inference.
    ``fits`` is false where the device could not be tried, as it needs another
    form of the network than there is.
    """

    component: str
    device: str
    cosine: float = 0.0
    seconds: float = 0.0
    reason: str = ""
    fits: bool = True


def try_devices(
    folder: Path,
    installed: Sequence[Installed],
    *,
    interpreter: str | os.PathLike[str] | None,
    runtimes: Sequence[Runtime] = (),
) -> tuple[Trial, ...]:
    """Run every installed network on every device, and write down which devices fail.

    Each network has a worker of its own: a driver that crashes is a reason,
    not a crash. ``runtimes`` are tried after OpenVINO's devices; each keeps what was
    found in its own folder.
    """
    trials: list[Trial] = []
    for item in installed:
        if not (item.folder / NETWORK).exists():
            continue
        payload = {"component": to_plain(item.component), "folder": str(item.folder)}
        name = item.component.name
        with Executor(
            "audobon.models.tasks:TASKS", _LIMITS, interpreter=interpreter, cage=model_cage()
        ) as executor:
            try:
                rows = executor.run("model.devices", payload)
            except AudobonError as error:
                trials.append(Trial(name, "all", reason=str(error)))
                continue
        trials += [from_plain({"component": name, **row}, Trial) for row in rows]
    if folder.is_dir():
        bad = {each.device: each.reason for each in trials if each.reason and each.device != "all"}
        write_atomic(folder / _NOTE, json.dumps(bad, indent=1).encode())
    for runtime in runtimes:
        trials += try_runtime(runtime, installed, interpreter)
    return tuple(trials)


def try_runtime(
    runtime: Runtime, installed: Sequence[Installed], interpreter: str | os.PathLike[str] | None
) -> tuple[Trial, ...]:
    """Run every installed network on a runtime's device, and write down there what was found."""
    trials: list[Trial] = []
    noted = {}
    for item in installed:
        if not (item.folder / NETWORK).exists():
            continue
        component = item.component
        lacking = item.lacks(runtime.device)
        if lacking:
            trials.append(Trial(component.name, runtime.device, reason=lacking, fits=False))
            continue
        trial = _compared(runtime, item, interpreter)
        trials.append(trial)
        noted[component.name] = (component.version, trial.reason)
    runtime.note(noted)
    return tuple(trials)


def _compared(
    runtime: Runtime, item: Installed, interpreter: str | os.PathLike[str] | None
) -> Trial:
    name, device = item.component.name, runtime.device
    payload = {"component": to_plain(item.component), "folder": str(item.folder), "device": device}
    with tempfile.TemporaryDirectory(dir=work_folder(), prefix="audobon-") as folder:
        payload["wanted"] = str(Path(folder) / "wanted.npz")
        try:
            with Executor(
                "audobon.models.tasks:TASKS", _LIMITS, interpreter=interpreter, cage=model_cage()
            ) as executor:
                executor.run("model.measure", payload)
            with runtime.executor() as executor:
                row = executor.run("model.compare", payload)
        except AudobonError as error:
            return Trial(name, device, reason=str(error))
    return from_plain({"component": name, **row}, Trial)


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


def measure_task(payload: Mapping[str, Any]) -> None:
    """Task ``{component, folder, wanted}``: see ``inference.compare.measure``."""
    from audobon.inference.compare import measure

    component = from_plain(payload["component"], Component)
    measure(Path(payload["folder"]) / NETWORK, component, Path(payload["wanted"]))


def compare_with_task(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Task ``{component, folder, device, wanted}``: see ``inference.compare.compare_with``."""
    from audobon.inference.compare import compare_with

    component = from_plain(payload["component"], Component)
    network, wanted = Path(payload["folder"]) / NETWORK, Path(payload["wanted"])
    return compare_with(network, component, payload["device"], wanted)
