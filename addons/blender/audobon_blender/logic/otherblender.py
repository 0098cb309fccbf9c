# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures from another Blender, for the large grid where no worker has decoders."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .portraits import run_program

if TYPE_CHECKING:
    from audobon.model.decoded import Decoded
    from audobon.session.lane import Lane

__all__ = ["KINDS", "OtherBlender"]

KINDS = ("image", "blend", "video")
"""What Blender can make small pictures of."""
_TOGETHER = 24
# A start takes one to two seconds and a picture of 4K a tenth of one.
_KEPT = 48


class OtherBlender:
    """Has files shown by a Blender of its own, some at a time, on a thread; gives each away once.

    ``command`` starts one and takes a job as its last argument. Nothing is
    started before something is wanted. A file that cannot be shown is not
    tried again.
    """

    def __init__(self, command: Callable[[], list[str]]) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._wanted: dict[str, tuple[str, str]] = {}
        self._kept: dict[str, Decoded] = {}
        self._tried: set[str] = set()
        self._working: set[str] = set()
        self._lane: Lane | None = None
        self._ended = threading.Event()
        self.trouble = ""

    def want(self, wanted: Mapping[str, tuple[str, str]]) -> None:
        """Show these files, by key a path and a kind, and no others any more; returns at once."""
        with self._lock:
            lost = [key for key in self._kept if key not in wanted]
            for key in lost:
                del self._kept[key]
            self._tried.difference_update(lost)
            new = {key: each for key, each in wanted.items() if key not in self._tried}
            if new == self._wanted or self._ended.is_set():
                return
            self._wanted = new
        if new:
            if self._lane is None:
                from audobon.session.lane import Lane

                self._lane = Lane("audobon-other-blender", self._failed)
            self._lane.put(self._some, key="some")

    def take(self, key: str) -> Decoded | None:
        """The pixels of a file, which are let go with this call; None while there are none."""
        with self._lock:
            found = self._kept.pop(key, None)
            if found is not None:
                self._tried.discard(key)
            return found

    @property
    def ready(self) -> bool:
        """Whether there is something to take."""
        return bool(self._kept)

    def gave_up(self, key: str) -> bool:
        """Whether there will be none."""
        with self._lock:
            return key in self._tried and key not in self._kept and key not in self._working

    def close(self, timeout_s: float = 5.0) -> bool:
        """Stop the other Blender; whether the thread has ended in time."""
        self._ended.set()
        if self._lane is None:
            return True
        self._lane.end()
        return self._lane.join(timeout_s)

    def _failed(self, error: Exception) -> None:
        if not self._ended.is_set():
            self.trouble = f"{type(error).__name__}: {error}"

    def _some(self) -> None:
        with self._lock:
            if len(self._kept) > _KEPT:
                return  # what is taken now makes the host want again
            part = dict(list(self._wanted.items())[:_TOGETHER])
            self._tried.update(part)
            self._working = set(part)
            self._wanted = {key: each for key, each in self._wanted.items() if key not in part}
            more = bool(self._wanted)
        try:
            found = self._shown(list(part.values())) if part else []
            with self._lock:
                pairs = zip(part, found, strict=True)
                self._kept.update({key: one for key, one in pairs if one is not None})
        finally:
            self._working = set()
        if more and self._lane is not None:
            self._lane.put(self._some, key="some")

    def _shown(self, files: list[tuple[str, str]]) -> list[Decoded | None]:
        from audobon.model.decoded import Decoded

        with tempfile.TemporaryDirectory(prefix="audobon-shown-") as folder:
            pixels, sizes = Path(folder, "pixels"), Path(folder, "sizes")
            job = {"files": files, "to": str(pixels), "sizes": str(sizes)}
            reason = run_program([*self._command(), json.dumps(job)], self._ended.is_set, folder)
            if reason or not sizes.exists():
                self.trouble = reason
                return [None] * len(files)
            data, at = pixels.read_bytes(), 0
            found: list[Decoded | None] = []
            for size in json.loads(sizes.read_bytes()):
                if size is None:
                    found.append(None)
                    continue
                length = size[0] * size[1] * 16
                found.append(Decoded(size[0], size[1], data[at : at + length]))
                at += length
            return found
