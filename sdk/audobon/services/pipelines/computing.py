"""Pipelines over assets: asked for as a job, run in a worker, delivered beside the source.

A picture that a pipeline gives becomes a new file and a new asset, related to
its source and carrying how it was made. What was computed once for the same
bytes, components and parameters is not computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from audobon.codec.plain import error_data, from_plain
from audobon.codec.vectors import halved
from audobon.errors import AudobonError, Cancelled, Invalid, WorkerDied
from audobon.model.asset import Asset, Relationship
from audobon.model.change import Edit
from audobon.model.job import PRIORITIES, JobRow, Limits
from audobon.models.assemble import assemble
from audobon.models.registry import Models
from audobon.models.routing import Elsewhere, Route, route
from audobon.services.core import lookup
from audobon.services.core.audit import record
from audobon.services.core.cachebudget import budget
from audobon.services.core.queue import Job
from audobon.services.core.resultcache import trim
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import add
from audobon.services.pipelines import reviewing
from audobon.services.pipelines.away import Away, away_for, noted
from audobon.services.pipelines.delivering import need_folder, origin, place, still_there
from audobon.services.pipelines.inbatches import run_batches
from audobon.services.pipelines.nearness import PICTURES, keep_vectors
from audobon.services.pipelines.needed import need_of
from audobon.services.pipelines.recipes import pipeline_of
from audobon.services.pipelines.references import referred
from audobon.services.pipelines.results import Wanted, keep, kept, wanted
from audobon.services.pipelines.runpayload import CLICKED, payload_for
from audobon.services.pipelines.written import WRITTEN, keep_writing, written
from audobon.work.executor import Executor

__all__ = ["LIMITS", "run", "run_job", "text_vectors", "worker_for"]

LIMITS = Limits(memory=6 << 30, cpu_s=7200.0, wall_s=7200.0, file=4 << 30)
"""For one file: a texture of 8192 pixels enlarged four times takes 20 minutes on two cores."""
_VECTORS = 64  # put in one transaction

Report = Callable[[float], None]
Cancel = Callable[[], bool]


def run(
    stores: Stores,
    pipeline: str,
    assets: Sequence[Asset],
    parameters: Mapping[str, Any],
    *,
    to: str | os.PathLike[str] | None,
    answers: str = "",
) -> Job:
    """See ``Library.run``. What can be refused is refused here, before anything is queued.

    ``answers`` is a file with those of a batch to what the networks are asked.
    """
    stores.need_writable("run a pipeline")
    models = Models(interpreter=stores.interpreter)
    parameters, named = referred(stores, pipeline, parameters)
    assembled = assemble(models, pipeline, parameters)
    second = route(models, assembled)
    if to is not None and assembled.pipeline.gives != "picture":
        raise Invalid(f"{pipeline} gives values and writes no files, so 'to' has no meaning")
    if assembled.pipeline.gives == "picture" and (to is not None or len(assets) == 1):
        need_folder(os.fspath(to) if to is not None else os.path.dirname(assets[0].file))
    payload = payload_for(models, assembled, assets, second, to=to, refers=named)
    away = away_for(models, assembled)
    if away is not None:
        payload |= {"away": away, "answers": answers}
    urgent = "click" if len(assets) <= CLICKED else "normal"
    key = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
    row = stores.jobs.submit("run", payload, key=f"run:{key}", priority=PRIORITIES[urgent])
    record(stores, "run", pipeline, assets=[asset.id for asset in assets], job=row.id, to=to)
    return Job(stores, row)


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
    away = away_for(models, assembled)
    if away is not None:
        with contextlib.closing(Away(stores, away, stores.networks)) as asked:
            found = asked.run("model.texts", task, limits=LIMITS)
    else:
        worker: Executor | Elsewhere = stores.networks
        if second is not None:
            worker = Elsewhere(second, stores.elsewhere(second.python), stores.networks)
        found = worker.run("model.texts", task, limits=LIMITS)
    return tuple(tuple(vector) for vector in found)


def run_job(stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel) -> Any:
    """Handler: ``{results, failed}``; an only asset's failure is the job's.

    And ``note``, where it was not computed where it should.
    """
    with worker_for(stores, job, executor) as worker:
        work = _Work(stores, job, worker, report, cancel)
        _work(stores, job, executor, work, cancel)
        return noted(worker, work.told())


def _work(stores: Stores, job: JobRow, executor: Executor, work: _Work, cancel: Cancel) -> None:
    usual = not job.payload.keys() & {"second", "away"}
    if job.payload.get("many") and len(work.ids) > CLICKED and usual:
        task = {name: job.payload[name] for name in ("steps", "parameters", "avoid", "also")}
        run_batches(
            *(executor, task, work.missing()),
            limits=LIMITS, cancel=cancel, deliver=work.computed,
            need=lambda asset: need_of(job.payload, asset),
        )  # fmt: skip
    else:
        for number, want in work.missing():
            work.compute(number, want)
    if work.full:
        trim(stores.place.results, budget(stores.catalog, "results"))


class _Work:
    """A job at work: what is wanted of each of its assets, and what became of it.

    ``full`` is whether so much was kept that it is time to trim.
    """

    full = False

    def __init__(
        self,
        stores: Stores,
        job: JobRow,
        executor: Executor | Elsewhere | Away,
        report: Report,
        cancel: Cancel,
    ) -> None:
        self.ids: Sequence[str] = job.payload["items"]  # type: ignore[assignment]
        self._stores, self._payload, self._executor = stores, job.payload, executor
        self._report, self._cancel = report, cancel
        self._wanted: dict[int, Wanted] = {}
        self._results: dict[int, dict[str, Any]] = {}
        self._failed: dict[int, AudobonError] = {}
        self._alike: dict[Path, list[int]] = {}
        self._vectors: dict[tuple[str, str], bytes] = {}
        self._texts: dict[str, str] = {}
        self._mark = time.perf_counter()

    def missing(self) -> Iterator[tuple[int, Wanted]]:
        """What has to be computed; what is kept already is delivered at once, equal bytes wait."""
        recipe = str(self._payload["recipe"])
        refers: Mapping[str, str] = self._payload.get("refers", {})  # type: ignore[assignment]
        for number, ident in enumerate(self.ids):
            if number and self._cancel():
                raise Cancelled("the job is cancelled")
            try:
                asset = still_there(self._stores, ident)
                others = {name: lookup.find(self._stores, each) for name, each in refers.items()}
                want = self._want(recipe, asset, others)
            except AudobonError as error:
                self._fail(number, error)
                continue
            self._wanted[number] = want
            if want.note in self._alike:
                self._alike[want.note].append(number)
                continue
            made = kept(want)
            answer = "miss" if made is None else "hit"
            self._stores.meter.count("cache", answer=answer, cache="results")
            if made is not None:
                self._deliver(number, made)
                continue
            self._alike[want.note] = []
            yield number, want

    def _want(self, recipe: str, asset: Asset, others: Mapping[str, Asset] | None = None) -> Wanted:
        place = self._stores.place
        return wanted(place.results, recipe, asset, others, files=place.files)

    def compute(self, number: int, want: Wanted) -> None:
        """One by itself, in the worker."""
        made: dict[str, Any] | AudobonError
        self._mark = time.perf_counter()
        try:
            try:
                made = self._run(number, want)
            except WorkerDied:  # killed from outside; a file that kills workers does so again
                made = self._run(number, want)
        except AudobonError as error:
            made = error
        self.computed(number, made)

    def _run(self, number: int, want: Wanted) -> dict[str, Any]:
        folder = want.note.parent
        folder.mkdir(parents=True, exist_ok=True)
        task = {name: self._payload[name] for name in ("steps", "parameters", "avoid")}
        task["files"] = {name: other.file for name, other in want.others.items()}
        with want.files.workplace(folder) as work:
            task |= {"path": want.asset.file, "to": str(work / want.note.stem)}
            made: dict[str, Any] = self._executor.run(
                *("model.run", task),
                limits=LIMITS, cancel=self._cancel, need=need_of(self._payload, want.asset),
                progress=lambda fraction: self._report((number + fraction) / len(self.ids)),
            )  # fmt: skip
            if "file" in made:
                made["size"] = os.path.getsize(work / made["file"])
                made["file"] = str(folder / made["file"])
        return made

    def computed(
        self, number: int, made: dict[str, Any] | AudobonError, also: Sequence[Any] = ()
    ) -> None:
        """What a worker has made is kept, so that it is never made again, and delivered.

        ``also`` are values of other pipelines that fell off, or None: kept, for whoever asks for
        them.
        """
        want = self._wanted[number]
        if not isinstance(made, AudobonError):
            self._time(made.pop("device", ""))
            try:
                self.full = keep(want, made) or self.full
                self._keep_also(want.asset, also)
            except AudobonError as error:
                made = error
        for each in (number, *self._alike.pop(want.note)):
            if isinstance(made, AudobonError):
                self._fail(each, made)
            else:
                self._deliver(each, made)

    def _time(self, device: str) -> None:
        """From one result to the next: of many at once, what each of them has added."""
        now, pipeline = time.perf_counter(), str(self._payload["pipeline"])
        self._stores.meter.timing(
            "inference", now - self._mark, device=device or "none", pipeline=pipeline
        )
        self._mark = now

    def _keep_also(self, asset: Asset, also: Sequence[Any]) -> None:
        others: Sequence[Mapping[str, Any]] = self._payload["also"] if also else ()  # type: ignore[assignment]
        for each, values in zip(others, also, strict=True):
            recipe = str(each["recipe"])
            want = self._want(recipe, asset)
            if values is not None and not want.note.exists():
                self.full = keep(want, {"values": values}) or self.full
                self._keep_vector(recipe, want, values)

    def _deliver(self, number: int, made: Mapping[str, Any]) -> None:
        try:
            asset = self._wanted[number].asset
            self._results[number] = _delivered(self._stores, self._payload, asset, made)
        except AudobonError as error:
            self._fail(number, error)
        else:
            recipe, want = str(self._payload["recipe"]), self._wanted[number]
            self._keep_vector(recipe, want, made.get("values"))
            if want.known and pipeline_of(recipe) == WRITTEN:
                self._texts[want.asset.digest] = written(made["values"])
                if len(self._texts) >= _VECTORS:
                    self._put_texts()
            self._done()

    def _keep_vector(self, recipe: str, want: Wanted, values: Any) -> None:
        if want.known and pipeline_of(recipe) == PICTURES:
            self._vectors[recipe, want.asset.digest] = halved(values)
            if len(self._vectors) >= _VECTORS:
                self._put_vectors()

    def _put_texts(self) -> None:
        texts, self._texts = self._texts, {}
        with contextlib.suppress(AudobonError):  # derived: the next run tells them again
            keep_writing(self._stores, texts)

    def _put_vectors(self) -> None:
        vectors, self._vectors = self._vectors, {}
        by_recipe: dict[str, dict[str, bytes]] = {}
        for (recipe, digest), half in vectors.items():
            by_recipe.setdefault(recipe, {})[digest] = half
        # Derived: on a full disk they are gathered from the results another time.
        with contextlib.suppress(AudobonError):
            for recipe, found in by_recipe.items():
                keep_vectors(self._stores, recipe, found)

    def _fail(self, number: int, error: AudobonError) -> None:
        if len(self.ids) == 1 or self._cancel():
            raise error
        self._failed[number] = error
        self._stores.meter.error("job run", error)
        self._done()

    def _done(self) -> None:
        self._report((len(self._results) + len(self._failed)) / len(self.ids))

    def told(self) -> dict[str, Any]:
        """The job's result, in the order of its assets."""
        if self._vectors:
            self._put_vectors()
        if self._texts:
            self._put_texts()
        return {
            "results": [self._results[number] for number in sorted(self._results)],
            "failed": [
                {"asset": self.ids[number], "error": error_data(self._failed[number])}
                for number in sorted(self._failed)
            ],
        }


