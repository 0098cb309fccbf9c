"""What tests ask of a worker in the environment of the second runtime. Imported only there."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np

from audobon.errors import AudobonError, Cancelled
from audobon.inference import onnx_door
from audobon.inference.atwork import Running, open_network, runtime_of
from audobon.inference.onnx_session import OnnxSession
from audobon.inference.session import Choice
from audobon.model.component import Tensor
from audobon.models.recipes import builtin_components

_PICTURE = Tensor("picture", ("n", "h", "w", "3"), "f32", 0, 1, "RGB")


def _told(error: AudobonError) -> dict[str, str]:
    return {"kind": type(error).__name__, "message": error.message, "hint": error.hint}


def _open(payload: Mapping[str, Any]) -> Running:
    choice = Choice(payload.get("device", "ONNX-CPU"), payload.get("precision", "auto"))
    return open_network(Path(payload["path"]), (_PICTURE,), (_PICTURE,), choice=choice)


def given(payload: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """``{path, ...}``: what halves of 0.5 are, and how wrong requests are refused."""
    good = np.full((1, 4, 5, 3), 0.5, np.float32)
    wrong = [{"picture": each} for each in (good.astype(np.uint8), good[..., :2], good * np.nan)]
    refused = []
    try:
        network = _open(payload)
        result = network.run({"picture": good})["picture"]
        warm = _open(payload) is network
        for feed in (*wrong, {}):
            try:
                network.run(feed)
            except AudobonError as error:
                refused.append(_told(error))
    except AudobonError as error:
        return {"failed": _told(error)}
    return {"result": result.tolist(), "warm": warm, "refused": refused}


def stopped(payload: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """``{path, device}`` of multistyle26: how its run ended when it was stopped, and one after."""
    made, choice = builtin_components()["multistyle26"], Choice(payload["device"])
    network = open_network(Path(payload["path"]), made.inputs, made.outputs, choice=choice)
    assert isinstance(network, OnnxSession)
    runs: list[Future[Any]] = []
    submit = network._thread.submit

    def noted(*arguments: Any) -> Future[Any]:
        runs.append(submit(*arguments))
        return runs[-1]

    network._thread.submit = noted  # type: ignore[method-assign, assignment]
    side = payload["side"]
    style = np.eye(1, 26, dtype=np.float32)[0]
    feed = {"picture": np.full((1, side, side, 3), 0.5, np.float32), "style": style}

    def stop() -> None:
        raise Cancelled("enough")

    try:
        network.run(feed, stop)
    except Cancelled:
        ended = str(runs[0].exception(timeout=0))
    again = network.run(feed)["picture"]
    return {"ended": ended, "shape": again.shape}


def quiet(payload: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """``{path}``: what this process holds open after a network has run."""
    _open(payload).run({"picture": np.full((1, 4, 5, 3), 0.5, np.float32)})
    held = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return {"held": [each for each in held if not each.startswith(("pipe:", "/dev/", "/proc/"))]}


def devices(payload: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """The runtime's devices, and how one is refused that this build was not made for."""
    runtime = runtime_of("ONNX-CPU")
    try:
        onnx_door.opened(Path(payload["path"]).with_suffix(".onnx"), "CUDA")
    except AudobonError as error:
        refused = _told(error)
    runtime.clear()
    return {"devices": dict(runtime.devices()), "refused": refused}


TASKS = {each.__name__: each for each in (given, stopped, quiet, devices)}
