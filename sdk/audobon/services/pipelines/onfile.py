"""A pipeline over a picture that is no asset: a file, or pixels as a host hands them over.

For what a host has open and never saved. The result goes where it is told,
nothing is added to the library, and the source is only read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from audobon.codec.plain import to_plain
from audobon.errors import AudobonError, NotFound, WorkerDied
from audobon.model.job import PRIORITIES, JobRow, Limits
from audobon.models.assemble import assemble
from audobon.models.registry import Models
from audobon.models.routing import Elsewhere, route
from audobon.services.core import lookup
from audobon.services.core.queue import Job
from audobon.services.core.stores import Stores
from audobon.services.pipelines.away import Away, away_for, noted
from audobon.services.pipelines.computing import LIMITS, worker_for
from audobon.services.pipelines.delivering import need_folder
from audobon.services.pipelines.needed import need_for
from audobon.services.pipelines.references import referred
from audobon.work.executor import Executor

__all__ = ["run_file_job", "run_on_file"]

_SHOWN = Limits(memory=3 << 30, cpu_s=120.0, wall_s=240.0, file=64 << 20)
_CONVERTED = 0.1  # of the progress: pixels to a picture

Report = Callable[[float], None]
Cancel = Callable[[], bool]


def run_on_file(
    stores: Stores,
    pipeline: str,
    path: str | os.PathLike[str],
    parameters: Mapping[str, Any],
    *,
    to: str | os.PathLike[str],
    raw: Mapping[str, Any] | None,
    shown: int,
    bare: Mapping[str, Any] | None = None,
) -> Job:
    """See ``Library.run_on_file``."""
    stores.need_writable("run a pipeline")
    source, folder = os.path.abspath(path), os.path.abspath(to)
    if not os.path.isfile(source):
        raise NotFound(f"{source} is not a file", subject=source)
    need_folder(folder)
    models = Models(interpreter=stores.interpreter)
    parameters, named = referred(stores, pipeline, parameters)
    assembled = assemble(models, pipeline, parameters)
    second = route(models, assembled)
    payload = {
        **assembled.task(),
        "pipeline": pipeline,
        "gives": assembled.pipeline.gives,
        "suffix": assembled.pipeline.suffix,
        "avoid": list(models.avoided()),
        "path": source,
        "to": folder,
        "raw": None if raw is None else dict(raw),
        "shown": shown,
        "bare": None if bare is None else dict(bare),
        "refers": named,
    }
    if second is not None:
        payload["second"] = to_plain(second)
    away = away_for(models, assembled)
    if away is not None:
        payload["away"] = away
    return Job(stores, stores.jobs.submit("run-file", payload, priority=PRIORITIES["click"]))


def run_file_job(
    stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel
) -> dict[str, Any]:
    """Handler: ``{values}``, or ``{file, before, after}`` with paths, and ``pixels``."""
    said: Mapping[str, Any] = job.payload
    path, folder = str(said["path"]), Path(said["to"])
    stem = Path(path).stem
    begun, ends = 0.0, 1.0 - (_CONVERTED if said.get("bare") else 0.0)
    if said["raw"] is not None:
        kind = str(said["raw"]["kind"])
        source = str(folder / f"{stem}-source{'.exr' if kind == 'f32' else '.png'}")
        task = {"path": path, "form": said["raw"], "to": source}
        executor.run("raw", task, limits=LIMITS, cancel=cancel)
        path, begun = source, _CONVERTED
        report(begun)
    others = {name: lookup.find(stores, str(each)) for name, each in said["refers"].items()}
    task = {name: said[name] for name in ("steps", "parameters", "avoid")}
    task |= {"path": path, "to": str(folder / f"{stem}{said['suffix']}")}
    task["files"] = {name: other.file for name, other in others.items()}

    def compute(worker: Executor | Elsewhere | Away) -> dict[str, Any]:
        began = time.perf_counter()
        made: dict[str, Any] = worker.run(
            *("model.run", task),
            limits=LIMITS, cancel=cancel,
            need=need_for(said, f"{said['pipeline']} of {Path(path).name}", _pixels(said, path)),
            progress=lambda fraction: report(begun + (ends - begun) * fraction),
        )  # fmt: skip
        stores.meter.timing(
            "inference",
            time.perf_counter() - began,
            device=made.get("device") or "none",
            pipeline=str(said["pipeline"]),
        )
        return made

    with worker_for(stores, job, executor) as worker:
        try:
            made = compute(worker)
        except WorkerDied:  # killed from outside; a file that kills workers does so again
            made = compute(worker)
    if "file" not in made:
        return noted(worker, {"values": made["values"]})
    file = str(folder / made["file"])
    told: dict[str, Any] = noted(worker, {"file": file})
    told |= _shown(executor, said, {"before": path, "after": file}, folder, cancel)
    if said.get("bare"):
        told["pixels"] = _bare(executor, said["bare"], path, file, cancel)
    return told


def _bare(
    executor: Executor, form: Mapping[str, Any], source: str, file: str, cancel: Cancel
) -> dict[str, Any]:
    """The result as bare numbers beside it: ``{file, width, height}``."""
    to = f"{file}.pixels"
    over = {"over": source} if form.get("alone") else {}
    task = {"path": file, "form": {**form, **over}, "to": to}
    size: dict[str, int] = executor.run("model.bare", task, limits=LIMITS, cancel=cancel)
    return {"file": to, **size}


def _pixels(said: Mapping[str, Any], path: str) -> int:
    raw = said["raw"]
    return os.path.getsize(path) if raw is None else int(raw["width"]) * int(raw["height"])


def _shown(
    executor: Executor,
    said: Mapping[str, Any],
    paths: Mapping[str, str],
    folder: Path,
    cancel: Cancel,
) -> dict[str, str]:
    """Small pictures of the source and the result; one that cannot be made is empty."""
    found = {}
    for name, path in paths.items() if said["shown"] else ():
        to = str(folder / f"{name}.picture")
        try:
            task = {"path": path, "size": said["shown"], "to": to}
            executor.run("shown", task, limits=_SHOWN, cancel=cancel)
        except AudobonError:
            to = ""
        found[name] = to
    return found