@contextlib.contextmanager
def worker_for(
    stores: Stores, job: JobRow, usual: Executor
) -> Iterator[Executor | Elsewhere | Away]:
    """Who computes: the usual worker, or one in a second runtime's environment, or Vertex AI."""
    if "away" in job.payload:
        networks: Mapping[str, Any] = job.payload["away"]  # type: ignore[assignment]
        answers = Path(str(job.payload["answers"])) if job.payload.get("answers") else None
        with contextlib.closing(Away(stores, networks, usual, answers)) as away:
            yield away
    elif "second" in job.payload:
        way = from_plain(job.payload["second"], Route)
        yield Elsewhere(way, stores.elsewhere(way.python), usual)
    else:
        yield usual


def _delivered(
    stores: Stores, payload: Mapping[str, Any], asset: Asset, made: Mapping[str, Any]
) -> dict[str, Any]:
    """The result as the caller gets it; a picture is put beside its source and added."""
    if "file" not in made and "by" not in payload:
        # Nothing is written: what became of the asset in the last moment does not matter.
        return {"asset": asset.id, "path": asset.path, "values": made["values"]}
    there = still_there(stores, asset.id)
    answer: dict[str, Any] = {"asset": asset.id, "path": there.path}
    if "file" not in made:
        reviewing.keep(stores, asset, payload["by"], made["values"])
        return {**answer, "values": made["values"]}
    with stores.place.files.as_file(Path(made["file"])) as file:
        target = place(file, there, suffix=payload["suffix"], to=payload["to"])
    report = add(stores, [target])
    if report.failed:
        raise report.failed[0][1]
    new = lookup.find(stores, str(target))
    _derive(stores, payload, asset, there, new)
    return {**answer, "made": {"asset": new.id, "path": new.path, "file": str(target)}}


def _derive(
    stores: Stores, payload: Mapping[str, Any], asset: Asset, there: Asset, new: Asset
) -> None:
    """Note what a new file was made of and how, as one undoable change."""
    others = payload.get("refers", {}).values()
    edges = [Relationship(new.id, "derived_from", asset.id)]
    edges += [Relationship(new.id, "uses", other) for other in others]
    wanted = {**payload["told"], **origin(asset, there)}
    told = {name: value for name, value in wanted.items() if new.attributes.get(name) != value}
    known = stores.catalog.related(new.id)
    if told or any(edge not in known for edge in edges):
        stores.catalog.edit(
            *([new.id], Edit(attributes=tuple(told.items()))),
            label=f"made by {payload['pipeline']}",
            author=stores.author, now=stores.now(), edges=edges,
        )  # fmt: skip
