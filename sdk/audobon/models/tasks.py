"""What worker processes can be asked to do with models. Imported only there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from audobon.work.child import TaskContext

__all__ = ["HEAVY", "TASKS"]

HEAVY = ("numpy", "openvino", "audobon.models.running")
"""What tasks load later and a worker could not compile for the next one then."""


def convert(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """See ``models.convert``."""
    from audobon.models.convert import convert_component

    return convert_component(payload, context.check)


def run(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """See ``models.running``."""
    from audobon.models.running import run_pipeline

    return run_pipeline(payload, context)


def bare(payload: Mapping[str, Any], context: TaskContext) -> dict[str, int]:
    """``{path, form, to}``: see ``models.bare``."""
    from audobon.models.bare import write_bare
    from audobon.system.files import translate_os_error

    context.check()
    try:
        return write_bare(payload["path"], payload["form"], payload["to"], context.check)
    except OSError as error:
        raise translate_os_error(error, payload["to"]) from error


def squares(payload: Mapping[str, Any], context: TaskContext) -> int:
    """``{steps, parameters, avoid, paths}``: see ``models.squares``."""
    from audobon.models.running import run_on_squares

    return run_on_squares(payload, context)


def texts(payload: Mapping[str, Any], context: TaskContext) -> list[list[float]]:
    """``{texts, steps, parameters, avoid}``: see ``models.runtexts``."""
    from audobon.models.running import run_on_texts

    return run_on_texts(payload, context)


def devices(payload: Mapping[str, Any], context: TaskContext) -> list[dict[str, Any]]:
    """See ``models.devices``."""
    from audobon.models.devices import compare_task

    context.check()
    return compare_task(payload)


def measure(payload: Mapping[str, Any], context: TaskContext) -> None:
    """See ``models.devices``."""
    from audobon.models.devices import measure_task

    context.check()
    measure_task(payload)


def compare(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """See ``models.devices``."""
    from audobon.models.devices import compare_with_task

    context.check()
    return compare_with_task(payload)


def driver(payload: Mapping[str, Any], context: TaskContext) -> str:
    """Why CUDA cannot work on this machine, or nothing."""
    from audobon.inference.cuda_driver import cuda_problem

    del payload
    context.check()
    return cuda_problem()


def runtime(payload: Mapping[str, Any], context: TaskContext) -> str:
    """``{device}``: the version of the second runtime, once it has computed there."""
    from audobon.inference.onnx_probe import probe

    context.check()
    return probe(payload["device"])


def parts(payload: Mapping[str, Any], context: TaskContext) -> dict[str, str]:
    """The versions of what pipelines need of an environment; empty for what is not there."""
    from importlib import metadata

    del payload
    context.check()
    found = {}
    for name in ("openvino", "numpy", "OpenImageIO", "Pillow"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found


def join(payload: Mapping[str, Any], context: TaskContext) -> None:
    """See ``models.joining``."""
    from audobon.models.joining import join_task
    from audobon.system.files import translate_os_error

    context.check()
    try:
        join_task(payload)
    except OSError as error:
        raise translate_os_error(error, payload["folder"]) from error


def quantize(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """See ``models.int8``."""
    from audobon.models.int8 import quantize_task

    context.check()
    return quantize_task(payload, context)


TASKS: Mapping[str, Callable[[Mapping[str, Any], TaskContext], Any]] = {
    "model.convert": convert,
    "model.run": run,
    "model.bare": bare,
    "model.squares": squares,
    "model.texts": texts,
    "model.devices": devices,
    "model.measure": measure,
    "model.compare": compare,
    "model.driver": driver,
    "model.runtime": runtime,
    "model.parts": parts,
    "model.join": join,
    "model.quantize": quantize,
}
