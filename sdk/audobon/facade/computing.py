"""Calls about models and what they compute."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audobon.facade.base import Base, Ref, never
from audobon.facade.measuring import measured
from audobon.model.usual import BOUND
from audobon.services.core import lookup

if TYPE_CHECKING:
    from audobon.model.likeness import Likeness
    from audobon.model.quantized import Quantized
    from audobon.models.registry import Models
    from audobon.services.core.queue import Job

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
        from audobon.services.pipelines.computing import run

        assets = lookup.find_all(self._stores, refs)
        with self._stores.meter.call("run"):
            return run(self._stores, pipeline, assets, params, to=to)

    def run_batch(
        self,
        pipeline: str,
        refs: Ref | Iterable[Ref],
        *,
        machine: str = "e2-standard-4",
        hours: float = 1.0,
        report: Callable[[float, str], None] = lambda *_: None,
        cancel: Callable[[], bool] = never,
        **params: Any,
    ) -> dict[str, Any]:
        """Have a pipeline run over many assets with its network as one batch in Vertex AI.

        Waits for it, and gives what the result of :meth:`run` is, with ``asked`` and
        ``unanswered`` questions; the latter are computed here, and ``note`` says so. The same
        call goes on with the batch that was begun. The machine costs for up to ``hours``, which is
        set aside first. ``report`` is told how much is done, and at what it is.
        Unavailable, LimitExceeded and Cancelled as for everything in Vertex AI; Invalid for a
        pipeline that gives pictures or has several networks; errors as :meth:`run`.
        """
        from audobon.services.pipelines.batching import run_batch

        assets = lookup.find_all(self._stores, refs)
        with self._stores.meter.call("run"):
            return run_batch(
                *(self._stores, pipeline, assets, params),
                machine=machine, hours=hours, report=report, cancel=cancel,
            )  # fmt: skip

    def run_on_file(
        self,
        pipeline: str,
        path: str | os.PathLike[str],
        to: str | os.PathLike[str],
        *,
        raw: Mapping[str, Any] | None = None,
        shown: int = 0,
        bare: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> Job:
        """Have a pipeline run over a picture that is no asset; returns at once with its job.

        ``job.result()`` is ``{values}``, or ``{file, before, after}``: a new file in the
        folder ``to``, and with ``shown`` two small encoded pictures of so many pixels as
        files there. Nothing is added to the library. ``raw`` says that the file holds
        32-bit floats without a head, bottom row first: its ``width``, ``height``,
        ``channels``, ``alpha`` (whether the last channel is that), and ``kind``, u8 for
        display values with straight alpha or f32 for scene light. Other numbers in another
        order are told by ``stored``, ``downwards``, ``swapped`` and ``straight``, see
        ``docs/python.md``. ``bare`` asks for the result as such numbers too: ``pixels`` is then
        the ``file``, ``width`` and ``height`` of them. Errors as :meth:`run`.
        """
        from audobon.services.pipelines.onfile import run_on_file

        return run_on_file(
            *(self._stores, pipeline, path, params), to=to, raw=raw, shown=shown, bare=bare
        )

    @measured("similar")
    def similar(
        self,
        subject: Ref,
        limit: int = 100,
        *,
        file: bool = False,
        raw: Mapping[str, Any] | None = None,
        region: Sequence[float] | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Likeness:
        """The pictures of the library that look most like an asset; waits for the answer.

        With ``file`` the subject is the path of a picture that need not be an asset;
        ``raw`` as in :meth:`run_on_file`. ``region`` is the part of it that is meant,
        left, top, width and height: fractions of the picture, or whole pixels; the
        picture itself may then be among those found. Pictures that nobody has looked at yet are
        in ``unseen``. Unavailable when a component is not installed, Unsupported for
        an asset that is no picture, Cancelled.
        """
        from audobon.codec.regions import region_of
        from audobon.services.finding.alike import similar

        return similar(
            self._stores,
            os.fspath(subject) if file else self.get(subject),  # type: ignore[arg-type]
            raw=raw, limit=limit, cancel=cancel,
            region=None if region is None else region_of(region),
        )  # fmt: skip

    def text_vectors(self, texts: Iterable[str], **params: Any) -> tuple[tuple[float, ...], ...]:
        """What English texts mean: 384 numbers for each, of length 1, computed in a worker.

        The product of two vectors says how alike the texts are, from -1 to 1.
        Some 200 words of each are looked at. ``params`` are those of the
        pipeline ``embed-text``. Waits for the answer. Unavailable when a component is not
        installed.
        """
        from audobon.services.pipelines.computing import text_vectors

        return text_vectors(self._stores, tuple(texts), params)

    def quantize(
        self,
        component: str,
        to: str | os.PathLike[str],
        *,
        bound: float = BOUND,
        pictures: str = "",
        progress: Callable[[float], object] = lambda _: None,
        cancel: Callable[[], bool] = never,
    ) -> Quantized:
        """Write an installed component in 8 bits into an empty folder, as one that
        ``models.install`` takes by its ``recipe``; waits for a worker.

        It is calibrated on pictures that the query ``pictures`` finds, and judged on others of
        them beside the component as it is: 16 to 300 in all, no two that are nearly equal on both
        sides. Invalid, with all that was measured, where it loses more than ``bound``: then
        nothing is written. A loss is 1 - cosine for vectors and classes, and for classes also the
        share of pictures whose first one is another; the root of the mean square for pictures.
        MissingExtra where workers have no NNCF, Unavailable for what is not installed,
        Unsupported for what no pipeline feeds with a picture, Conflict for a folder that is not
        empty, Invalid for too few pictures, Cancelled.
        """
        from audobon.services.finding.search import all_ids
        from audobon.services.pipelines.quantizing import quantize

        ids = all_ids(self._stores, pictures, sort=None, typing=False)
        assets = self._stores.catalog.by_ids(ids)
        return quantize(
            *(self._stores, component, assets, to), bound=bound, progress=progress, cancel=cancel
        )

    @property
    def models(self) -> Models:
        """The components of this user: list, install, remove, update, verify.

        They are shared by all libraries. Nothing is fetched unless asked for.
        """
        from audobon.models.registry import Models

        return Models(interpreter=self._stores.interpreter)
