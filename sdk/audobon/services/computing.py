"""Pipelines over assets: asked for as a job, run in a worker, delivered beside the source.

A picture that a pipeline gives becomes a new file and a new asset, related to
its source and carrying how it was made. What was computed once for the same
bytes, components and parameters is not computed again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from audobon.codec.plain import error_data, from_plain, to_plain
from audobon.errors import AudobonError, Invalid, WorkerDied
from audobon.model.asset import Asset
from audobon.model.change import Edit
from audobon.model.job import PRIORITIES, JobRow, Limits
from audobon.models.assemble import Assembled, assemble
from audobon.models.registry import Models
from audobon.models.routing import Elsewhere, Route, route
from audobon.services import lookup, reviewing
from audobon.services.delivering import need_folder, origin, place, still_there, unchanged
from audobon.services.ingest import add
from audobon.services.needed import need_of
from audobon.services.queue import Job
from audobon.services.references import referred
from audobon.services.resultcache import trim, used
from audobon.services.stores import Stores
from audobon.system.files import translate_os_error, write_atomic
from audobon.work.executor import Executor

__all__ = ["run", "run_job", "text_vectors"]

_LIMITS = Limits(memory=6 << 30, cpu_s=7200.0, wall_s=7200.0, file=4 << 30)
"""For one file: a texture of 8192 pixels enlarged four times takes 20 minutes on two cores."""
_CLICKED = 4  # assets that somebody waits for; more are work for later
_VERSION = 2  # raised when the same pipeline gives something else, so that results are made anew

Report = Callable[[float], None]
Cancel = Callable[[], bool]


def run(
    stores: Stores,
    pipeline: str,
    assets: Sequence[Asset],
    parameters: Mapping[str, Any],
    *,
    to: str | os.PathLike[str] | None,
) -> Job:
    """See ``Library.run``. What can be refused is refused here, before anything is queued."""
    stores.need_writable("run a pipeline")
    models = Models(interpreter=stores.interpreter)
    parameters, named = referred(stores, pipeline, parameters)
    assembled = assemble(models, pipeline, parameters)
    second = route(models, assembled)
    if to is not None and assembled.pipeline.gives != "picture":
        raise Invalid(f"{pipeline} gives values and writes no files, so 'to' has no meaning")
    if assembled.pipeline.gives == "picture" and (to is not None or len(assets) == 1):
        need_folder(os.fspath(to) if to is not None else os.path.dirname(assets[0].file))
    payload = {
        **assembled.task(),
        "pipeline": pipeline,
        "gives": assembled.pipeline.gives,
        "suffix": assembled.pipeline.suffix,
        "told": assembled.told(),
        "recipe": _recipe(assembled),
        "avoid": list(models.avoided()),
        "to": None if to is None else os.path.abspath(to),
        "items": [asset.id for asset in assets],
        "refers": named,
    }
    if second is not None:
        payload["second"] = to_plain(second)
    if assembled.pipeline.gives == "tags":
        payload["by"] = _network(assembled)
    urgent = "click" if len(assets) <= _CLICKED else "normal"
    key = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
    row = stores.jobs.submit("run", payload, key=f"run:{key}", priority=PRIORITIES[urgent])
    return Job(stores, row)


def _network(assembled: Assembled) -> dict[str, str]:
    """Whose scores the suggestions have."""
    made = next(step.component for step in assembled.steps if step.component.role == "backbone")
    return {"component": made.name, "version": made.version}


def text_vectors(
    stores: Stores, texts: Sequence[str], parameters: Mapping[str, Any]
) -> tuple[tuple[float, ...], ...]:
    """See ``Library.text_vectors``."""
    models = Models(interpreter=stores.interpreter)
    assembled = assemble(models, "embed-text", parameters)
    second = route(models, assembled)
    task = {**assembled.task(), "avoid": list(models.avoided()), "texts": list(texts)}
    if not texts:
        return ()
    worker: Executor | Elsewhere = stores.networks
    if second is not None:
        worker = Elsewhere(second, stores.elsewhere(second.python), stores.networks)
    found = worker.run("model.texts", task, limits=_LIMITS)
    return tuple(tuple(vector) for vector in found)


def _recipe(assembled: Assembled) -> str:
    """What, beside the file's bytes, decides about a result, as one text."""
    steps = [
        [step.component.name, step.component.version, step.digests] for step in assembled.steps
    ]
    return json.dumps([_VERSION, assembled.pipeline.name, steps, dict(assembled.parameters)])


