"""The command line: ``audobon VERB ...``, one module a verb.

The only room that prints and reads the environment. Modules of verbs are
imported when they are called, so that ``audobon --help`` stays quick.
"""

from __future__ import annotations

import signal
import sys
import threading

__all__ = ["main"]


def main() -> None:
    """Entry point of the ``audobon`` command."""
    first = threading.current_thread() is threading.main_thread()
    if first and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _once)
    try:
        # Imported here, so that Ctrl-C during the imports ends as it does later.
        from audobon.cli.root import run

        run()
    except KeyboardInterrupt:
        sys.exit(70)  # the code of Cancelled
    finally:
        # The verb is over. From here on Ctrl-C just ends the process: in the
        # interpreter's own last steps Python would print it as a traceback.
        if first:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _once(signum: int, frame: object) -> None:
    """Ctrl-C ends what is done, once: one that meets us ending would be shown as a traceback."""
    signal.signal(signum, signal.SIG_DFL)
    raise KeyboardInterrupt
