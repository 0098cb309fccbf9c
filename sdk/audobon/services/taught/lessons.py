"""The jobs behind taught tags: a lesson, and what heads in use say of all pictures."""

from __future__ import annotations

import base64
import contextlib
import json
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from attrs import evolve, frozen

from audobon.errors import AudobonError, Cancelled, Unavailable
from audobon.learning.checking import check_lesson
from audobon.model.asset import Asset
from audobon.model.head import TaughtHead
from audobon.model.job import JobRow, Limits
from audobon.models.assemble import assemble
from audobon.models.registry import Models
from audobon.models.routing import route
from audobon.services.core.fingerprint import content_digest
from audobon.services.core.queue import live_note
from audobon.services.core.stores import Stores
from audobon.services.finding.neardup import is_near
from audobon.services.pipelines.computing import run_job
from audobon.services.pipelines.nearness import PICTURES, picture_space
from audobon.services.pipelines.reviewing import keep_everywhere
from audobon.services.pipelines.runpayload import payload_for
from audobon.services.previews.imprints import bring_up
from audobon.services.taught.headfile import picture_backbone
from audobon.services.taught.learningaway import send_away, take_in
from audobon.services.taught.teaching import earlier_of
from audobon.storage.vectors import VectorStore
from audobon.work.executor import Executor

__all__ = ["apply_heads", "embed_all", "in_worker", "near_pairs", "run_lesson"]

Report = Callable[[float], None]
Cancel = Callable[[], bool]

_LIMITS = Limits(memory=4 << 30, cpu_s=900.0, wall_s=1800.0, file=1 << 20)
_SEEN, _KNOWN, _LEARNT = 0.6, 0.7, 0.95  # of the progress: vectors, scores of others, the lesson
_SEED = 0
_MADE = ("backbone", "memory", "took", "unasked")
_GUESSED = "tags"
# Names what it sees without an example. Its scores are kept with whatever it has computed.
_NAMES = 100  # of its thousand: what is not among them has a score of nothing
_BELOW = 0.5  # of its threshold: suggestions down to there are kept, for decisions may lower it
_MOST = 10_000  # suggestions of one tag; who has reviewed them teaches it again


@frozen(slots=True)
class _Answers:
    """Contents with their answers, and the assets that have them. ``lost`` are earlier examples
    of which neither a vector nor a picture is left."""

    contents: tuple[str, ...]
    yes: tuple[bool, ...]
    assets: Mapping[str, Asset]
    lost: int


def run_lesson(
    stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel
) -> dict[str, Any]:
    """Handler: learns a tag, keeps it as a version, and suggests by it where it is taken into use.

    Gives the version, its figures, and how many suggestions there are. Where ``on`` of the payload
    is vertex the task is sent there instead; with ``run`` what that has learnt is taken in.
    """
    begun = time.monotonic()
    said: Mapping[str, Any] = job.payload
    if "run" in said:
        _, learnt = take_in(stores, str(said["run"]), cancel)
        return _kept(stores, said, learnt, report, cancel)
    store = picture_space(stores)
    answers = _looked_at(stores, job, executor, _part(report, 0.0, _SEEN), cancel, store)
    guessed, unasked = _guessed(
        stores, job, executor, answers, _part(report, _SEEN, _KNOWN), cancel
    )
    used = [head for head in stores.catalog.heads(str(said["tag"])) if head.used]
    known = earlier_of(used)
    brought = [head for head in used if not known and head.space == store.path.stem]
    task = {
        "contents": answers.contents,
        "yes": answers.yes,
        "vectors": [
            base64.b64encode(store.get(bytes.fromhex(each)) or b"").decode("ascii")
            for each in answers.contents
        ],
        "near": near_pairs(stores, answers.contents, cancel),
        "target": said["precision"],
        "seed": _SEED,
        "zero_shot": guessed,
        "imported": "".join(
            base64.b64encode(stores.catalog.head_weights(head)).decode("ascii") for head in brought
        ),
        "previous": [known.get(each) for each in answers.contents] if known else None,
    }
    facts = {"tag": said["tag"], "precision": said["precision"], "unasked": unasked}
    facts |= {"space": store.path.stem, "lost": answers.lost, "backbone": _backbone(stores)}
    if said.get("on") == "vertex":
        return send_away(stores, task, facts, cancel)
    made = in_worker(
        stores, job, executor, "head.learn", task, _part(report, _KNOWN, _LEARNT), cancel
    )
    learnt = check_lesson(task, made)
    facts |= {"memory": executor.peak, "took": round(time.monotonic() - begun, 2)}
    return _kept(stores, facts, learnt, report, cancel)


def _backbone(stores: Stores) -> str:
    component = picture_backbone(stores).component
    return f"{component.name} {component.version}"


