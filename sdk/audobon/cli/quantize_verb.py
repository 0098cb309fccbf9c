"""``audobon models quantize``."""

from __future__ import annotations

from pathlib import Path

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import human_size
from audobon.model.quantized import BOUND, Quantized
from audobon.pages.int8card import loss_text

__all__ = ["command"]

_STEPS = 100


@verb("quantize")
@click.argument("component")
@click.option(
    "--to", "to", metavar="FOLDER", type=click.Path(path_type=Path), required=True,
    help="Where it is written, with its recipe and its card; empty, or made.",
)  # fmt: skip
@click.option(
    "--bound",
    type=click.FloatRange(0.0, 1.0, min_open=True),
    default=BOUND,
    show_default=True,
    help="The loss that is allowed.",
)
@click.option("--pictures", metavar="QUERY", default="", help="Pictures to measure it on.")
def command(
    out: Output, library: str | None, component: str, to: Path, bound: float, pictures: str
) -> None:
    """Write COMPONENT in 8 bits, where it loses no more than is allowed.

    It is calibrated on pictures of the library and judged on others of them.
    """
    with (
        open_library(library) as opened,
        progress_bar(out, "Measuring") as (progress, cancel),
    ):
        made = opened.quantize(
            *(component, to), bound=bound, pictures=pictures,
            progress=lambda done: progress(int(done * _STEPS), _STEPS, component), cancel=cancel,
        )  # fmt: skip
    out.result({"quantized": made}, _text(made))


def _text(made: Quantized) -> str:
    lines = [
        f"{made.component} {made.version}: {human_size(made.size)} instead of "
        f"{human_size(made.size_before)}, {made.seconds * 1000:.1f} ms a picture instead of "
        f"{made.seconds_before * 1000:.1f} ms on the CPU",
        f"calibrated on {made.calibrated} pictures, judged on {made.held_out} others; "
        f"{made.bound:g} may be lost, {made.loss:.4f} is",
        *(f"  {loss_text(each)}" for each in made.losses),
        f"'audobon models install {made.recipe}' installs it",
    ]
    return "\n".join(lines)
