"""A version of a head on its backbone, as a component in a folder."""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path

from audobon.errors import Conflict, Unavailable
from audobon.model.job import Limits
from audobon.models.convert import NETWORK
from audobon.models.joining import features_of, recipe_text
from audobon.models.recipetext import RECIPE
from audobon.pages.headcard import head_card
from audobon.services.core.stores import Stores
from audobon.services.pipelines.nearness import PICTURES, current_recipe, space_name
from audobon.services.taught.headfile import NAME, head_text, picture_backbone
from audobon.services.taught.teaching import version_of
from audobon.system.files import translate_os_error, write_atomic

__all__ = ["export"]

_LIMITS = Limits(memory=4 << 30, cpu_s=120.0, wall_s=240.0, file=1 << 30)


def export(stores: Stores, tag: str, to: str | os.PathLike[str], *, version: int | None) -> Path:
    """See ``Library.export_head``."""
    head = version_of(stores, tag, version)
    if head.space != space_name(current_recipe(stores, PICTURES)):
        raise Unavailable(
            f"{head.tag} was taught on what another model sees",
            subject=head.tag,
            hint=f"'audobon teach {head.tag}' learns it again from the same examples",
        )
    step, weights = picture_backbone(stores), stores.catalog.head_weights(head)
    folder = Path(os.path.abspath(to))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Conflict(f"{folder} is not empty", subject=str(folder))
        task = {
            "network": str(Path(step.folder) / NETWORK),
            "features": features_of(step.component),
            "weights": base64.b64encode(weights).decode("ascii"),
            "folder": str(folder),
        }
        stores.networks.run("model.join", task, limits=_LIMITS)
        named = re.sub(r"[^a-z0-9]+", "-", head.tag.lower()).strip("-")[:50]
        name = f"head-{named}" if named else "head"
        text = recipe_text(step.component, folder, name=name, version=head.version, tag=head.tag)
        write_atomic(folder / "card.md", head_card(head).encode())
        write_atomic(folder / NAME, head_text(head, weights).encode())
        write_atomic(folder / RECIPE, text.encode())  # the last: with it the component is whole
    except OSError as error:
        raise translate_os_error(error, error.filename or folder) from error
    return folder / RECIPE