def _kept(
    stores: Stores,
    facts: Mapping[str, Any],
    learnt: Mapping[str, Any],
    report: Report,
    cancel: Cancel,
) -> dict[str, Any]:
    """Keep what was learnt as a version, wherever it was, and suggest by it where it is in use.

    ``facts`` are the ``tag``, the ``precision`` that was asked for, the ``space`` of features,
    how many examples were ``lost``, and what is known of its making: the ``backbone``, the
    ``memory`` of the worker in bytes and what the job ``took`` in seconds, here only, and why
    the rival ``zero-shot`` was ``unasked``, though it is installed.
    """
    card = {**learnt["card"], "lost": facts["lost"], "features": facts["space"]}
    card |= {name: facts[name] for name in _MADE if facts.get(name)}
    head = stores.catalog.keep_head(
        *(str(facts["tag"]), base64.b64decode(learnt["weights"]), card),
        space=str(facts["space"]),
        refused=learnt["refused"],
        target=float(facts["precision"]),
        promised=bool(learnt["promised"]),
        threshold=float(learnt["threshold"]),
        now=stores.now(),
    )
    told = {} if not head.used else _suggest(stores, head, report, cancel)
    report(1.0)
    shown = {name: value for name, value in card.items() if name != "held_out"}
    return {
        "tag": head.tag, "version": head.version, "used": head.used, "refused": head.refused,
        "promised": head.promised, "threshold": head.threshold, **shown, **told,
    }  # fmt: skip


def apply_heads(
    stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel
) -> dict[str, Any]:
    """Handler: what the heads in use say of every picture that was looked at, some looked at now.

    A head that is not in use any more is left out.
    """
    said: Mapping[str, Any] = job.payload
    store = picture_space(stores)
    assets = stores.catalog.by_ids([str(each) for each in said["items"]])
    failed = embed_all(stores, job, executor, assets, _part(report, 0.0, _SEEN), cancel, store)
    told = []
    for tag, version in said["heads"]:
        if cancel():
            raise Cancelled("the job is cancelled")
        for head in stores.catalog.heads(tag):
            if head.used and head.version == version:
                made = _suggest(stores, head, report, cancel)
                told.append({"tag": head.tag, "version": head.version, **made})
    return {"heads": told, "failed": failed}


def _part(report: Report, low: float, high: float) -> Report:
    return lambda fraction: report(low + (high - low) * fraction)


def embed_all(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    assets: Sequence[Asset],
    report: Report,
    cancel: Cancel,
    store: VectorStore,
) -> list[Any]:
    """See that these have vectors; what could not be looked at, as a job tells of it."""
    digests = _digests(stores, assets, cancel)
    unknown = {each.hex() for each in store.unknown([*map(bytes.fromhex, digests.values())])}
    missing = [each for each in assets if digests.get(each.key) in {None, *unknown}]
    fresh = stores.catalog.by_key([each.key for each in missing])
    told = _within(stores, job, executor, PICTURES, fresh, report, cancel)
    failed: list[Any] = told["failed"]
    return failed


def _digests(stores: Stores, assets: Sequence[Asset], cancel: Cancel) -> dict[int, str]:
    """The contents of assets by key; files that nobody has read in full yet are read now.

    One that cannot be read, or is not the one any more that the catalog knows, is not there.
    """
    found = {asset.key: asset.digest for asset in assets if asset.digest}
    late = []
    for asset in assets:
        if asset.key not in found:
            if cancel():
                raise Cancelled("the job is cancelled")
            with contextlib.suppress(OSError, AudobonError):
                digest, stat = content_digest(asset.file)
                if (stat.st_size, stat.st_mtime_ns) == (asset.size, asset.mtime_ns):
                    late.append((asset.key, digest))
    if late:
        stores.catalog.set_digests(late)
    return found | dict(late)


def _within(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    pipeline: str,
    assets: Sequence[Asset],
    report: Report,
    cancel: Cancel,
    **parameters: Any,
) -> dict[str, Any]:
    """As a job that runs a pipeline, inside this one; nothing is suggested by it."""
    if not assets:
        return {"results": [], "failed": []}
    models = Models(interpreter=stores.interpreter)
    assembled = assemble(models, pipeline, parameters)
    payload = payload_for(models, assembled, assets, route(models, assembled))
    payload.pop("by", None)
    told: dict[str, Any] = run_job(stores, evolve(job, payload=payload), executor, report, cancel)
    return told


def _looked_at(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    report: Report,
    cancel: Cancel,
    store: VectorStore,
) -> _Answers:
    """Every example with a vector: those that have none yet are looked at now."""
    said: Mapping[str, bool] = job.payload["answers"]  # type: ignore[assignment]
    earlier: Mapping[str, bool] = job.payload["earlier"]  # type: ignore[assignment]
    holders = stores.catalog.holders(list(earlier))
    keys = [found[0] for found in holders.values()]
    older = {asset.digest: asset for asset in stores.catalog.by_key(keys)}
    wanted = [*stores.catalog.by_ids(list(said)), *older.values()]
    embed_all(stores, job, executor, wanted, report, cancel, store)
    report(1.0)
    pairs: list[tuple[str, bool]] = []
    assets: dict[str, Asset] = {}
    for asset in stores.catalog.by_ids(list(said)):  # their contents are known by now
        if asset.digest:
            pairs.append((asset.digest, said[asset.id]))
            assets[asset.digest] = asset
    given = set(assets)
    pairs += [pair for pair in earlier.items() if pair[0] not in given]
    assets |= {digest: asset for digest, asset in older.items() if digest not in given}
    without = {each.hex() for each in store.unknown([bytes.fromhex(each) for each, _ in pairs])}
    kept = [pair for pair in pairs if pair[0] not in without]
    return _Answers(
        tuple(digest for digest, _ in kept),
        tuple(answer for _, answer in kept),
        assets,
        len(said) + len(earlier) - len(kept),
    )


