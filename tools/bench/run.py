"""What all cases of one run share."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.scales import Scale
from bench.tools import Place
from bench.versions import Versions

__all__ = ["Run"]


class Run:
    """A scale, the files made so far, and for each case a place of its own."""

    def __init__(
        self, folder: Path, scale: Scale, *, kept: Path | None = None, gb: float | None = None
    ) -> None:
        self.folder, self.scale = folder, scale
        self.place_mb = scale.place_mb if gb is None else gb * 1000
        """Of files that go to another place."""
        self.kept = kept
        """Where libraries that take long to fill stay for the next run."""
        self.versions = Versions(Place(folder / "corpus"), scale, self.say)
        self.compressed = Versions(
            self.versions.place, scale, self.say, form="zstd", others=self.versions
        )
        self.place = self.versions.place

    @contextmanager
    def case(self, name: str) -> Iterator[None]:
        """Within it ``place`` is an empty folder, which is gone afterwards."""
        self.place = Place(self.folder / name)
        try:
            yield
        finally:
            shutil.rmtree(self.place.folder)

    def say(self, text: str) -> None:
        """Tell of progress, on stderr."""
        print(text, file=sys.stderr, flush=True)