def run_job(stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel) -> Any:
    """Handler: ``{results, failed}``; an only asset's failure is the job's."""
    ids: Sequence[str] = job.payload["items"]  # type: ignore[assignment]
    results, failed = [], []
    worker = _worker(stores, job, executor)
    for number, ident in enumerate(ids):

        def told(fraction: float, number: int = number) -> None:
            report((number + fraction) / len(ids))

        try:
            asset = still_there(stores, ident)
            try:
                made = _computed(stores, job.payload, asset, worker, told, cancel)
            except WorkerDied:  # killed from outside; a file that kills workers does so again
                made = _computed(stores, job.payload, asset, worker, told, cancel)
            results.append(_delivered(stores, job.payload, asset, made))
        except AudobonError as error:
            if len(ids) == 1 or cancel():
                raise
            failed.append({"asset": ident, "error": error_data(error)})
        told(1.0)
    trim(stores.place.results)
    return {"results": results, "failed": failed}


def _worker(stores: Stores, job: JobRow, usual: Executor) -> Executor | Elsewhere:
    """Who computes: the usual worker, or one in a second runtime's environment."""
    if "second" not in job.payload:
        return usual
    way = from_plain(job.payload["second"], Route)
    return Elsewhere(way, stores.elsewhere(way.python), usual)


def _computed(
    stores: Stores,
    payload: Mapping[str, Any],
    asset: Asset,
    executor: Executor | Elsewhere,
    told: Report,
    cancel: Cancel,
) -> dict[str, Any]:
    """What the pipeline makes of an asset, from the cache where that holds it."""
    refers = {name: lookup.find(stores, each) for name, each in payload.get("refers", {}).items()}
    before, known, content = _content(asset, *refers.values())
    key = hashlib.sha256(f"{content}\n{payload['recipe']}".encode()).hexdigest()
    folder = stores.place.results / key[:2]
    note = folder / f"{key}.json"
    cached = _cached(note)
    if cached is not None:
        used(note)
        return cached
    folder.mkdir(parents=True, exist_ok=True)
    task = {name: payload[name] for name in ("steps", "parameters", "avoid")}
    task |= {"path": asset.file, "to": str(folder / key)}
    task["files"] = {name: other.file for name, other in refers.items()}
    made: dict[str, Any] = executor.run(
        *("model.run", task),
        limits=_LIMITS,
        progress=told,
        cancel=cancel,
        need=need_of(payload, asset),
    )
    if "file" in made:
        made["file"] = str(folder / made["file"])
        made["size"] = os.path.getsize(made["file"])
    pairs = zip((asset, *refers.values()), before, strict=True)
    if known and all(unchanged(each, stat) for each, stat in pairs):
        write_atomic(note, json.dumps(made).encode(), durable=False)
    return made


def _content(*assets: Asset) -> tuple[list[tuple[int, int]], bool, str]:
    """Sizes and times of files, whether the catalog knows all as they are, and what is in them."""
    before = [_stat(asset) for asset in assets]
    pairs = list(zip(assets, before, strict=True))
    known = all(asset.digest and stat == (asset.size, asset.mtime_ns) for asset, stat in pairs)
    names = (asset.digest if known else f"{asset.id}:{stat}" for asset, stat in pairs)
    return before, known, " ".join(names)


def _stat(asset: Asset) -> tuple[int, int]:
    try:
        found = os.stat(asset.file)
    except OSError as error:
        raise translate_os_error(error, asset.file) from error
    return found.st_size, found.st_mtime_ns


def _cached(note: Path) -> dict[str, Any] | None:
    """A result that is whole, or None."""
    try:
        made: dict[str, Any] = json.loads(note.read_bytes())
        if "file" in made and os.path.getsize(made["file"]) != made["size"]:
            return None
    except (OSError, ValueError, KeyError):
        return None
    return made


def _delivered(
    stores: Stores, payload: Mapping[str, Any], asset: Asset, made: Mapping[str, Any]
) -> dict[str, Any]:
    """The result as the caller gets it; a picture is put beside its source and added."""
    there = still_there(stores, asset.id)
    answer: dict[str, Any] = {"asset": asset.id, "path": there.path}
    if "file" not in made:
        if "by" in payload:
            reviewing.keep(stores, asset, payload["by"], made["values"])
        return {**answer, "values": made["values"]}
    target = place(Path(made["file"]), there, suffix=payload["suffix"], to=payload["to"])
    report = add(stores, [target])
    if report.failed:
        raise report.failed[0][1]
    new = lookup.find(stores, str(target))
    now = stores.now()
    stores.catalog.relate(new.id, "derived_from", asset.id, author=stores.author, now=now)
    for other in payload.get("refers", {}).values():
        stores.catalog.relate(new.id, "uses", other, author=stores.author, now=now)
    wanted = {**payload["told"], **origin(asset, there)}
    if {name: new.attributes.get(name) for name in wanted} != wanted:
        edit = Edit(attributes=tuple(wanted.items()))
        stores.catalog.edit(
            [new.id], edit, label=f"made by {payload['pipeline']}", author=stores.author, now=now
        )
    return {**answer, "made": {"asset": new.id, "path": new.path, "file": str(target)}}
