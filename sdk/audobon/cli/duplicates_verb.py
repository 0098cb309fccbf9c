"""``audobon duplicates``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import counted, human_size, one_line
from audobon.errors import Invalid
from audobon.library import Library
from audobon.model.asset import Asset
from audobon.model.change import Change
from audobon.model.duplicates import NearDuplicates

_REFUSED = 100
# Each is not the same as any other of them: 4,950 pairs.


@verb("duplicates")
@click.argument("assets", nargs=-1, shell_complete=complete.assets)
@click.option("--near", is_flag=True, help="Also pictures that are nearly the same, with reasons.")
@click.option("--merge", is_flag=True, help="Make ASSETS one, or each group of equal bytes.")
@click.option(
    "--keep", metavar="ASSET", help="The one that is kept.", shell_complete=complete.assets
)
@click.option("--delete", is_flag=True, help="Remove the files of the others; undo puts them back.")
@click.option("--refuse", is_flag=True, help="Never tell ASSETS as nearly the same again.")
def command(
    out: Output,
    library: str | None,
    assets: tuple[str, ...],
    near: bool,
    merge: bool,
    keep: str | None,
    delete: bool,
    refuse: bool,
) -> None:
    """List groups of files with equal bytes, largest waste first; merge duplicates."""
    _refuse_odd(assets, near=near, merge=merge, keep=keep, delete=delete, refuse=refuse)
    with open_library(library, writes=merge or refuse) as opened:
        if refuse:
            named = [opened.get(asset_argument(name)) for name in assets]
            change = opened.refuse_duplicates(itertools.combinations(named, 2))
            out.result({"change": change}, f"{change.label}; undo takes it back")
            return
        if merge:
            with progress_bar(out, "Merging") as (_, cancel):
                changes = _merge(opened, assets, keep, delete=delete, cancel=cancel)
            gone = sum(len(change.assets) for change in changes)
            text = f"{changes[0].label}; undo takes it back" if gone else "no duplicates"
            out.result({"changes": changes}, text)
            return
        groups = opened.duplicates()
        if not near:
            out.result({"groups": groups}, "\n".join(_exact(groups)) or "no duplicates")
            return
        with progress_bar(out, "Comparing") as (_, cancel):
            found = opened.near_duplicates(cancel=cancel)
        data = {
            "groups": groups,
            "near": found.groups,
            "unseen": found.unseen,
            "plain": found.plain,
            "rule": found.rule,
        }
        lines = [*_exact(groups), *_near(found)]
        out.result(data, "\n".join(lines) or "no duplicates")


def _refuse_odd(
    assets: tuple[str, ...],
    *,
    near: bool,
    merge: bool,
    keep: str | None,
    delete: bool,
    refuse: bool,
) -> None:
    if refuse:
        if near or merge or keep or delete:
            raise Invalid("--refuse goes with ASSETS alone")
        if not 2 <= len(assets) <= _REFUSED:
            raise Invalid(f"--refuse goes with 2 to {_REFUSED} ASSETS")
        return
    if not merge and (assets or keep or delete):
        raise Invalid("ASSETS, --keep and --delete go with --merge")
    if merge and near:
        raise Invalid(
            "what is nearly the same is not merged without a look",
            hint="name what is to become one: audobon duplicates --merge ASSETS",
        )
    if keep and not assets:
        raise Invalid("--keep goes with the ASSETS that become one")


def _merge(
    opened: Library,
    names: tuple[str, ...],
    keep: str | None,
    *,
    delete: bool,
    cancel: Callable[[], bool],
) -> list[Change]:
    if names:
        groups = [_chosen(opened, names, keep)]
    else:
        groups = [
            (best, [one for one in group if one.id != best.id])
            for group in opened.duplicates()
            for best in [opened.best_of(group).asset]
        ]
    return [opened.merge_groups(groups, files=delete, cancel=cancel)] if groups else []


def _chosen(opened: Library, names: tuple[str, ...], keep: str | None) -> tuple[Asset, list[Asset]]:
    found = {one.id: one for one in (opened.get(asset_argument(name)) for name in names)}
    if keep is not None:
        best = opened.get(asset_argument(keep))
    else:
        best = opened.best_of(found.values()).asset
    rest = [one for one in found.values() if one.id != best.id]
    if not rest:
        raise Invalid("one asset alone is no duplicate", hint="name two at least")
    return best, rest


def _exact(groups: Iterable[tuple[Asset, ...]]) -> list[str]:
    lines = []
    for group in groups:
        lines.append(f"{len(group)} x {human_size(group[0].size)}")
        lines.extend(f"  {one_line(asset.file)}" for asset in group)
    return lines


def _near(found: NearDuplicates) -> list[str]:
    lines = []
    for group in found.groups:
        lines.append(f"nearly the same: {len(group.assets)} pictures")
        names = {asset.id: asset.name for asset in group.assets}
        for asset in group.assets:
            kept = f"  (keep: {group.best.why})" if asset.id == group.best.asset.id else ""
            lines.append(f"  {one_line(asset.file)}{kept}")
        lines.extend(
            f"    {one_line(names[pair.one])} and {one_line(names[pair.other])}: {pair.why}"
            for pair in group.pairs
        )
    if found.unseen:
        lines.append(f"{counted(found.unseen, 'picture')} not looked at yet; ask again")
    if found.plain:
        lines.append(f"{counted(found.plain, 'picture')} too plain to be compared")
    if found.groups:
        lines.append(found.rule)
    return lines
