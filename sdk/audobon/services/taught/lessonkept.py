"""What lessons about a whole library share: learnt by a worker, checked, kept as a version."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audobon.model.job import JobRow
from audobon.services.core.stores import Stores
from audobon.services.taught.lessons import in_worker, near_pairs
from audobon.storage.vectors import VectorStore
from audobon.work.executor import Executor

__all__ = ["SEEN", "learn_and_keep", "pictures_of"]

SEEN, _LEARNT = 0.6, 0.97
"""Parts of the progress: until all pictures were looked at, and until it is learnt."""
_SEED = 0


def pictures_of(
    stores: Stores, store: VectorStore, contents: Sequence[str], cancel: Callable[[], bool]
) -> dict[str, Any]:
    """Of a lesson's task what it says of pictures: their digests, vectors and nearly equal ones."""
    return {
        "contents": list(contents),
        "vectors": [
            base64.b64encode(store.get(bytes.fromhex(each)) or b"").decode("ascii")
            for each in contents
        ],
        "near": near_pairs(stores, contents, cancel),
        "seed": _SEED,
    }


def learn_and_keep(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    kind: str,
    name: str,
    task: Mapping[str, Any],
    check: Callable[[Mapping[str, Any], Any], dict[str, Any]],
    *,
    store: VectorStore,
    lost: int,
    report: Callable[[float], None],
    cancel: Callable[[], bool],
) -> dict[str, Any]:
    """Have the task ``name`` learn it, and keep what ``check`` lets pass as a version of ``kind``.

    ``lost`` is how many pictures could not be looked at. What is told of the version, without its
    examples. Corrupt where it cannot have been learnt from this task.
    """
    made = in_worker(
        *(stores, job, executor, name, task),
        *(lambda part: report(SEEN + (_LEARNT - SEEN) * part), cancel),
    )
    learnt = check(task, made)
    space = store.path.stem
    kept = stores.catalog.keep_taught(
        *(kind, base64.b64decode(learnt["weights"])),
        {**learnt["card"], "lost": lost, "features": space},
        space=space,
        refused=learnt["refused"],
        now=stores.now(),
    )
    report(1.0)
    shown = {key: value for key, value in kept.card.items() if key != "held_out"}
    return {"version": kept.version, "used": kept.used, "refused": kept.refused, **shown}
