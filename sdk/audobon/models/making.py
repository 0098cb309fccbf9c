"""Making an installed component of a package, from wherever that can be had."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audobon.codec.plain import to_plain
from audobon.errors import AudobonError, BadFile, Corrupt, NotFound
from audobon.model.component import Component
from audobon.model.job import Limits
from audobon.models.caging import model_cage
from audobon.models.fetch import forget
from audobon.models.installed import Installed, ModelFolder
from audobon.models.runtimes import Runtimes
from audobon.models.sharing import packages
from audobon.work.executor import Executor
from audobon.work.interpreter import find_interpreter

__all__ = ["Maker"]

_LIMITS = Limits(memory=6 << 30, cpu_s=600.0, wall_s=900.0, file=2 << 30)
"""For reading, converting and trying a network; the largest of MODELS needs 1.5 GB and 20 s."""
_FETCHED = 0.8  # of the progress of an installation; the rest is converting


class Maker:
    """Whoever holds the lock of ``store`` may have components made in it."""

    def __init__(
        self,
        store: ModelFolder,
        downloads: Path,
        runtimes: Runtimes,
        interpreter: str | os.PathLike[str] | None,
    ) -> None:
        self._store, self._downloads = store, downloads
        self._runtimes, self._interpreter = runtimes, interpreter

    def make(
        self,
        component: Component,
        *,
        archive: Path | None = None,
        beside: Path | None = None,
        place: str | None = None,
        offline: bool = False,
        report: Callable[[float], None],
        cancel: Callable[[], bool],
    ) -> Installed:
        """Install a component of ``archive``, of the files in ``beside``, or of its package."""
        source = component.source
        assert source is not None
        if archive is not None or source.registry == "file":
            return self._made(component, archive, beside, report, cancel)
        failed: AudobonError | None = None
        for fetched, anything in packages(
            *(component, self._downloads),
            place=place,
            python=find_interpreter(self._interpreter).path,
            offline=offline,
            progress=lambda fraction: report(fraction * _FETCHED),
            cancel=cancel,
        ):
            try:
                return self._made(component, fetched, beside, report, cancel)
            except (Corrupt, BadFile, NotFound) as error:  # not the package that the recipe means
                if anything or isinstance(error, Corrupt):
                    forget(source, self._downloads)
                failed = error
        assert failed is not None
        raise failed

    def _made(
        self,
        component: Component,
        archive: Path | None,
        beside: Path | None,
        report: Callable[[float], None],
        cancel: Callable[[], bool],
    ) -> Installed:
        report(_FETCHED)
        with self._store.making() as part:
            payload = {
                "component": to_plain(component),
                "archive": str(archive) if archive else "",
                "beside": str(beside or ""),
                "to": str(part),
                "onnx": bool(self._runtimes.all()),
            }
            told = self._convert(payload, cancel)
            made = self._store.keep(part, component, {**told, "accepted": component.ask})
        report(1.0)
        return made

    def _convert(self, payload: dict[str, Any], cancel: Callable[[], bool]) -> dict[str, Any]:
        with Executor(
            "audobon.models.tasks:TASKS", _LIMITS, interpreter=self._interpreter, cage=model_cage()
        ) as executor:
            told: dict[str, Any] = executor.run("model.convert", payload, cancel=cancel)
            return told
