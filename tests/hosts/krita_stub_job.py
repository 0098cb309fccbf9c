"""Compares the stub of the krita module with the one of the Krita in which this runs."""

from __future__ import annotations

import ast
from pathlib import Path

import krita


def lacking(stub):
    """Names of the stub that this Krita's module has not."""
    found = []
    for cls in ast.parse(Path(stub).read_text("utf-8")).body:
        if not isinstance(cls, ast.ClassDef):
            continue
        real = getattr(krita, cls.name, None)
        names = [each.name for each in cls.body if hasattr(each, "name")]
        names += [each.target.id for each in cls.body if isinstance(each, ast.AnnAssign)]
        own = [name for name in names if not name.startswith("__")]
        found += [cls.name] if real is None else []
        # Some are slots, which objects have and their class has not.
        meta = getattr(real, "staticMetaObject", None)
        count = 0 if meta is None else meta.methodCount()
        slots = {bytes(meta.method(n).name()).decode() for n in range(count)}
        lost = (name for name in own if not hasattr(real, name) and name not in slots)
        found += [f"{cls.name}.{name}" for name in lost]
    return found
