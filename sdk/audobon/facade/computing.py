"""Calls about models and what they compute."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from audobon.facade.base import Base, Ref
from audobon.services import lookup

if TYPE_CHECKING:
    from audobon.models.registry import Models
    from audobon.services.queue import Job

__all__ = ["ComputingCalls"]


class ComputingCalls(Base):
    """Components of models, and pipelines made of them."""

    def run(
        self,
        pipeline: str,
        refs: Ref | Iterable[Ref],
        *,
        to: str | os.PathLike[str] | None = None,
        **params: Any,
    ) -> Job:
        """Have a pipeline run over assets in a worker; returns at once with its job.

        ``job.result()`` is ``{results, failed}``: for each asset ``values``, or
        ``made``, a new file beside it (or in the folder ``to``) that is an asset
        derived from it. No file is written over. An asset that fails is in
        ``failed``, unless it is the only one: then the job fails. ``backbone``,
        ``device`` and ``precision`` are parameters of pipelines with a network.
        NotFound for an unknown pipeline, Unavailable when a component is not
        installed, Invalid for parameters or components that do not fit.
        """
        from audobon.services.computing import run

        assets = lookup.find_all(self._stores, refs)
        return run(self._stores, pipeline, assets, params, to=to)

    def text_vectors(self, texts: Iterable[str], **params: Any) -> tuple[tuple[float, ...], ...]:
        """What English texts mean: 384 numbers for each, of length 1, computed in a worker.

        The product of two vectors says how alike the texts are, from -1 to 1.
        Some 200 words of each are looked at. ``params`` are those of the
        pipeline ``embed-text``. Waits for the answer. Unavailable when a component is not
        installed.
        """
        from audobon.services.computing import text_vectors

        return text_vectors(self._stores, tuple(texts), params)

    @property
    def models(self) -> Models:
        """The components of this user: list, install, remove, update, verify.

        They are shared by all libraries. Nothing is fetched unless asked for.
        """
        from audobon.models.registry import Models

        return Models(interpreter=self._stores.interpreter)
