"""``audobon edit``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.errors import Invalid
from audobon.model.asset import AttributeValue
from audobon.model.change import UNSET


@verb("edit")
@click.argument("assets", nargs=-1, required=True)
@click.option("--rating", type=int, help="0 to 5.")
@click.option("--catalog", help="Put them into this catalog; '-' takes them out.")
@click.option("--note", help="A remark; empty removes it.")
@click.option("--set", "attributes", multiple=True, metavar="NAME=VALUE", help="An attribute.")
@click.option("--unset", multiple=True, metavar="NAME", help="Remove an attribute.")
def command(
    out: Output,
    library: str | None,
    assets: tuple[str, ...],
    rating: int | None,
    catalog: str | None,
    note: str | None,
    attributes: tuple[str, ...],
    unset: tuple[str, ...],
) -> None:
    """Change the metadata of ASSETS, as one change that undo takes back."""
    values: dict[str, AttributeValue | None] = dict(_pair(text) for text in attributes)
    values.update(dict.fromkeys(unset))
    with open_library(library) as opened:
        change = opened.edit(
            [asset_argument(name) for name in assets],
            rating=UNSET if rating is None else rating,
            catalog=UNSET if catalog is None else (None if catalog == "-" else catalog),
            note=UNSET if note is None else note,
            attributes=values,
        )
        out.result(change, f"{change.label} ({len(change.assets)} assets)")


def _pair(text: str) -> tuple[str, AttributeValue]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Invalid(f"{text!r} is not NAME=VALUE", subject=text)
    return name, _typed(value)


def _typed(text: str) -> AttributeValue:
    """Numbers, yes and no become what they look like; everything else stays text."""
    if text.lower() in ("true", "yes", "false", "no"):
        return text.lower() in ("true", "yes")
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
