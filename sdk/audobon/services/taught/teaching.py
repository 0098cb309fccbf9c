"""Tags that are taught: what a lesson is learnt from, its versions, and what is suggested by them.

The lesson itself is a job (``services.taught.lessons``) in stages. What each stage
has made is kept, so that one that was stopped goes on there: vectors by the
content of pictures, imprints, and the version that was learnt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from audobon.errors import Invalid, NotFound, Unsupported
from audobon.model.asset import Asset
from audobon.model.head import Example, Judged, TaughtHead
from audobon.model.job import PRIORITIES
from audobon.services.core.audit import record
from audobon.services.core.queue import Job
from audobon.services.core.stores import Stores
from audobon.services.pipelines.nearness import PICTURES, current_recipe
from audobon.services.taught.learningaway import check_place, note_of
from audobon.storage.catalog.names import clean_tag

__all__ = ["FEWEST", "apply", "earlier_of", "examples", "judged", "mark", "teach", "use"]
__all__ += ["take_in", "version_of"]

FEWEST = 5
"""Examples of each answer below which nothing can be held out, as ``learning.lesson`` has it."""
_LEAST, _MOST = 0.5, 0.99


def teach(
    stores: Stores,
    tag: str,
    yes: Sequence[Asset] | None,
    no: Sequence[Asset] | None,
    *,
    precision: float,
    on: str = "here",
) -> Job:
    """See ``Library.teach``. What can be refused is refused here, before anything is queued."""
    stores.need_writable("learn a tag")
    check_place(on)
    word = clean_tag(tag)
    if not _LEAST <= precision <= _MOST:
        raise Invalid(f"a precision is {_LEAST} to {_MOST}, not {precision}", subject=tag)
    _need_pictures((*(yes or ()), *(no or ())))
    given = {asset.id: True for asset in yes or ()}
    both = [asset.path for asset in no or () if asset.id in given]
    if both:
        raise Invalid(f"{both[0]} is named as both yes and no", subject=both[0])
    given |= {asset.id: False for asset in no or ()}
    ids, answers, earlier = _gathered(stores, word, given, tagged=yes is None)
    said = [*answers.values(), *earlier.values()]
    for answer, name in ((True, "yes"), (False, "no")):
        if said.count(answer) < FEWEST:
            raise Invalid(
                f"{said.count(answer)} examples of {name} are too few; {FEWEST} are needed "
                "at least, and 20 are a good beginning",
                subject=tag,
                hint=f"name pictures that are {'' if answer else 'not '}{word!r}",
            )
    current_recipe(stores, PICTURES)  # Unavailable, with what to install
    payload = {"tag": word, "precision": precision, "answers": answers, "earlier": earlier}
    if on != "here":
        payload["on"] = on
    key = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
    row = stores.jobs.submit("teach", payload, key=f"teach:{key}", priority=PRIORITIES["visible"])
    record(stores, "teach", word, assets=ids, job=row.id, precision=precision, on=on)
    return Job(stores, row)


def take_in(stores: Stores, run: str) -> Job:
    """See ``Library.take_lesson``."""
    stores.need_writable("learn a tag")
    payload = note_of(stores, run)
    key = f"teach:{payload['run']}"
    row = stores.jobs.submit("teach", payload, key=key, priority=PRIORITIES["visible"])
    record(stores, "teach", str(payload["tag"]), job=row.id, run=str(payload["run"]))
    return Job(stores, row)


def _need_pictures(assets: Sequence[Asset]) -> None:
    for asset in assets:
        if asset.kind != "image":
            raise Unsupported(
                f"{asset.path} is no picture, so nothing can be learnt from it", subject=asset.path
            )


def _gathered(
    stores: Stores, word: str, given: Mapping[str, bool], *, tagged: bool
) -> tuple[list[str], dict[str, bool], dict[str, bool]]:
    """All ids that were thought of, the answers of pictures by id, and of earlier ones by digest.

    What is given counts before what is marked, that before what was reviewed, and that before
    what is tagged and what the version in use was learnt from.
    """
    marks = stores.catalog.marks(word)
    said = {**stores.catalog.answers(word, tagged=tagged), **marks, **given}
    there = {each.id: each for each in stores.catalog.by_ids(list(said)) if each.kind == "image"}
    answers = {
        ident: answer for ident, answer in said.items() if ident in there and answer is not None
    }
    known = {asset.digest for asset in there.values()}
    earlier = {
        digest: answer
        for digest, answer in earlier_of(stores.catalog.heads(word)).items()
        if digest not in known
    }
    return [ident for ident, answer in said.items() if answer is not None], answers, earlier


def mark(
    stores: Stores, tag: str, assets: Sequence[Asset], answer: bool | None
) -> None:  # one of three answers
    """See ``Library.mark_examples``."""
    stores.need_writable("mark examples")
    word = clean_tag(tag)
    _need_pictures(assets)
    ids = [asset.id for asset in assets]
    if answer is None:
        stores.catalog.unmark(word, ids)
        # What counts for another reason is left out from now on.
        still = {each.asset.id for each in examples(stores, word)}
        ids = [ident for ident in ids if ident in still]
    if ids:
        stores.catalog.mark(word, dict.fromkeys(ids, answer), stores.now())


def examples(stores: Stores, tag: str) -> tuple[Example, ...]:
    """See ``Library.examples``."""
    catalog = stores.catalog
    word = clean_tag(tag)
    _, answers, earlier = _gathered(stores, word, {}, tagged=True)
    marks, reviewed = catalog.marks(word), catalog.answers(word, tagged=False)
    assets = {asset.id: asset for asset in catalog.by_ids(list(answers))}
    first = [ident for ident in marks if ident in answers]
    found = []
    for ident in dict.fromkeys([*first, *answers]):
        if asset := assets.get(ident):
            why = "marked" if ident in marks else "reviewed" if ident in reviewed else "tagged"
            found.append(Example(asset, answers[ident], why))
    older = _assets_of(stores, list(earlier))
    found += [Example(asset, earlier[digest], "taught") for digest, asset in older.items()]
    return tuple(found)


def judged(stores: Stores, tag: str, version: int | None) -> tuple[Judged, ...]:
    """See ``Library.judged``."""
    held = version_of(stores, tag, version).card["held_out"]
    assets = _assets_of(stores, [str(digest) for digest, *_ in held])
    return tuple(
        Judged(assets[digest], bool(yes), float(score))
        for digest, yes, score, *_ in held
        if digest in assets
    )


def _assets_of(stores: Stores, digests: Sequence[str]) -> dict[str, Asset]:
    """One asset for each of these contents that is still there, in their order."""
    holders = stores.catalog.holders(digests)
    keys = {found[0]: digest for digest, found in holders.items()}
    there = {keys[asset.key]: asset for asset in stores.catalog.by_key(list(keys))}
    return {digest: there[digest] for digest in digests if digest in there}


def earlier_of(heads: Sequence[TaughtHead]) -> dict[str, bool]:
    """What the version in use was learnt from, else the newest one, by digest.

    Of versions that were learnt elsewhere nothing is known.
    """
    newest = [head for head in reversed(heads) if head.card["held_out"]]
    used = [head for head in newest if head.used] or newest
    return {
        str(digest): bool(yes) for head in used[:1] for digest, yes, *_ in head.card["held_out"]
    }


def version_of(stores: Stores, tag: str, version: int | None) -> TaughtHead:
    """A version of what was learnt; without a number the one in use, else the newest. NotFound."""
    heads = stores.catalog.heads(tag)
    used = [head for head in heads if head.used] or list(heads)[-1:]
    found = used if version is None else [head for head in heads if head.version == version]
    if not found:
        which = tag if version is None else f"version {version} of {tag}"
        raise NotFound(f"{which} was never taught", subject=tag)
    return found[0]


def use(stores: Stores, tag: str, version: int | None) -> Job:
    """See ``Library.use_head``."""
    stores.need_writable("take a version of a head into use")
    head = stores.catalog.use_head(tag, version)
    record(stores, "teach", tag, version="none" if head is None else head.version)
    return _queued(stores, [] if head is None else [head], {})


def apply(stores: Stores, assets: Sequence[Asset], tag: str | None) -> Job:
    """See ``Library.apply_heads``."""
    stores.need_writable("suggest tags")
    used = [head for head in stores.catalog.heads(tag) if head.used]
    if tag is not None and not used:
        raise Invalid(
            f"no version of {tag} is in use",
            subject=tag,
            hint=f"'audobon teach {tag}' tells what was learnt",
        )
    return _queued(stores, used, {asset.id: True for asset in assets if asset.kind == "image"})


def _queued(stores: Stores, heads: Sequence[TaughtHead], first: Mapping[str, bool]) -> Job:
    payload = {"heads": [[head.tag, head.version] for head in heads], "items": list(first)}
    return Job(stores, stores.jobs.submit("heads", payload, priority=PRIORITIES["visible"]))
