"""What was taught as one page: versions in plots, and the pictures that tell the most."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from audobon.errors import AudobonError
from audobon.model.asset import Asset
from audobon.model.head import DOUBT, doubtful, mistakes, surest
from audobon.pages.runspage import Kind, runs_page, tags_page
from audobon.services.core.queue import queue_preview
from audobon.services.core.stores import Stores
from audobon.services.taught.headruns import compare_heads
from audobon.services.taught.teaching import judged, version_of
from audobon.system.files import translate_os_error, write_atomic

__all__ = ["write_heads_page"]

_PICTURES = 12
"""Of each kind: some 15 KB each, so that a page is half a megabyte and can be mailed."""
_SIDE = 256
_WAIT_S = 20.0
# For previews that are not made yet, all together: somebody waits for the page.


def write_heads_page(stores: Stores, to: Path, *, tag: str | None) -> Path:
    """See ``Library.heads_page``."""
    runs = compare_heads(stores, tag)
    if tag is None:
        page = tags_page(stores.place.name, runs)
    else:
        shown = version_of(stores, tag, None)
        page = runs_page(shown.tag, runs, _kinds(stores, shown.tag), shown.version)
    try:
        write_atomic(to, page.encode())
    except OSError as error:
        raise translate_os_error(error, to) from error
    return to


def _kinds(stores: Stores, tag: str) -> list[Kind]:
    """Held-out pictures, each where it says the most."""
    every = judged(stores, tag, None)
    wrong = mistakes(every)
    right = [one for one in every if not one.wrong]
    told = (
        (
            *("Mistakes", "It says otherwise than they are marked. Which of both is wrong?"),
            wrong[:_PICTURES],
        ),
        (
            *("Most doubtful", "It is hardly sure of these; more like them help."),
            [one for one in doubtful(right) if abs(one.score - 0.5) < DOUBT][:_PICTURES],
        ),
        (
            *("Most certain", "It is surest that these have the tag."),
            surest(right)[:_PICTURES],
        ),
    )
    seen = _previews(stores, [one.asset for _, _, found in told for one in found])
    return [
        Kind(title, about, [(one, seen.get(one.asset.id)) for one in found])
        for title, about, found in told
    ]


def _previews(stores: Stores, assets: Sequence[Asset]) -> dict[str, bytes]:
    """Those that are there, and those that can be made now; waits for a worker."""
    found = _known(stores, assets)
    missing = [asset for asset in {one.id: one for one in assets}.values() if asset.id not in found]
    if not missing or stores.read_only:
        return found
    jobs = [queue_preview(stores, asset, _SIDE) for asset in missing]
    deadline = time.monotonic() + _WAIT_S
    for job in jobs:
        with suppress(AudobonError):  # its file is away, broken or slow: then it has no picture
            job.result(max(0.0, deadline - time.monotonic()))
    return found | _known(stores, missing)


def _known(stores: Stores, assets: Sequence[Asset]) -> dict[str, bytes]:
    there = ((asset.id, stores.previews.get(asset.digest, _SIDE)) for asset in assets)
    return {ident: data for ident, data in there if data is not None}
