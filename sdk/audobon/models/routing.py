"""Whether a pipeline is run in a second runtime's environment, and its work there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from audobon.errors import AudobonError, Invalid, LimitExceeded, Unavailable, WorkerDied
from audobon.model.job import Limits
from audobon.models.assemble import Assembled
from audobon.models.convert import NETWORK
from audobon.models.installed import Installed
from audobon.models.registry import Models
from audobon.models.runtimes import LIMITS, Runtime
from audobon.work.executor import Executor

__all__ = ["Elsewhere", "Route", "route"]

_PRECISIONS = ("auto", "f32")
"""What a runtime that computes in the network's own numbers takes."""


@frozen(slots=True)
class Route:
    """Another environment, and the device there. ``only``: it was asked for by its name."""

    python: str
    device: str
    only: bool


def route(models: Models, assembled: Assembled) -> Route | None:
    """The runtime that a pipeline with its parameters is for; None for OpenVINO.

    A device of a runtime takes it where that was asked for: Unavailable tells
    which network it cannot run, Invalid of a precision that it has not. AUTO
    takes a runtime where every network has passed its trial there.
    """
    wanted = str(assembled.parameters.get("device", ""))
    fits = assembled.parameters.get("precision") in _PRECISIONS
    networks = _networks(models, assembled)
    if not networks or not wanted:
        return None
    for runtime in models.runtimes():
        if wanted == runtime.device:
            if not fits:
                raise Invalid(
                    f"{wanted} computes in the network's own numbers; of precisions "
                    f"{' and '.join(_PRECISIONS)} are taken"
                )
            for item in networks:
                _refuse(item, wanted)
            return Route(str(runtime.python), wanted, only=True)
        if wanted == "AUTO" and runtime.auto and fits and _passed(runtime, networks):
            return Route(str(runtime.python), runtime.device, only=False)
    return None


def _networks(models: Models, assembled: Assembled) -> list[Installed]:
    found = [models.get(step.component.name) for step in assembled.steps if step.folder]
    return [
        item for item in found if isinstance(item, Installed) and (item.folder / NETWORK).exists()
    ]


def _refuse(item: Installed, device: str) -> None:
    lacking = item.lacks(device)
    if lacking:
        raise Unavailable(lacking, subject=item.component.name, hint=_hint(item))


def _hint(item: Installed) -> str:
    component = item.component
    if component.converter != "onnx" or item.onnx is not None:
        return "take another device"
    if component.source is not None and component.source.registry == "file":
        return "install it again from its recipe"
    return f"'audobon models install {component.name}' gets it"


def _passed(runtime: Runtime, networks: list[Installed]) -> bool:
    return all(
        not item.lacks(runtime.device) and runtime.passed(item.component) for item in networks
    )


class Elsewhere:
    """A route's worker for one job, with the usual worker at hand.

    Where AUTO chose the route and it fails, the usual one does the task; and
    all that come after, when the other environment itself does not work.
    """

    def __init__(self, route: Route, own: Executor, usual: Executor) -> None:
        self._route, self._own, self._usual = route, own, usual
        self._broken = False

    def run(self, name: str, payload: Mapping[str, Any], *, limits: Limits, **asked: Any) -> Any:
        """See ``Executor.run``; ``payload`` has ``parameters``."""
        if self._ready():
            device = {"device": self._route.device}
            there = {**payload, "parameters": {**payload["parameters"], **device}}
            roomy = evolve(limits, reserve=LIMITS.reserve)
            try:
                return self._own.run(name, there, limits=roomy, **asked)
            except (Unavailable, WorkerDied, LimitExceeded) as error:
                if self._route.only:
                    raise
                # A picture can be too large for a card; anything else would come again.
                self._broken = not isinstance(error, LimitExceeded)
        return self._usual.run(name, payload, limits=limits, **asked)

    def _ready(self) -> bool:
        if not self._broken:
            try:
                self._own.wait_ready()
            except AudobonError as error:
                if self._route.only:
                    raise Unavailable(
                        f"the environment of {self._route.device} does not work: {error}",
                        subject=self._route.device,
                        hint="'audobon models runtime install' makes it anew",
                    ) from error
                self._broken = True
        return not self._broken
