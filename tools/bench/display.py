"""A virtual display, for programs that draw; tests of the hosts use it too."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Failed

__all__ = ["SHADERS", "display"]

SHADERS = Path(__file__).resolve().parents[2] / ".cache" / "shaders"
"""For MESA_SHADER_CACHE_DIR. Where a processor draws, a window with a home of its own begins with
ten seconds of compiling shaders; where they are kept, with none."""


@contextmanager
def display() -> Iterator[str]:
    """A virtual display of its own, by name.

    The server chooses a free number and tells it: ``xvfb-run -a`` looks for
    one first, and two that look at the same moment take the same.
    """
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x900x24"]
    with subprocess.Popen(
        # Without -noreset a server begins anew when its last client leaves, and refuses
        # whoever comes at that moment.
        [*command, "-nolisten", "tcp", "-ac", "-noreset"],
        pass_fds=[writing],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as told:
                number = told.readline().strip()
            if not number:
                raise Failed("Xvfb ended before it had a display")
            yield f":{number}"
        finally:
            server.terminate()
