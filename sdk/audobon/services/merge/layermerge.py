"""Merge two edits of one painting, layer by layer, into a document that has both.

Strangers' files are read and written by a worker (``services.merge.layertask``).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from audobon.codec.plain import from_plain
from audobon.model.job import Limits
from audobon.model.merge import SceneMerge
from audobon.services.core.stores import Stores
from audobon.system.files import translate_os_error

__all__ = ["merge_painting"]

_MEMORY = 4 << 30  # the merged picture of a print page at 16 bits, twice, and lists of tiles
_LONGEST_S = 1200.0  # 8 GB of layers are read twice and written once in some ten minutes


def merge_painting(
    stores: Stores,
    base: Path,
    ours: Path,
    theirs: Path,
    to: Path,
    *,
    takes: Mapping[tuple[str, str], str],
) -> SceneMerge:
    """Write to ``to`` what both ``ours`` and ``theirs`` made of the Krita document ``base``.

    ``takes`` decides what both changed, by kind (layer, order of, document) and
    name: "ours", "theirs" or, of a layer, "both", which adds theirs above ours.
    Without a decision they are conflicts and nothing is written. ``to`` appears
    whole or not at all, and the three files are only read. Raises BadFile for
    a damaged file, Invalid for a decision that is none, and what a worker raises.
    """
    home = os.path.dirname(os.path.abspath(to))
    try:
        with tempfile.TemporaryDirectory(prefix=".audobon-merge-", dir=home) as folder:
            made = Path(folder) / "merged.kra"
            files = {"base": base, "ours": ours, "theirs": theirs, "to": made}
            payload = {
                **{name: os.path.abspath(path) for name, path in files.items()},
                "takes": [[*key, take] for key, take in sorted(takes.items())],
            }
            free = shutil.disk_usage(folder).free
            limits = Limits(
                memory=_MEMORY, cpu_s=_LONGEST_S, wall_s=2 * _LONGEST_S, file=max(free // 2, 1)
            )
            found = stores.executor.run("merge_layers", payload, limits=limits)
            result = from_plain(found, SceneMerge)
            if result.merged:
                os.replace(made, to)
            return result
    except OSError as error:
        raise translate_os_error(error, to) from error
