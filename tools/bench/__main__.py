"""Entry of the benchmark, as a script and as a module."""

from __future__ import annotations

import sys
from pathlib import Path

TOOLS = str(Path(__file__).resolve().parents[1])
if TOOLS not in sys.path:
    sys.path.insert(0, TOOLS)

from bench.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
