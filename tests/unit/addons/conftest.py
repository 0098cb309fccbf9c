"""Makes the add-ons importable: their ``logic`` runs without a host."""

from __future__ import annotations

import sys
from pathlib import Path

for _folder in ("addons/blender", "addons/krita", "tools"):
    _path = str(Path(__file__).resolve().parents[3] / _folder)
    if _path not in sys.path:
        sys.path.insert(0, _path)
