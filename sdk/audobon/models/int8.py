"""A network of an installed component in 8 bits, by NNCF, judged on pictures it did not see.

The task runs in a worker process without a network. What it makes is a component like any other:
a network in OpenVINO's own form, and a recipe by which it is installed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import AudobonError, Cancelled, MissingExtra, Unavailable
from audobon.model.component import Component
from audobon.model.quantized import LEAST, Quantized
from audobon.models.assemble import Step
from audobon.models.convert import BINARY, NETWORK
from audobon.models.recipetext import network_recipe, origin
from audobon.work.child import TaskContext

__all__ = ["int8_recipe", "quantize_task"]

_BYTES = 1 << 30
"""Of what is fed, kept in memory: 300 pictures of 1024 pixels in 8 bits take 0.9 GB."""
_TIMED = 10


def quantize_task(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{steps, parameters, avoid, at, tile, paths, digests, bound, folder}`` to a ``Quantized``.

    ``at`` is the number of the step with the network. The network is written into ``folder``
    where it loses no more than ``bound``. MissingExtra without NNCF, Invalid for too few
    different pictures.
    """
    from audobon.inference.judging import parted, print_of

    nncf = _nncf()
    step = from_plain(payload["steps"][payload["at"]], Step)
    component = step.component
    feeds, digests = _fed(payload, context, step)
    prints = [print_of(feed[component.inputs[0].name], component.inputs[0]) for feed in feeds]
    calibrating, held = parted(prints, digests, LEAST)
    network = Path(step.folder) / NETWORK
    context.progress(0.4)
    made = _quantized(nncf, network, [feeds[number] for number in calibrating], component, context)
    context.progress(0.7)
    folder = Path(payload["folder"])
    from audobon.inference import door

    with door.translated("the network cannot be written"):
        door.load().save_model(made, str(folder / NETWORK), compress_to_fp16=False)
    told = measured(network, folder / NETWORK, component, [feeds[i] for i in held], context)
    found = Quantized(
        component=f"{component.name[:59]}-int8",
        version=f"{component.version}+int8",
        source=f"{component.name} {component.version}",
        bound=payload["bound"],
        calibrated=len(calibrating),
        held_out=len(held),
        size_before=_size(Path(step.folder)),
        size=_size(folder),
        maker=f"nncf {nncf.__version__}",
        **told,
    )
    return to_plain(found)  # type: ignore[no-any-return]


def _nncf() -> Any:
    from audobon.inference import door

    door.load()  # without telemetry, which NNCF would send as well
    try:
        import nncf
    except ModuleNotFoundError as error:
        if error.name != "nncf":
            raise
        raise MissingExtra(
            f"networks are made smaller by nncf, which is not installed for workers "
            f"({sys.executable})",
            subject="int8",
            hint="pip install audobon[int8]",
        ) from error
    return nncf


def _fed(
    payload: Mapping[str, Any], context: TaskContext, step: Step
) -> tuple[list[dict[str, Any]], list[str]]:
    """What the network is fed with for each picture that can be read, and the digests of these."""
    from audobon.models.feeding import fed

    feeds: list[dict[str, Any]] = []
    digests: list[str] = []
    size, failed = 0, None
    paths: Sequence[str] = payload["paths"]
    for number, path in enumerate(paths):
        context.check()
        try:
            feed = fed({**payload, "path": path, "to": ""}, context, step, payload["tile"])
        except Cancelled:
            raise
        except AudobonError as error:  # a picture that cannot be read is none to judge by
            failed = error
            continue
        if feed is not None:
            size += sum(array.nbytes for array in feed.values())
            if size > _BYTES and len(feeds) >= LEAST:
                break
            feeds.append(feed)
            digests.append(payload["digests"][number])
        context.progress(0.4 * (number + 1) / len(paths))
    if not feeds and failed is not None:
        raise failed
    return feeds, digests


def _quantized(
    nncf: Any,
    network: Path,
    feeds: Sequence[Mapping[str, Any]],
    component: Component,
    context: TaskContext,
) -> Any:
    from audobon.inference import door

    def given(feed: Mapping[str, Any]) -> list[Any]:
        context.check()
        return [feed[tensor.name] for tensor in component.inputs]

    read = door.core().read_model(str(network))
    try:
        return nncf.quantize(read, nncf.Dataset(feeds, given), subset_size=len(feeds))
    except (AudobonError, MemoryError):
        raise
    except Exception as error:  # whatever NNCF raises over a network that it cannot take
        words = " ".join(str(error).split())[:240]
        raise Unavailable(
            f"nncf cannot make {component.name} smaller: {words}", subject=component.name
        ) from error


def measured(
    before: Path,
    after: Path,
    component: Component,
    feeds: Sequence[Mapping[str, Any]],
    context: TaskContext,
) -> dict[str, Any]:
    """``losses``, ``seconds_before`` and ``seconds`` of the network ``after`` beside ``before``.

    The one as it was computes in f32; the one in 8 bits, and both for the times, as they are
    used on the CPU.
    """
    from audobon.inference.judging import judge, run_all

    wanted, _ = run_all(before, component, feeds, "f32", context.check)
    given, seconds = run_all(after, component, feeds, "auto", context.check)
    _, seconds_before = run_all(before, component, feeds[:_TIMED], "auto", context.check)
    losses = [
        judge(tensor, [each[number] for each in wanted], [each[number] for each in given])
        for number, tensor in enumerate(component.outputs)
    ]
    return {"losses": tuple(losses), "seconds_before": seconds_before, "seconds": seconds}


def _size(folder: Path) -> int:
    return sum((folder / name).stat().st_size for name in (NETWORK, BINARY))


def int8_recipe(component: Component, made: Quantized, folder: Path) -> str:
    """The recipe of the network that lies in ``folder``, as TOML."""
    summary = f"{made.source} in 8 bits, by {made.maker}: {component.summary}"
    told = evolve(component, name=made.component, version=made.version, summary=summary)
    return network_recipe(told, folder, made_from=origin(component))
