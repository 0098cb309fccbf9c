"""``audobon models runtime``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, verb
from audobon.cli.meant import Commands
from audobon.cli.progress import progress_bar
from audobon.cli.table import table
from audobon.cli.trials import trial_table
from audobon.models.registry import Models

__all__ = ["command"]


@click.group("runtime", cls=Commands)
def command() -> None:
    """Install, list and remove second runtimes, each in an environment of its own."""


@verb("list")
def list_runtimes(out: Output, library: str | None) -> None:
    """List the runtimes that are installed beside OpenVINO."""
    there = Models().runtimes()
    rows = [(each.name, each.device, each.version, str(each.folder)) for each in there]
    text = table(rows, head=("runtime", "device", "version", "")) or "none is installed"
    out.result({"runtimes": there}, text)


@verb("install")
@click.argument("name")
@click.option("--accept", is_flag=True, help="Accept the licence that the runtime asks about.")
def install(out: Output, library: str | None, name: str, accept: bool) -> None:
    """Make an environment for the runtime NAME, and try every installed network there.

    cuda is for NVIDIA cards, onnx-cpu runs the same on the processor. Packages are
    fetched from PyPI with pip: 1.7 GB for cuda, 100 MB for onnx-cpu.
    """
    with progress_bar(out, "Installing") as (progress, cancel):
        made, trials = Models().install_runtime(
            name, accept=accept, progress=progress, cancel=cancel
        )
    told = f"installed {made.name} (onnxruntime {made.version}); its device is {made.device}"
    out.result(
        {"runtime": made, "trials": trials}, "\n".join(filter(None, (told, trial_table(trials))))
    )


@verb("remove")
@click.argument("name")
def remove(out: Output, library: str | None, name: str) -> None:
    """Take a runtime and its environment away."""
    Models().remove_runtime(name)
    out.result({"removed": [name]}, f"removed {name}")


for _each in (list_runtimes, install, remove):
    command.add_command(_each)
