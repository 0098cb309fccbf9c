"""An installed component in 8 bits, judged on pictures of the library, in a folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from audobon.codec.plain import from_plain
from audobon.errors import AudobonError, Conflict, Invalid, Unsupported
from audobon.model.asset import Asset
from audobon.model.component import Component
from audobon.model.job import Limits
from audobon.model.quantized import LEAST, MOST, Quantized
from audobon.models.assemble import Assembled, assemble
from audobon.models.caging import model_cage
from audobon.models.convert import NETWORK
from audobon.models.installed import Installed
from audobon.models.int8 import int8_recipe
from audobon.models.recipes import builtin_pipelines
from audobon.models.recipetext import RECIPE
from audobon.models.registry import Models
from audobon.pages.int8card import int8_card, loss_text
from audobon.services.core.stores import Stores
from audobon.system.files import translate_os_error, write_atomic
from audobon.system.folders import work_folder
from audobon.work.executor import Executor

__all__ = ["pictures_of", "quantize", "refuse"]

_LIMITS = Limits(memory=8 << 30, cpu_s=7200.0, wall_s=7200.0, file=1 << 30)


def quantize(
    stores: Stores,
    name: str,
    assets: Sequence[Asset],
    to: str | os.PathLike[str],
    *,
    bound: float,
    progress: Callable[[float], object],
    cancel: Callable[[], bool],
) -> Quantized:
    """See ``Library.quantize``."""
    if not 0.0 < bound <= 1.0:
        raise Invalid(f"{bound:g} is no loss that can be allowed; it is above 0 and at most 1")
    models = Models(interpreter=stores.interpreter)
    found = models.get(name)
    if not isinstance(found, Installed) or not (found.folder / NETWORK).is_file():
        raise Unsupported(f"{name} has no network that could be made smaller", subject=name)
    assembled, at = _pipeline_with(models, found.component)
    chosen = pictures_of(assets)
    folder = Path(os.path.abspath(to))
    _need_empty(folder)
    tiles = (step.component for step in assembled.steps if step.component.name == "tiles")
    task = {
        **assembled.task(),
        "avoid": list(models.avoided()),
        "at": at,
        "tile": next((int(str(each.settings["tile"])) for each in tiles), 0),
        "paths": [asset.file for asset in chosen],
        "digests": [asset.digest for asset in chosen],
        "bound": bound,
    }
    with tempfile.TemporaryDirectory(prefix="int8-", dir=work_folder()) as part:
        made = from_plain(_in_worker(stores, {**task, "folder": part}, progress, cancel), Quantized)
        refuse(made)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _need_empty(folder)
            for each in sorted(Path(part).iterdir()):
                shutil.copyfile(each, folder / each.name)
            write_atomic(folder / "card.md", int8_card(found.component, made).encode())
            text = int8_recipe(found.component, made, folder)
            write_atomic(folder / RECIPE, text.encode())  # the last: with it the component is whole
        except OSError as error:
            raise translate_os_error(error, error.filename or folder) from error
    return evolve(made, recipe=str(folder / RECIPE))


def pictures_of(assets: Sequence[Asset]) -> list[Asset]:
    """The pictures to look at: each content once, by digest. Invalid for too few."""
    by_digest = {asset.digest: asset for asset in assets if asset.kind == "image" and asset.digest}
    if len(by_digest) < LEAST:
        raise Invalid(
            f"there are {len(by_digest)} different pictures; at least {LEAST} are needed to "
            "calibrate a network and to judge it by others",
            hint="--pictures names a query that finds more",
        )
    return [by_digest[digest] for digest in sorted(by_digest)[:MOST]]


def refuse(made: Quantized) -> None:
    """Raise Invalid, with what was measured, for one that loses more than is allowed."""
    if made.accepted:
        return
    told = "; ".join(loss_text(each) for each in made.losses)
    raise Invalid(
        f"{made.source} in 8 bits loses {made.loss:.4f} on {made.held_out} held-out pictures, "
        f"{made.bound:g} is allowed; nothing is written. {told}. It would have "
        f"{made.size / 1e6:.2f} MB instead of {made.size_before / 1e6:.2f} MB and take "
        f"{made.seconds * 1000:.1f} ms instead of {made.seconds_before * 1000:.1f} ms",
        subject=made.source,
        hint="--bound allows more, if that is good enough for what it is used for",
    )


def _need_empty(folder: Path) -> None:
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Conflict(f"{folder} is not an empty folder", subject=str(folder))
    except OSError as error:
        raise translate_os_error(error, folder) from error


def _pipeline_with(models: Models, component: Component) -> tuple[Assembled, int]:
    """A pipeline that feeds pictures to this network, and the number of its step."""
    why = ""
    # Those that are made with it come first; others take it in the place of their own.
    known = sorted(builtin_pipelines().values(), key=lambda each: component.name not in each.steps)
    for pipeline in known:
        steps = pipeline.steps
        if any(each.kind == "asset" for each in pipeline.parameters) or "text-tokens" in steps:
            continue
        given = {} if component.name in steps else {"backbone": component.name}
        try:
            made = assemble(models, pipeline.name, given)
        except AudobonError as error:
            why = why or error.message
            continue
        for number, step in enumerate(made.steps):
            if step.component.name == component.name:
                return made, number
    raise Unsupported(
        f"no pipeline that goes from a picture alone uses {component.name}"
        + (f" ({why})" if why else ""),
        subject=component.name,
    )


def _in_worker(
    stores: Stores,
    task: Mapping[str, Any],
    progress: Callable[[float], object],
    cancel: Callable[[], bool],
) -> Any:
    # A process of its own, which ends: NNCF and what it brings take 0.5 GB.
    with Executor(
        *("audobon.models.tasks:TASKS", _LIMITS),
        interpreter=stores.interpreter, cage=model_cage(),
    ) as executor:  # fmt: skip
        return executor.run("model.quantize", task, progress=progress, cancel=cancel)
