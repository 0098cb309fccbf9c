"""A library in a temporary folder, as an artist would use it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from PIL import Image

import audobon
from audobon.errors import AudobonError
from audobon.models.registry import Models

__all__ = ["NEEDED", "Missing", "Studio", "install"]

NEEDED = (
    *("tags", "denoise", "ocr", "upscale", "span-x2", "cutout", "lineart", "style"),
    "efficientnet-lite0",
)
"""What the measures and the sheets run; ``--accept`` installs it."""


class Missing(Exception):
    """A component is not installed; the message says which and how it is got."""


class Studio:
    """Runs pipelines over pictures that it is given."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="audobon-quality-")
        self._count = 0

    def __enter__(self) -> Self:
        self._library = audobon.Library.create(Path(self._folder.name) / "library", "Quality")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._library.close()
        self._folder.cleanup()

    def run(
        self, pipeline: str, images: Mapping[str, Image.Image], **parameters: Any
    ) -> dict[str, Any]:
        """What became of each picture: an image, or values. A failure ends the measurement."""
        self._count += 1
        here = self._library.path / str(self._count)
        here.mkdir(parents=True)
        for number, image in enumerate(images.values()):
            image.save(here / f"{number:04}.png")
        self._library.add([here])
        refs = [here / f"{number:04}.png" for number in range(len(images))]
        try:
            job = self._library.run(pipeline, refs, **parameters)
        except AudobonError as error:
            raise Missing(f"{pipeline}: {error.message}; {error.hint}") from error
        self._library.work()
        result = job.result()
        if result["failed"]:
            raise SystemExit(f"{pipeline}: {result['failed'][0]['error']['message']}")
        names = {self._library.get(ref).id: name for ref, name in zip(refs, images, strict=True)}
        return {names[row["asset"]]: _value(row) for row in result["results"]}


def _value(row: Mapping[str, Any]) -> Any:
    if "values" in row:
        return row["values"]
    with Image.open(row["made"]["file"]) as image:
        image.load()
        return image


def install(*, accept: bool) -> None:
    """Everything that is measured, where it is not there yet."""
    models = Models()
    for name in NEEDED:
        models.install(name, accept=accept)
