"""Pipelines over assets: asked for as a job, run in a worker, delivered beside the source.

A picture that a pipeline gives becomes a new file and a new asset, related to
its source and carrying how it was made. What was computed once for the same
bytes, components and parameters is not computed again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from audobon.codec.plain import error_data, from_plain, to_plain
from audobon.errors import AudobonError, Invalid, NotFound, WorkerDied
from audobon.model.asset import Asset
from audobon.model.change import Edit
from audobon.model.job import PRIORITIES, JobRow, Limits
from audobon.models.assemble import Assembled, assemble
from audobon.models.registry import Models
from audobon.models.routing import Elsewhere, Route, route
from audobon.services import lookup, reviewing
from audobon.services.ingest import add
from audobon.services.queue import Job
from audobon.services.resultcache import trim, used
from audobon.services.stores import Stores
from audobon.system.files import translate_os_error, write_atomic
from audobon.work.executor import Executor

__all__ = ["run", "run_job", "text_vectors"]

_LIMITS = Limits(memory=6 << 30, cpu_s=7200.0, wall_s=7200.0, file=4 << 30)
"""For one file: a texture of 8192 pixels enlarged four times takes 20 minutes on two cores."""
_CLICKED = 4  # assets that somebody waits for; more are work for later
_VERSION = 1  # raised when the same pipeline gives something else, so that results are made anew
_NAMES = 1000  # of results of one kind beside a file; more is a mistake

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
    assembled = assemble(models, pipeline, parameters)
    second = route(models, assembled)
    if to is not None and not Path(to).is_dir():
        raise NotFound(f"the folder {os.fspath(to)} does not exist", subject=os.fspath(to))
    if to is not None and assembled.pipeline.gives != "picture":
        raise Invalid(f"{pipeline} gives values and writes no files, so 'to' has no meaning")
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
    with Executor("audobon.models.tasks:TASKS", _LIMITS, interpreter=stores.interpreter) as usual:
        worker: Executor | Elsewhere = usual
        if second is not None:
            worker = Elsewhere(second, stores.elsewhere(second.python), usual)
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
            asset = lookup.find(stores, ident)
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
    before = _stat(asset)
    known = bool(asset.digest) and before == (asset.size, asset.mtime_ns)
    content = asset.digest if known else f"{asset.id}:{before}"
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
    made: dict[str, Any] = executor.run(
        "model.run", task, limits=_LIMITS, progress=told, cancel=cancel
    )
    if "file" in made:
        made["file"] = str(folder / made["file"])
        made["size"] = os.path.getsize(made["file"])
    if known and _stat(asset) == before:
        write_atomic(note, json.dumps(made).encode(), durable=False)
    return made


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
    answer: dict[str, Any] = {"asset": asset.id, "path": asset.path}
    if "file" not in made:
        if "by" in payload:
            reviewing.keep(stores, asset, payload["by"], made["values"])
        return {**answer, "values": made["values"]}
    target = _placed(Path(made["file"]), asset, payload)
    report = add(stores, [target])
    if report.failed:
        raise report.failed[0][1]
    new = lookup.find(stores, str(target))
    now = stores.now()
    stores.catalog.relate(new.id, "derived_from", asset.id, author=stores.author, now=now)
    told = {name: new.attributes.get(name) for name in payload["told"]}
    if told != payload["told"]:
        edit = Edit(attributes=tuple(payload["told"].items()))
        stores.catalog.edit(
            [new.id], edit, label=f"made by {payload['pipeline']}", author=stores.author, now=now
        )
    return {**answer, "made": {"asset": new.id, "path": new.path, "file": str(target)}}


def _placed(made: Path, asset: Asset, payload: Mapping[str, Any]) -> Path:
    """Copy a result beside its source under a name that is free, or find that it is there."""
    folder = Path(payload["to"] or os.path.dirname(asset.file))
    stem = f"{Path(asset.name).stem}{payload['suffix']}"
    names = (f"{stem}{f'-{number}' if number > 1 else ''}" for number in range(1, _NAMES))
    try:
        fd, part = tempfile.mkstemp(prefix=".audobon-", suffix=".tmp", dir=folder)
        os.close(fd)
        try:
            shutil.copyfile(made, part)
            shutil.copymode(asset.file, part)
            for name in names:
                target = folder / f"{name}{made.suffix}"
                if _same(made, target) or _named(part, target):
                    return target
        finally:
            os.unlink(part)
    except OSError as error:
        raise translate_os_error(error, error.filename or folder) from error
    raise Invalid(f"there are {_NAMES} results of {asset.name} already", subject=asset.path)


def _named(part: str, target: Path) -> bool:
    """Give a whole file its name, unless that is taken: nothing is ever written over."""
    try:
        os.link(part, target)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: whoever makes the name has it
        try:
            target.open("xb").close()
        except FileExistsError:
            return False
        shutil.copy(part, target)
    return True


def _same(made: Path, there: Path) -> bool:
    """Whether the very result lies there already, from an earlier run."""
    try:
        if made.stat().st_size != there.stat().st_size:
            return False
        with made.open("rb") as one, there.open("rb") as other:
            digest = hashlib.file_digest(one, "sha256").digest()
            return digest == hashlib.file_digest(other, "sha256").digest()
    except OSError:
        return False
