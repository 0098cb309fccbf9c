"""How an artist rates: learnt from the stars that were given, and told of other pictures."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audobon.errors import Invalid, Unavailable
from audobon.learning.checking import check_stars
from audobon.model.asset import Asset
from audobon.model.job import PRIORITIES, JobRow, Limits
from audobon.model.taught import RATING, PredictedRating, PredictedRatings, Taught
from audobon.services.core.audit import record
from audobon.services.core.queue import Job
from audobon.services.core.stores import Stores
from audobon.services.pipelines.nearness import PICTURES, current_recipe, picture_space
from audobon.services.taught.lessonkept import SEEN, learn_and_keep, pictures_of
from audobon.services.taught.lessons import embed_all
from audobon.work.executor import Executor

__all__ = ["LEAST", "MOST", "learn_rating", "predicted", "teach_rating"]

LEAST = 20
"""Rated pictures below which nothing is begun; the lesson itself asks for different ones."""
MOST = 2_000
"""Of more than these the ones that were changed last are learnt from: taste moves on, and twice as
many take four times as long."""

_LIMITS = Limits(memory=4 << 30, cpu_s=600.0, wall_s=600.0, file=1 << 20)

Report = Callable[[float], None]
Cancel = Callable[[], bool]


def teach_rating(stores: Stores) -> Job:
    """See ``Library.teach_rating``. What can be refused is refused here."""
    stores.need_writable("learn ratings")
    count = len(_rated(stores))
    if count < LEAST:
        raise Invalid(
            f"{count} rated pictures are too few; {LEAST} are needed at least",
            hint="give stars to good and to bad ones: 'audobon edit ASSET --rating 4'",
        )
    current_recipe(stores, PICTURES)  # Unavailable, with what to install
    row = stores.jobs.submit("rate", {}, key="rate", priority=PRIORITIES["visible"])
    record(stores, "teach", RATING, job=row.id)
    return Job(stores, row)


def _rated(stores: Stores) -> list[Asset]:
    from audobon.services.finding.search import all_ids

    ids = all_ids(stores, "kind:image rating:>=1", sort="-updated", typing=False)[:MOST]
    return [each for each in stores.catalog.by_ids(ids) if each.rating and each.kind == "image"]


def learn_rating(
    stores: Stores, job: JobRow, executor: Executor, report: Report, cancel: Cancel
) -> dict[str, Any]:
    """Handler: learns from all pictures that have stars now, and keeps that as a version."""
    store = picture_space(stores)
    rated = _rated(stores)
    embed_all(stores, job, executor, rated, lambda part: report(SEEN * part), cancel, store)
    stars: dict[str, list[int]] = {}
    for asset in stores.catalog.by_ids([each.id for each in rated]):  # contents are known by now
        if asset.digest and asset.rating:
            stars.setdefault(asset.digest, []).append(asset.rating)
    without = {each.hex() for each in store.unknown([bytes.fromhex(each) for each in stars])}
    contents = [each for each in stars if each not in without]
    used = [each for each in stores.catalog.taught(RATING) if each.used]
    known = {
        str(digest): float(given) for one in used for digest, given, *_ in one.card["held_out"]
    }
    task = {
        **pictures_of(stores, store, contents, cancel),
        "stars": [sum(stars[each]) / len(stars[each]) for each in contents],
        "previous": [known.get(each) for each in contents] if known else None,
    }
    return learn_and_keep(
        *(stores, job, executor, RATING, "rating.learn", task, check_stars),
        store=store,
        lost=len(without),
        report=report,
        cancel=cancel,
    )


def predicted(
    stores: Stores, ids: Sequence[str], *, least: float, limit: int, cancel: Cancel
) -> PredictedRatings:
    """See ``Library.predicted_ratings``."""
    used = [each for each in stores.catalog.taught(RATING) if each.used]
    if not used:
        raise Invalid(
            "no ratings were learnt that are in use",
            hint="'audobon teach --rating' learns them from the stars that were given",
        )
    store = picture_space(stores)
    if used[0].space != store.path.stem:
        raise Unavailable(
            "ratings were learnt on what another model sees",
            hint="'audobon teach --rating' learns them again",
        )
    pictures = [each for each in stores.catalog.by_ids(list(ids)) if each.kind == "image"]
    named = {each.digest: bytes.fromhex(each.digest) for each in pictures if each.digest}
    unknown = {each.hex() for each in store.unknown(list(named.values()))}
    unseen = [each.id for each in pictures if not each.digest or each.digest in unknown]
    found = _asked(stores, used[0], named, least=least, limit=limit, cancel=cancel)
    best = sorted(
        (
            PredictedRating(asset, found[asset.digest])
            for asset in pictures
            if asset.digest in found
        ),
        key=lambda each: -each.stars,
    )
    return PredictedRatings(tuple(best[:limit]), tuple(unseen))


def _asked(
    stores: Stores,
    taught: Taught,
    named: Mapping[str, bytes],
    *,
    least: float,
    limit: int,
    cancel: Cancel,
) -> dict[str, float]:
    """The stars of contents, the most first."""
    if not named:
        return {}
    weights = stores.catalog.taught_weights(taught)
    task = {
        "store": str(picture_space(stores).path),
        "weights": base64.b64encode(weights).decode("ascii"),
        "among": base64.b64encode(b"".join(named.values())).decode("ascii"),
        "least": least,
        "most": limit,  # contents: each has one asset at least
    }
    made = stores.looking.run("rating.stars", task, limits=_LIMITS, cancel=cancel)
    names, data = base64.b64decode(made["contents"]), base64.b64decode(made["scores"])
    scores = struct.unpack(f"<{len(data) // 4}f", data)
    found = [names[at : at + 32].hex() for at in range(0, len(names), 32)]
    return dict(zip(found, scores, strict=True))
