"""Pictures that look alike: by the vectors of the pipeline ``embed``, as far as they are known."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from audobon.codec.vectors import pack_vector
from audobon.errors import Unsupported
from audobon.model.asset import Asset
from audobon.model.likeness import Alike, Likeness
from audobon.models.assemble import assemble
from audobon.models.registry import Models
from audobon.services.computing import recipe_of, run
from audobon.services.onfile import run_on_file
from audobon.services.stores import Stores

__all__ = ["similar"]

Cancel = Callable[[], bool]


def similar(
    stores: Stores,
    subject: Asset | str | os.PathLike[str],
    *,
    raw: Mapping[str, Any] | None,
    limit: int,
    cancel: Cancel,
) -> Likeness:
    """See ``Library.similar``."""
    vector = _vector(stores, subject, raw, cancel)
    recipe = recipe_of(assemble(Models(interpreter=stores.interpreter), "embed", {}))
    own = subject.id if isinstance(subject, Asset) else ""
    pictures = [each for each in stores.catalog.contents("image") if each[0] != own]
    known = [each for each in pictures if each[1]]
    name = hashlib.sha256(recipe.encode()).hexdigest()[:16]
    told = stores.networks.run(
        "model.nearest",
        {
            "vector": pack_vector(vector),
            "keys": [_key(digest, recipe) for _, digest in known],
            "notes": str(stores.place.results),
            "store": str(stores.place.alike / f"{name}.f16"),
            "count": limit,
        },
        cancel=cancel,
    )
    assets = (stores.catalog.get(known[number][0]) for number, _ in told["near"])
    scores = [score for _, score in told["near"]]
    near = tuple(
        Alike(asset, score)
        for asset, score in zip(assets, scores, strict=True)
        if asset is not None
    )
    missing = [known[number][0] for number in told["missing"]]
    return Likeness(near, (*missing, *(ident for ident, digest in pictures if not digest)))


def _key(digest: str, recipe: str) -> str:
    """As ``results.wanted`` names what is kept of these bytes."""
    return hashlib.sha256(f"{digest}\n{recipe}".encode()).hexdigest()


def _vector(
    stores: Stores,
    subject: Asset | str | os.PathLike[str],
    raw: Mapping[str, Any] | None,
    cancel: Cancel,
) -> list[float]:
    if isinstance(subject, Asset):
        if subject.kind != "image":
            raise Unsupported(
                f"{subject.path} is no picture, so nothing can look like it",
                subject=subject.path,
                hint="choose a picture",
            )
        told = run(stores, "embed", [subject], {}, to=None).follow(cancel=cancel)
        return list(told["results"][0]["values"])
    with tempfile.TemporaryDirectory(prefix="audobon-") as folder:
        job = run_on_file(stores, "embed", subject, {}, to=folder, raw=raw, shown=0)
        return list(job.follow(cancel=cancel)["values"])
