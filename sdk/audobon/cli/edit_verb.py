"""``audobon edit``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.words import counted
from audobon.errors import Invalid
from audobon.model.asset import AttributeValue
from audobon.model.change import UNSET


@verb("edit")
@click.argument("assets", nargs=-1, required=True, shell_complete=complete.assets)
@click.option("--rating", type=int, help="0 to 5.")
@click.option(
    "--catalog",
    shell_complete=complete.catalogs,
    help="Put them into this catalog; '-' takes them out.",
)
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
    if rating is None and catalog is None and note is None and not values:
        raise Invalid(
            "nothing is to be changed",
            hint="give --rating, --catalog, --note, --set or --unset; 'audobon tag' is for tags",
        )
    with open_library(library, writes=True) as opened:
        change = opened.edit(
            [asset_argument(name) for name in assets],
            rating=UNSET if rating is None else rating,
            catalog=UNSET if catalog is None else (None if catalog == "-" else catalog),
            note=UNSET if note is None else note,
            attributes=values,
        )
        out.result(
            {"changes": [change]}, f"{change.label} ({counted(len(change.assets), 'asset')})"
        )


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
