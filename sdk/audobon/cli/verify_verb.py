"""``audobon verify``."""

from __future__ import annotations

import re

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import counted, human_size, one_line
from audobon.codec.plain import to_plain
from audobon.errors import Corrupt, Invalid


@verb("verify")
@click.option("--part", metavar="K/N", help="Check the K-th of N parts, as 1/30.")
@click.option("--place", metavar="TO", help="Check a place of snapshots instead of the library.")
@click.option("--passphrase-file", type=click.Path(), help="Of a place that is encrypted.")
def command(
    out: Output,
    library: str | None,
    part: str | None,
    place: str | None,
    passphrase_file: str | None,
) -> None:
    """Read every stored byte and check it against its digest."""
    with open_library(library) as opened:
        with progress_bar(out, "Verifying") as (progress, cancel):
            if place is None:
                result = opened.verify(_part(part), progress=progress, cancel=cancel)
            else:
                places = opened.snapshots.unlocked(passphrase_file=passphrase_file)
                result = places.verify(*(place, _part(part)), progress=progress, cancel=cancel)
        counts = (
            counted(result.versions, "version"),
            counted(result.files, "file" if place is None else "snapshot"),
            counted(result.chunks, "chunk"),
        )
        lines = [f"{', '.join(counts)}, {human_size(result.bytes)} read"]
        lines.extend(f"  {one_line(problem)}" for problem in result.problems)
        found = Corrupt(
            f"{counted(len(result.problems), 'problem')} found in {place or 'the store'}",
            hint="'audobon doctor --repair' mends what can be rebuilt"
            if place is None
            else "'audobon snapshot --repair' with the place makes good what the library has",
        )
        out.result(
            {**to_plain(result), "ok": result.ok},
            "\n".join(lines),
            error=None if result.ok else found,
        )


def _part(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise Invalid(f"{text!r} is not a part; write K/N with 1 <= K <= N, as 1/30", subject=text)
    return int(match[1]), int(match[2])
