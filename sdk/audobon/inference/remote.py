"""Networks that another machine computes: the device ``vertex``.

This process decodes files of strangers and has no network. What it wants computed it puts into a
letterbox, and a process that opens no files asks Vertex AI. See ``audobon.cloud.predicting``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from audobon.errors import AudobonError, Corrupt, Invalid, MissingExtra, Unavailable
from audobon.inference.instances import answer_size, arrays_of, instances_of
from audobon.inference.session import Array, Choice, check_array, check_result
from audobon.model.component import Tensor
from audobon.system.files import translate_os_error
from audobon.system.letterbox import Letterbox

__all__ = ["DEVICE", "MOST", "RemoteSession", "clear", "devices", "open_session", "use"]

DEVICE = "vertex"
MOST = 1_500_000
"""Bytes of a request or of an answer of an endpoint, the service's own limit."""

_line: Path | None = None


def use(folder: str | None) -> None:
    """Ask through the letterbox in ``folder`` from now on; None for nobody."""
    global _line  # noqa: PLW0603
    _line = None if folder is None else Path(folder)


class RemoteSession:
    """A network by the path that it has here. Whatever fails over there is an Unavailable with
    the subject ``vertex``, so that whoever has asked can have it computed here instead."""

    device = DEVICE

    def __init__(
        self, network: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor], line: Path
    ) -> None:
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self._network, self._box = network, Letterbox(line)

    def run(
        self, feed: Mapping[str, Array], check: Callable[[], None] = lambda: None
    ) -> dict[str, Array]:
        """See ``Running.run``. MissingExtra where Google's client is not installed."""
        for tensor in self.inputs:
            if tensor.name not in feed:
                raise Invalid(f"the network takes {tensor}, which is not given")
            check_array(feed[tensor.name], tensor)
        size = answer_size(feed, self.inputs, self.outputs)
        if size > MOST:
            raise _away(
                f"the answer of this network has about {size:,} bytes; an endpoint gives {MOST:,}"
            )
        try:
            instances = instances_of(feed, self.inputs)
        except Invalid as error:
            raise _away(error.message) from error
        asked = {"network": self._network, "instances": instances}
        try:
            told: Any = json.loads(self._box.ask(json.dumps(asked).encode(), check))
        except OSError as error:
            raise translate_os_error(error, self._box.folder) from error
        if "error" in told:
            error_ = told["error"]
            kind = MissingExtra if error_["code"] == MissingExtra.code else Unavailable
            raise kind(error_["message"], subject=DEVICE, hint=error_["hint"])
        try:
            given = arrays_of(told["predictions"], self.outputs)
            if any(len(array) != len(instances) for array in given.values()):
                raise Corrupt("there are not as many answers as questions")
            return {
                tensor.name: check_result(given[tensor.name], tensor, DEVICE)
                for tensor in self.outputs
            }
        except AudobonError as error:
            raise _away(error.message) from error


def _away(message: str) -> Unavailable:
    return Unavailable(message, subject=DEVICE)


def devices() -> Mapping[str, str]:
    """The device, where there is somebody to ask."""
    return {} if _line is None else {DEVICE: "Vertex AI"}


def open_session(
    path: Path,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    *,
    choice: Choice | None = None,
    shape: Sequence[int] | None = None,
    cache: Path | None = None,
) -> RemoteSession:
    """The network that is deployed for the one at ``path``; whether it is, its first run tells.

    ``choice``, ``shape`` and ``cache`` are of no use to it.
    """
    del choice, shape, cache
    if _line is None:
        raise _away("nobody asks Vertex AI for this process")
    return RemoteSession(str(path), inputs, outputs, _line)


def clear() -> None:
    """Nothing is kept here."""
