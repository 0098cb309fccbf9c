"""``audobon verify``."""

from __future__ import annotations

import re

import click

from audobon.cli.base import Output, human_size, open_library, progress_bar, verb
from audobon.errors import Corrupt, Invalid


@verb("verify")
@click.option("--part", metavar="K/N", help="Check the K-th of N parts, as 1/30.")
def command(out: Output, library: str | None, part: str | None) -> None:
    """Read every stored byte and check it against its digest."""
    with open_library(library) as opened:
        with progress_bar(out, "Verifying") as (progress, cancel):
            result = opened.verify(_part(part), progress=progress, cancel=cancel)
        out.result(
            result,
            f"{result.versions} versions, {result.files} files, {result.chunks} chunks, "
            f"{human_size(result.bytes)} read",
        )
        for problem in result.problems:
            out.note(f"  {problem}")
    if not result.ok:
        raise Corrupt(
            f"{len(result.problems)} problems were found",
            hint="'audobon doctor --repair' mends what can be rebuilt",
        )


def _part(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise Invalid(f"{text!r} is not a part; write K/N with 1 <= K <= N, as 1/30", subject=text)
    return int(match[1]), int(match[2])
