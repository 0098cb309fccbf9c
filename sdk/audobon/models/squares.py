"""The task that runs a pipeline over many pictures that are seen as squares. In a worker process.

Pictures are decoded in threads while others go through the network, and each
result is given as soon as it is there. A single one goes through ``running``
instead, where the network has all threads; the results are the same but for
the rounding of the network.
"""

from __future__ import annotations

import functools
import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from audobon.codec.plain import error_data, from_plain
from audobon.codec.vectors import pack_vector
from audobon.errors import AudobonError, Cancelled, Corrupt, LimitExceeded, Unsupported
from audobon.formats.render.squares import read_square
from audobon.formats.render.whole import read_whole
from audobon.inference import steps
from audobon.inference.ring import ring_of
from audobon.inference.session import Choice, open_session
from audobon.models.assemble import Step
from audobon.models.convert import NETWORK
from audobon.system.files import translate_os_error
from audobon.system.folders import cache_folder
from audobon.work.child import TaskContext
from audobon.work.pool import default_workers

__all__ = ["ENDS", "read_input", "run_squares"]

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def read_input(path: str, size: int) -> Array:
    """The middle of the picture in a file as u8 (1, size, size, 3), on grey where it is clear."""
    quick = read_square(path, size)
    if quick is not None:
        return quick[None]
    whole = read_whole(path)
    return steps.square_of(whole.pixels, whole.kind, alpha=whole.alpha, size=size)


def run_squares(payload: Mapping[str, Any], context: TaskContext, choice: Choice) -> int:
    """``{steps, parameters, also, paths}``: gives ``[number, None]`` when it begins with a picture.

    Then ``[number, {"ok": values, "device": name}]`` or ``[number, {"error": error}]``, where
    values are those of the pipeline and of each in ``also``, as ``{end,
    parameters}``: other last steps after the same network, None where one
    fails, which is no matter of this pipeline. What concerns all
    pictures, such as a device that is not there, is raised before the first.
    Answers how many were done.
    """
    first, network, last = (from_plain(plain, Step) for plain in payload["steps"])
    size, component = int(str(first.component.settings["size"])), network.component
    ends = [_Ended(last, payload["parameters"])]
    ends += [_Ended(from_plain(each["end"], Step), each["parameters"]) for each in payload["also"]]
    count = default_workers()
    session = open_session(
        *(Path(network.folder) / NETWORK, component.inputs, component.outputs),
        choice=evolve(choice, streams=count),
        shape=(1, size, size, 3),
        cache=cache_folder() / "compiled",
    )
    paths: Sequence[str] = payload["paths"]

    def fill(number: int, array: Array) -> None:
        context.check()
        context.give([number, None])
        array[:] = read_input(paths[number], size)[0]

    # One more decodes than computes: while one waits for its turn in Python another decodes.
    with closing(ring_of(session, count + 1).run(fill, len(paths), context.check)) as done:
        for number, outcome in done:
            if isinstance(outcome, Cancelled):
                raise outcome
            context.give([number, {**_told(outcome, ends, context), "device": session.device}])
    return len(paths)


@frozen(slots=True)
class _Ended:
    """A last step with its pipeline's parameters."""

    step: Step
    parameters: Mapping[str, Any]

    def __attrs_post_init__(self) -> None:
        if self.step.component.name not in ENDS:
            raise Unsupported(f"the step {self.step.component.name} is not known to this version")

    def values(self, given: Mapping[str, Array]) -> Any:
        return ENDS[self.step.component.name](given, self.step, self.parameters)


def _told(
    outcome: Mapping[str, Array] | Exception, ends: Sequence[_Ended], context: TaskContext
) -> dict[str, Any]:
    try:
        if not isinstance(outcome, Exception):
            first, *others = ends
            return {"ok": [first.values(outcome), *(_fallen_off(each, outcome) for each in others)]}
        raise outcome
    except MemoryError:
        allowed = context.limits.memory >> 20
        error: AudobonError = LimitExceeded(
            f"the task model.run needs more than the {allowed} MiB of memory it may use"
        )
    except OSError as failed:
        error = translate_os_error(failed, failed.filename or "a picture")
    except AudobonError as failed:
        error = failed
    except Exception as failed:  # noqa: BLE001  # a mistake of ours, over one picture
        traceback.print_exception(failed)
        error = AudobonError(f"the task model.run stops with {type(failed).__name__}: {failed}")
    return {"error": error_data(error)}


def _fallen_off(end: _Ended, given: Mapping[str, Array]) -> Any:
    try:
        return end.values(given)
    except Exception:  # noqa: BLE001  # whoever asks for it is told
        return None


def class_names(given: Mapping[str, Array], step: Step, said: Mapping[str, Any]) -> Any:
    """Names of what the network sees, with their scores."""
    names = _names(step.data["imagenet-names"])
    return steps.scores_of(given["logits"], names, threshold=said["threshold"], count=said["count"])


@functools.lru_cache(maxsize=1)
def _names(folder: str) -> list[str]:
    try:
        found: list[str] = json.loads((Path(folder) / "imagenet1k_clean_names.json").read_bytes())
    except (OSError, ValueError) as error:
        raise Corrupt(
            f"the names of imagenet-names cannot be read: {error}",
            subject="imagenet-names",
            hint="'audobon models remove imagenet-names', then 'audobon models install tags'",
        ) from error
    return found


def unit_vector(given: Mapping[str, Array], step: Step, said: Mapping[str, Any]) -> Any:
    """The features as a vector of length 1, packed."""
    del step, said
    return pack_vector(steps.vector_of(given["features"]))


End = Callable[[Mapping[str, Any], Step, Mapping[str, Any]], Any]
ENDS: Mapping[str, End] = {"class-names": class_names, "unit-vector": unit_vector}
"""What is made of the outputs of a network, by the step's name."""
