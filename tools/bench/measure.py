"""Run programs and count what they cost, their child processes included.

CPU is user and system time. It is what this benchmark judges by, since wall
time on a shared machine says more about its other users. The peak is that of
the largest single process, as the kernel reports it (``ru_maxrss``): a child
inherits the resident size of the process that started it, so the process
that measures must stay small itself and imports no numpy.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import frozen

__all__ = ["Failed", "Sample", "interleaved", "median_ratio", "medians", "run", "tree_size"]


class Failed(Exception):
    """A measured program ended with an error, or gave back other bytes than it was given."""


@frozen
class Sample:
    """One run: CPU and wall time in seconds, peak memory in MB (10^6), what it printed."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_mb: float = 0.0
    out: str = ""

    def __add__(self, other: Sample) -> Sample:
        """One after the other: times add up, the larger peak counts, the last output stays."""
        return Sample(
            self.cpu_s + other.cpu_s,
            self.wall_s + other.wall_s,
            max(self.peak_mb, other.peak_mb),
            other.out,
        )


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Sample:
    """Run ``command`` to its end and count it with every child that it waited for.

    Failed, with the end of what it wrote on stderr, unless it exits with 0.
    """
    if sys.platform == "win32":
        raise Failed("the benchmark counts CPU time by wait4, which Windows does not have")
    words = [os.fspath(word) for word in command]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(
            words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, complaint = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    if process.returncode:
        end = (complaint or said)[-2000:]
        raise Failed(f"{' '.join(words)[:300]} ended with {process.returncode}: {end}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Sample(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * unit / 1e6, said)


def interleaved(
    rounds: int, tools: Mapping[str, Callable[[int], Sample]]
) -> dict[str, list[Sample]]:
    """Call each tool once a round with the round's number, starting with another one each time.

    What the machine does meanwhile falls on all of them alike.
    """
    names = list(tools)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            samples[name].append(tools[name](number))
    return samples


def medians(samples: Sequence[Sample]) -> Sample:
    """The median of each figure by itself."""
    return Sample(
        statistics.median(sample.cpu_s for sample in samples),
        statistics.median(sample.wall_s for sample in samples),
        statistics.median(sample.peak_mb for sample in samples),
    )


def median_ratio(samples: Sequence[Sample], base: Sequence[Sample], *, wall: bool = False) -> float:
    """The median over the rounds of one tool's time by the other's in the same round."""
    pairs = zip(samples, base, strict=True)
    return statistics.median(
        mine.wall_s / theirs.wall_s if wall else mine.cpu_s / max(theirs.cpu_s, 1e-4)
        for mine, theirs in pairs
    )


def tree_size(folder: Path) -> int:
    """Bytes of all files below ``folder``."""
    return sum(
        os.lstat(os.path.join(where, name)).st_size
        for where, _, names in os.walk(folder)
        for name in names
    )
