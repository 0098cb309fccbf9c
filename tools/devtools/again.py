"""The tests, and those of a few that failed once more by themselves.

Some tests look at real windows of real hosts while the machine does other work, and what a host
makes of a click then is not always in our hands. So that one such test in five thousand does not
hold a release, it gets a second look alone; that it needed one is told, never hidden: a test that
is listed as flaky is a fault of the product or of the test, and to be mended.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from devtools.shell import call, say

__all__ = ["FAILED", "run_tests"]

FAILED = "AUDOBON_TEST_FAILED"
"""Names the file that the tests write the names of failed tests to, one each line.

Before that of a module whose tests could not be collected stands "!".
"""

_FEW = 3
# More than these are no bad luck.
_TESTS_FAILED = 1  # pytest's own code; others mean that tests were not run

Call = Callable[[Sequence[str | Path], Mapping[str, str]], int]


def _call(command: Sequence[str | Path], extra: Mapping[str, str]) -> int:
    return call(command, extra=extra)


def run_tests(
    pytest: Sequence[str | Path],
    chosen: Sequence[str],
    extra: Mapping[str, str],
    *,
    again: bool,
    run: Call = _call,
) -> int:
    """The exit status of all of them; with ``again``, few that failed decide by a second run."""
    with tempfile.TemporaryDirectory(prefix="audobon-failed-") as folder:
        listed = Path(folder, "failed")
        status = run([*pytest, *chosen], {**extra, FAILED: str(listed)})
        if status != _TESTS_FAILED or not again or not listed.exists():
            return status
        failed = list(dict.fromkeys(listed.read_text("utf-8").splitlines()))
        # A module that cannot be collected is no test that failed: its tests never ran.
        if not 0 < len(failed) <= _FEW or any(name.startswith("!") for name in failed):
            return status
        say(f"{len(failed)} failed beside others; now once more, alone:")
        # No other process beside it, and the same choice of marks: it need not be made again.
        status = run([*pytest, "-n0", "-m", "", *failed], {**extra, FAILED: ""})
    if not status:
        for name in failed:
            say(f"FLAKY, to be mended: {name}")
    return status