def _guessed(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    answers: _Answers,
    report: Report,
    cancel: Cancel,
) -> tuple[list[float] | None, str]:
    """What a model says that has not learnt the tag here; None where it knows no such name.

    With it why it could not be asked, of all or of some; empty where it is not installed.
    """
    assets = {asset.id: asset for asset in answers.assets.values()}
    try:
        told = _within(
            *(stores, job, executor, _GUESSED, list(assets.values()), report, cancel),
            threshold=0.0, count=_NAMES,
        )  # fmt: skip
    except Unavailable as error:
        absent = bool(Models(interpreter=stores.interpreter).missing(_GUESSED))
        return None, "" if absent else f"{error.message}: {error.hint}".removesuffix(": ")
    failed = [each["error"] for each in told["failed"]]
    why = ""
    if failed:
        why = f"{len(failed)} of {len(assets)} pictures could not be asked: {failed[0]['message']}"
        why += f" ({failed[0]['hint']})" if failed[0].get("hint") else ""
    name = str(job.payload["tag"]).casefold()
    scores: dict[str, float] = {}
    for each in told["results"]:
        found = [one["score"] for one in each["values"] if str(one["tag"]).casefold() == name]
        if found:
            scores[each["asset"]] = max(found)
    if failed or not scores:  # a rival that has not seen them all would be judged too low
        return None, why
    ids = [answers.assets[each].id if each in answers.assets else "" for each in answers.contents]
    return [scores.get(ident, 0.0) for ident in ids], ""


def near_pairs(stores: Stores, contents: Sequence[str], cancel: Cancel) -> list[tuple[str, str]]:
    """Pairs that are near each other by their imprints, as far as those are known."""
    bring_up(stores, cancel)
    found = stores.imprints.near([bytes.fromhex(each) for each in contents])
    return [
        (one.one.hex(), one.other.hex()) for one in found if is_near(one.signs, one.color, one.tone)
    ]


def in_worker(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    name: str,
    task: Mapping[str, Any],
    report: Report,
    cancel: Cancel,
) -> Any:
    """What the task ``name`` of a worker learns; what it tells on the way is the job's ``live``."""
    note = live_note(job.id)

    def live(_number: int, part: Any) -> None:
        with contextlib.suppress(AudobonError):  # to look at, and nothing hangs on it
            stores.catalog.set_meta(note, json.dumps(part))

    try:
        batch = executor.run_many(
            *(name, [task]), limits=_LIMITS, progress=report, cancel=cancel, part=live
        )
        with closing(batch):
            _, outcome = next(batch)
    finally:
        stores.catalog.drop_meta(note)
    if isinstance(outcome, AudobonError):
        raise outcome
    return outcome


def _suggest(stores: Stores, head: TaughtHead, report: Report, cancel: Cancel) -> dict[str, Any]:
    """``suggested``, how many score high enough to be shown, and ``unseen`` pictures."""
    store = picture_space(stores)
    if head.space != store.path.stem:
        raise Unavailable(
            f"{head.tag} was taught on what another model sees",
            subject=head.tag,
            hint=f"'audobon teach {head.tag}' learns it again from the same examples",
        )
    task = {
        "store": str(store.path),
        "weights": base64.b64encode(stores.catalog.head_weights(head)).decode("ascii"),
        "least": head.threshold * _BELOW,
        "most": _MOST,
    }
    made = stores.looking.run(
        "head.scores", task, limits=_LIMITS, progress=_part(report, _LEARNT, 1.0), cancel=cancel
    )
    names, data = base64.b64decode(made["contents"]), base64.b64decode(made["scores"])
    scores = struct.unpack(f"<{len(data) // 4}f", data)
    contents = [names[at : at + 32].hex() for at in range(0, len(names), 32)]
    refused = {digest for digest, yes in earlier_of([head]).items() if not yes}
    found = {
        each: score
        for each, score in zip(contents, scores, strict=True)
        if each not in refused  # somebody has said so already
    }
    holders = stores.catalog.holders(list(found))
    keyed = {key: found[each] for each, keys in holders.items() for key in keys}
    keep_everywhere(stores, head, keyed)
    digests = [digest for _, digest in stores.catalog.contents("image")]
    named = [bytes.fromhex(each) for each in digests if each]
    return {
        "suggested": sum(score >= head.threshold for score in keyed.values()),
        "unseen": len(store.unknown(named)) + digests.count(""),
    }
