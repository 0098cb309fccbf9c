"""What worker processes that compute with models may do, whichever library they work for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from audobon.system.folders import cache_folder, make_own, work_folder
from audobon.system.sandbox import Cage

__all__ = ["model_cage"]


def model_cage(
    *writes: str,
    programs: bool = False,
    local_sockets: bool = False,
    temporary: Callable[[], Path] = work_folder,
) -> Cage | None:
    """A cage with the caches of networks and temporary files, and ``writes``.

    None where there is no place for temporary files: then there is nothing to work in.
    """
    cache = cache_folder()
    folders = (cache / "compiled", cache / "vectors")
    try:
        temp = temporary()
    except OSError:
        return None
    with suppress(OSError):
        make_own(cache)
    for folder in folders:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
    return Cage(
        writes=(*writes, *map(str, folders)),
        temp=str(temp),
        cache=str(folders[0]),
        programs=programs,
        local_sockets=local_sockets,
    )
