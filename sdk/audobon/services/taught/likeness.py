"""Likeness as a library means it, learnt from its tags and catalogs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from audobon.errors import Invalid
from audobon.learning.checking import check_likeness
from audobon.model.asset import Asset
from audobon.model.job import PRIORITIES, JobRow
from audobon.model.taught import LIKENESS
from audobon.services.core.audit import record
from audobon.services.core.queue import Job
from audobon.services.core.stores import Stores
from audobon.services.pipelines.nearness import PICTURES, current_recipe, picture_space
from audobon.services.taught.lessonkept import SEEN, learn_and_keep, pictures_of
from audobon.services.taught.lessons import embed_all
from audobon.storage.vectors import VectorStore
from audobon.work.executor import Executor

__all__ = ["learn_likeness", "teach_likeness"]

LEAST = 20
MOST = 2_000
_LABELS = 200
_FEWEST = 4  # pictures of a label; the lesson itself asks for different ones

Report = Callable[[float], None]
Cancel = Callable[[], bool]
_Labels = dict[str, set[str]]


def teach_likeness(stores: Stores) -> Job:
    """See ``Library.teach_likeness``. What can be refused is refused here."""
    stores.need_writable("learn a likeness")
    assets, labels = _labelled(stores)
    if len(assets) < LEAST or len(labels) < 2:
        raise Invalid(
            f"{len(assets)} pictures with {len(labels)} tags or catalogs that tell some from "
            f"others are too few; {LEAST} and 2 are needed at least",
            hint="a tag counts that four pictures have, and not more than half of all with tags",
        )
    current_recipe(stores, PICTURES)  # Unavailable, with what to install
    row = stores.jobs.submit("liken", {}, key="liken", priority=PRIORITIES["visible"])
    record(stores, "teach", LIKENESS, job=row.id)
    return Job(stores, row)


def _labelled(stores: Stores) -> tuple[list[Asset], _Labels]:
    """Pictures with labels that tell some of them from others, and the ids of each label."""
    from audobon.services.finding.search import all_ids

    ids = all_ids(stores, "kind:image", sort="-updated", typing=False)
    assets = [each for each in stores.catalog.by_ids(ids) if each.tags or each.catalog][:MOST]
    found: _Labels = {}
    for asset in assets:
        names = [f"tag:{tag}" for tag in asset.tags]
        for name in [*names, *([f"in:{asset.catalog}"] if asset.catalog else [])]:
            found.setdefault(name, set()).add(asset.id)
    counts = Counter({name: len(held) for name, held in found.items()})
    kept = {
        name: found[name]
        for name, count in counts.most_common()
        if _FEWEST <= count <= len(assets) / 2
    }
    labels = dict(list(kept.items())[:_LABELS])
    with_any = set[str]().union(*labels.values()) if labels else set[str]()
    return [asset for asset in assets if asset.id in with_any], labels


def learn_likeness(
    stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel
) -> dict[str, Any]:
    """Handler: learns from all pictures that have labels now, and keeps that as a version."""
    store = picture_space(stores)
    assets, labels = _labelled(stores)
    embed_all(stores, job, executor, assets, lambda part: report(SEEN * part), cancel, store)
    assets = list(stores.catalog.by_ids([each.id for each in assets]))  # contents are known by now
    without = {
        each.hex()
        for each in store.unknown([bytes.fromhex(each.digest) for each in assets if each.digest])
    }
    known = [each for each in assets if each.digest not in without]
    task = _task(stores, store, known, labels, cancel)
    return learn_and_keep(
        *(stores, job, executor, LIKENESS, "likeness.learn", task, check_likeness),
        store=store,
        lost=len(without),
        report=report,
        cancel=cancel,
    )


def _task(
    stores: Stores, store: VectorStore, assets: Sequence[Asset], labels: _Labels, cancel: Cancel
) -> dict[str, Any]:
    has: dict[str, set[int]] = {}
    lacks: dict[str, set[int]] = {}
    refused = [
        stores.catalog.answers(name.removeprefix("tag:"), tagged=False)
        if name.startswith("tag:")
        else {}
        for name in labels
    ]
    for asset in assets:
        if asset.digest:
            of, no = (each.setdefault(asset.digest, set()) for each in (has, lacks))
            for number, (held, said) in enumerate(zip(labels.values(), refused, strict=True)):
                if asset.id in held:
                    of.add(number)
                elif said.get(asset.id) is False:
                    no.add(number)
    contents = list(has)
    used = [each for each in stores.catalog.taught(LIKENESS) if each.used]
    known = {str(digest): list(had) for one in used for digest, had, *_ in one.card["held_out"]}
    return {
        **pictures_of(stores, store, contents, cancel),
        "labels": list(labels),
        "has": [sorted(has[each]) for each in contents],
        "lacks": [sorted(lacks[each] - has[each]) for each in contents],
        "previous": [known.get(each) for each in contents] if known else None,
    }
