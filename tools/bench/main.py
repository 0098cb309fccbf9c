"""The command line of the benchmark."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    adding,
    docker,
    finding,
    growing,
    inferring,
    lessons,
    million,
    objects,
    panel,
    relevance,
    scaling,
    snapshots,
    storing,
    waiting,
)
from bench.measure import Failed
from bench.report import Result, markdown, write_json
from bench.run import Run
from bench.scales import SCALES

__all__ = ["CASES", "main"]

CASES: dict[str, Callable[[Run], Result]] = {
    "commit": storing.commit,
    "restore": storing.restore,
    "memory": storing.memory,
    "growth": growing.growth,
    "growth-compressed": growing.growth_compressed,
    "switch": scaling.switch,
    "scaling": scaling.scaling,
    "ingest": adding.ingest,
    "rescan": adding.rescan,
    "search": finding.search,
    "relevance": relevance.relevance,
    "finding": million.finding,
    "import": finding.imports,
    "latency": waiting.latency,
    "inference": inferring.inference,
    "teach": lessons.teach,
    "panel": panel.panel,
    "docker": docker.docker,
    "snapshots": snapshots.snapshots,
    "objects": objects.objects,
}

GROUPS = {
    "history": ("commit", "restore", "memory", "growth", "growth-compressed", "switch", "scaling"),
}
"""Names for several cases at once."""

_OUT = Path(__file__).resolve().parents[2] / "out" / "bench"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tools/dev.py bench", description="Measure Audobon next to its peers."
    )
    parser.add_argument(
        "--case",
        action="append",
        choices=[*CASES, *GROUPS],
        metavar="NAME",
        help=f"only this one; may be repeated ({', '.join([*CASES, *GROUPS])})",
    )
    parser.add_argument(
        "--scale", choices=list(SCALES), default="quick", help="how much to measure with"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures here (else out/bench/)"
    )
    parser.add_argument(
        "--work",
        type=Path,
        metavar="FOLDER",
        help="make the temporary folder here (full scale needs 15 GB)",
    )
    parser.add_argument(
        "--kept",
        type=Path,
        metavar="FOLDER",
        help="keep the library of the case finding here, and take it when it is there",
    )
    parser.add_argument(
        "--gb",
        type=float,
        metavar="SIZE",
        help="of the files of the cases snapshots and objects (else as the scale says)",
    )
    return parser


def _chosen(names: Sequence[str] | None) -> list[str]:
    """The cases that were asked for, each once."""
    asked = [case for name in names or CASES for case in GROUPS.get(name, (name,))]
    return list(dict.fromkeys(asked))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases and print their tables; 1 when one could not be measured.

    A goal that is missed is told in the table and is no error.
    """
    options = _parser().parse_args(arguments)
    when = datetime.now(UTC)
    file = options.json or _OUT / f"{when:%Y%m%d-%H%M%S}-{options.scale}.json"
    results: list[Result] = []
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="audobon-bench-", dir=options.work) as folder:
        run = Run(Path(folder), SCALES[options.scale], kept=options.kept, gb=options.gb)
        for name in _chosen(options.case):
            run.say(f"== {name}")
            try:
                with run.case(name):
                    results.append(CASES[name](run))
            except Failed as error:
                print(f"error: {name}: {error}", file=sys.stderr)
                broken.append(name)
                continue
            print(markdown(results[-1]), flush=True)
            write_json(file, results, scale=options.scale, when=f"{when:%Y-%m-%d %H:%M} UTC")
    if results:
        run.say(f"figures: {file}")
    return 1 if broken else 0
