"""The command line: ``audobon VERB ...``, one module a verb.

The only room that prints and reads the environment. Modules of verbs are
imported when they are called, so that ``audobon --help`` stays quick.
"""

from __future__ import annotations

from audobon.cli.root import main

__all__ = ["main"]
